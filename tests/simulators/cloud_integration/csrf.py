"""CSRF tokens, which are required for writes together with the cookies of their session.

Sources: SAP Help: OData API, CSRF token handling; the header ``Required`` as sent by SAP gateways.
SAP's load balancer adds a second cookie to that of the session; here both are required, so that a
client that drops one is noticed.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from tests.simulators.cloud_integration.responses import error_response
from tests.simulators.http_server import Request, Response

_SESSION = "JSESSIONID"
_INSTANCE = "__VCAP_ID__"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE", "MERGE"})


class CsrfTokens:
    """Issues and checks tokens; thread-safe."""

    def __init__(self, *, secure: bool) -> None:
        """``secure`` restricts the cookies to https."""
        self._secure = secure
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, str], str] = {}

    def expire(self) -> None:
        """Invalidate all tokens."""
        with self._lock:
            self._tokens.clear()

    def headers(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return the headers of the response to a GET with ``X-CSRF-Token: Fetch``."""
        if request.method != "GET" or request.headers.get("x-csrf-token", "").lower() != "fetch":
            return ()
        session = _session(request.headers)
        with self._lock:
            existing = self._tokens.get(session)
            if existing is not None:
                return (("X-CSRF-Token", existing),)
            token = secrets.token_hex(16).upper()
            session = (secrets.token_hex(16).upper(), secrets.token_hex(8))
            self._tokens[session] = token
        attributes = "; Path=/; HttpOnly" + ("; Secure" if self._secure else "")
        return (
            ("X-CSRF-Token", token),
            ("Set-Cookie", f"{_SESSION}={session[0]}{attributes}"),
            ("Set-Cookie", f"{_INSTANCE}={session[1]}{attributes}"),
        )

    def check(self, request: Request) -> Response | None:
        """Return the error for a write without a valid token, or None."""
        if request.method not in WRITES:
            return None
        token = request.headers.get("x-csrf-token", "")
        with self._lock:
            if token and self._tokens.get(_session(request.headers)) == token:
                return None
        return error_response(
            403, "Forbidden", "CSRF token validation failed", (("X-CSRF-Token", "Required"),)
        )


def _session(headers: Mapping[str, str]) -> tuple[str, str]:
    cookies = dict(
        part.strip().split("=", 1) for part in headers.get("cookie", "").split(";") if "=" in part
    )
    return cookies.get(_SESSION, ""), cookies.get(_INSTANCE, "")
