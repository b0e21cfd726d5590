"""The token service and the rate limit.

Source: SAP Help, "Authentication to SAP LeanIX Services", "Rate limiting": 1800 requests per minute
and user; further requests are answered with 429.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulators.http_server import Request, Response

REQUESTS_PER_MINUTE = 1800
_MINUTE = 60.0


@dataclass(slots=True)
class Access:
    """Issues and checks tokens, which expire by ``clock``."""

    clock: Callable[[], datetime]
    token_lifetime: int
    api_token: str = field(default_factory=lambda: f"LXT_{secrets.token_urlsafe(30)}")
    is_valid: bool = True
    """False: the API token has expired or was deleted."""
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _issued: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def secrets(self) -> list[str]:
        """Return all strings that must never appear in a log or a document."""
        credentials = base64.b64encode(f"apitoken:{self.api_token}".encode()).decode()
        with self._lock:
            return [self.api_token, credentials, *self._issued]

    def issue_token(self, request: Request) -> Response:
        """Handle a request for an access token."""
        if request.method != "POST":
            return Response(405, content_type=None)
        if not self._has_api_token(request):
            return Response(401, b'{"error": "invalid_client", "error_description": "Bad"}')
        if request.form().get("grant_type") != "client_credentials":
            return Response(400, b'{"error": "unsupported_grant_type"}')
        token = f"simulated.{secrets.token_urlsafe(40)}"
        with self._lock:
            self._tokens[token] = self.clock() + timedelta(seconds=self.token_lifetime)
            self._issued.append(token)
        content = {
            "scope": "",
            "expired": False,
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.token_lifetime,
        }
        return Response(200, json.dumps(content).encode())

    def revoke_all(self) -> None:
        """Invalidate all access tokens issued so far."""
        with self._lock:
            self._tokens.clear()

    def accepts(self, request: Request) -> bool:
        """Return whether a request has a valid access token."""
        with self._lock:
            expiry = self._tokens.get(_credentials(request, "bearer"))
        return expiry is not None and self.clock() < expiry

    def _has_api_token(self, request: Request) -> bool:
        try:
            credentials = base64.b64decode(_credentials(request, "basic"), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return self.is_valid and credentials == f"apitoken:{self.api_token}"


def _credentials(request: Request, scheme: str) -> str:
    actual_scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if actual_scheme.lower() == scheme else ""


class RateLimit:
    """Admits a number of requests within any minute."""

    def __init__(
        self, monotonic: Callable[[], float], per_minute: int = REQUESTS_PER_MINUTE
    ) -> None:
        """Start with an empty window."""
        self._monotonic = monotonic
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._admitted: deque[float] = deque()

    def admit(self) -> bool:
        """Return whether a request is within the limit, and count it if so."""
        with self._lock:
            now = self._monotonic()
            while self._admitted and self._admitted[0] <= now - _MINUTE:
                self._admitted.popleft()
            if len(self._admitted) >= self._per_minute:
                return False
            self._admitted.append(now)
            return True
