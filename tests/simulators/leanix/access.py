"""The token service and the rate limit.

Source: SAP Help, "Authentication to SAP LeanIX Services", "Rate limiting": 1800 requests per minute
and user; further requests are answered with 429.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from datetime import datetime

from tests.simulators.http_server import Request, Response
from tests.simulators.sliding_window import SlidingWindow
from tests.simulators.tokens import AccessTokens, encode_basic, has_basic_credentials

REQUESTS_PER_MINUTE = 1800
_MINUTE = 60.0
_USER = "apitoken"


class Access:
    """The API token of a workspace, and its access tokens."""

    def __init__(self, clock: Callable[[], datetime], token_lifetime: int) -> None:
        """Create a new API token; access tokens expire by ``clock``."""
        self.api_token = f"LXT_{secrets.token_urlsafe(30)}"
        self.is_valid = True
        """False: the API token has expired or was deleted."""
        self.tokens = AccessTokens(clock, token_lifetime)

    def secrets(self) -> list[str]:
        """Return all strings that must never appear in a log or a document."""
        encoded = encode_basic(_USER, self.api_token)
        return [self.api_token, encoded, *self.tokens.issued()]

    def issue_token(self, request: Request) -> Response:
        """Handle a request for an access token."""
        if request.method != "POST":
            return Response(405, content_type=None)
        if not (self.is_valid and has_basic_credentials(request, _USER, self.api_token)):
            return Response(401, b'{"error": "invalid_client", "error_description": "Bad"}')
        if request.form().get("grant_type") != "client_credentials":
            return Response(400, b'{"error": "unsupported_grant_type"}')
        content = {
            "scope": "",
            "expired": False,
            "access_token": self.tokens.issue(),
            "token_type": "bearer",
            "expires_in": self.tokens.lifetime,
        }
        return Response(200, json.dumps(content).encode())


class RateLimit:
    """Admits a number of requests within any minute."""

    def __init__(
        self, monotonic: Callable[[], float], per_minute: int = REQUESTS_PER_MINUTE
    ) -> None:
        """Start with an empty window."""
        self._monotonic = monotonic
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._window = SlidingWindow(_MINUTE)

    def admit(self) -> bool:
        """Return whether a request is within the limit, and count it if so."""
        with self._lock:
            now = self._monotonic()
            if self._window.count(now) >= self._per_minute:
                return False
            self._window.add(now)
            return True
