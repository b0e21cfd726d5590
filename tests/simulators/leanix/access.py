"""The token service and the limit of requests.

Source: SAP Help, "Authentication to SAP LeanIX Services", "Rate limiting": 1800 requests a minute
and user, answered 429 beyond.
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

from tests.simulators.http_server import Answer, Request

REQUESTS_PER_MINUTE = 1800
_MINUTE = 60.0


@dataclass(slots=True)
class Access:
    """Issues and checks tokens. ``clock`` decides when one has ended."""

    clock: Callable[[], datetime]
    token_lifetime: int
    api_token: str = field(default_factory=lambda: f"LXT_{secrets.token_urlsafe(30)}")
    valid: bool = True
    """False: the API token has expired, or was deleted."""
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _issued: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def secrets(self) -> list[str]:
        """Return every string that must never be seen in a log or a document."""
        pair = base64.b64encode(f"apitoken:{self.api_token}".encode()).decode()
        with self._lock:
            return [self.api_token, pair, *self._issued]

    def issue(self, request: Request) -> Answer:
        """Answer a request to the token service."""
        if request.method != "POST":
            return Answer(405, content_type=None)
        if not self._shows_api_token(request):
            return Answer(401, b'{"error": "invalid_client", "error_description": "Bad"}')
        if request.form().get("grant_type") != "client_credentials":
            return Answer(400, b'{"error": "unsupported_grant_type"}')
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
        return Answer(200, json.dumps(content).encode())

    def revoke_all(self) -> None:
        """Make every access token issued so far invalid."""
        with self._lock:
            self._tokens.clear()

    def knows(self, request: Request) -> bool:
        """Return whether a request carries a valid access token."""
        with self._lock:
            ends = self._tokens.get(_credentials(request, "bearer"))
        return ends is not None and self.clock() < ends

    def _shows_api_token(self, request: Request) -> bool:
        try:
            shown = base64.b64decode(_credentials(request, "basic"), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return self.valid and shown == f"apitoken:{self.api_token}"


def _credentials(request: Request, scheme: str) -> str:
    found, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if found.lower() == scheme else ""


class RateLimit:
    """Admits so many requests within any minute."""

    def __init__(
        self, monotonic: Callable[[], float], per_minute: int = REQUESTS_PER_MINUTE
    ) -> None:
        """Start with an empty window."""
        self._monotonic = monotonic
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._admitted: deque[float] = deque()

    def admit(self) -> bool:
        """Return whether a request may be made now, and count it if so."""
        with self._lock:
            now = self._monotonic()
            while self._admitted and self._admitted[0] <= now - _MINUTE:
                self._admitted.popleft()
            if len(self._admitted) >= self._per_minute:
                return False
            self._admitted.append(now)
            return True
