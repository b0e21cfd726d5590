"""CSRF tokens: every write needs one, together with the cookies of the session it was given to.

Sources: SAP Help: OData API, CSRF token handling; the header ``Required`` as every SAP gateway
sends it. SAP's hosts balance by a cookie beside the session's own; here the one is worth nothing
without the other, so that a caller who drops one is seen.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from tests.simulators.cloud_integration.answers import error
from tests.simulators.http_server import Answer, Request

_SESSION = "JSESSIONID"
_INSTANCE = "__VCAP_ID__"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE", "MERGE"})


class CsrfTokens:
    """Gives out and checks tokens; safe between threads."""

    def __init__(self, *, secure: bool) -> None:
        """``secure`` marks the cookies for https alone."""
        self._secure = secure
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, str], str] = {}

    def expire(self) -> None:
        """Make every token given out so far invalid."""
        with self._lock:
            self._tokens.clear()

    def headers(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return what a GET with ``X-CSRF-Token: Fetch`` is answered beside its body."""
        if request.method != "GET" or request.headers.get("x-csrf-token", "").lower() != "fetch":
            return ()
        session = _session(request.headers)
        with self._lock:
            known = self._tokens.get(session)
            if known is not None:
                return (("X-CSRF-Token", known),)
            token = secrets.token_hex(16).upper()
            session = (secrets.token_hex(16).upper(), secrets.token_hex(8))
            self._tokens[session] = token
        ending = "; Path=/; HttpOnly" + ("; Secure" if self._secure else "")
        return (
            ("X-CSRF-Token", token),
            ("Set-Cookie", f"{_SESSION}={session[0]}{ending}"),
            ("Set-Cookie", f"{_INSTANCE}={session[1]}{ending}"),
        )

    def refusal(self, request: Request) -> Answer | None:
        """Return the answer to a write without a valid token, or None."""
        if request.method not in WRITES:
            return None
        shown = request.headers.get("x-csrf-token", "")
        with self._lock:
            if shown and self._tokens.get(_session(request.headers)) == shown:
                return None
        return error(
            403, "Forbidden", "CSRF token validation failed", (("X-CSRF-Token", "Required"),)
        )


def _session(headers: Mapping[str, str]) -> tuple[str, str]:
    cookies = dict(
        part.strip().split("=", 1) for part in headers.get("cookie", "").split(";") if "=" in part
    )
    return cookies.get(_SESSION, ""), cookies.get(_INSTANCE, "")
