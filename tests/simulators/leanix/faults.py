"""Faults that a test injects into a simulated workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tests.simulators.faults import ActiveFaults, BaseFault
from tests.simulators.http_server import BEFORE_RESPONSE, Response


class FaultKind(StrEnum):
    """The kinds of faults."""

    SERVER_ERROR = "server-error"
    """500 instead of processing the request."""
    BAD_GATEWAY = "bad-gateway"
    """502 with an HTML page instead of processing the request."""
    UNAVAILABLE = "unavailable"
    """503 with an HTML page instead of processing the request."""
    THROTTLED = "throttled"
    """429 with ``retry_after``."""
    UNAUTHORIZED = "unauthorized"
    """401; all access tokens become invalid."""
    LOGIN_PAGE = "login-page"
    """200 with an HTML page instead of processing the request."""
    MISSING = "missing"
    """404 with LeanIX's error."""
    EMPTY = "empty"
    """204."""
    CONFLICT = "conflict"
    """409, which is not documented."""
    CUT_BEFORE_RESPONSE = "cut-before-response"
    """The connection closes without a response; the request is not processed."""
    LOST_RESPONSE = "lost-response"
    """The request is processed, but the connection closes without a response."""
    LATE_ERROR = "late-error"
    """The request is processed, but a gateway answers with 504."""
    CUT_IN_BODY = "cut-in-body"
    """The request is processed; the connection closes in the middle of the body."""
    TRUNCATED_JSON = "truncated-json"
    """The request is processed; the body is the first half of the JSON, with a matching length."""
    HANG = "hang"
    """No response until the fault is released or the server stops; the request is not processed."""


@dataclass(frozen=True, slots=True)
class Fault(BaseFault):
    """A fault and the requests that it affects; ``method`` None affects all methods."""

    kind: FaultKind
    method: str | None = None


class Faults(ActiveFaults[Fault]):
    """The active faults of a workspace."""

    def match(self, method: str, target: str) -> Fault | None:
        """Return the first fault that affects a request, and count the hit."""
        first = None
        with self._lock:
            for active in self._active:
                fault = active.fault
                if fault.method not in (None, method) or not fault.matches_path(target):
                    continue
                if active.count_match() and first is None:
                    active.hits += 1
                    first = fault
        return first


def _html_page(status: int, title: str) -> Response:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head></html>".encode()
    return Response(status, body, "text/html")


_REPLACEMENTS = {
    FaultKind.SERVER_ERROR: Response(500, b'{"errors": ["Internal error"]}'),
    FaultKind.BAD_GATEWAY: _html_page(502, "Bad Gateway"),
    FaultKind.UNAVAILABLE: _html_page(503, "Service Unavailable"),
    FaultKind.UNAUTHORIZED: Response(401, content_type=None),
    FaultKind.LOGIN_PAGE: _html_page(200, "Log in"),
    FaultKind.MISSING: Response(404, b'{"errors": ["There is none"]}'),
    FaultKind.EMPTY: Response(204, b"", None),
    FaultKind.CONFLICT: Response(409, b'{"errors": ["Another run is active"]}'),
    FaultKind.CUT_BEFORE_RESPONSE: Response(200, cut_after=BEFORE_RESPONSE),
    FaultKind.HANG: Response(504, cut_after=BEFORE_RESPONSE),
}


def replacement_for(fault: Fault) -> Response | None:
    """Return the response that a fault sends instead of processing the request, if any."""
    if fault.kind is FaultKind.THROTTLED:
        return too_many_requests(fault.retry_after)
    return _REPLACEMENTS.get(fault.kind)


def too_many_requests(retry_after: str | None) -> Response:
    """Return LeanIX's 429 response."""
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Response(429, b'{"errors": ["USER_INTERVAL_REQUEST_LIMIT_EXCEEDED"]}', headers=headers)


def distort(fault: Fault, response: Response) -> Response:
    """Return a regular response as the fault changes it."""
    match fault.kind:
        case FaultKind.LOST_RESPONSE:
            return replace(response, cut_after=BEFORE_RESPONSE)
        case FaultKind.LATE_ERROR:
            return _html_page(504, "Gateway Timeout")
        case FaultKind.CUT_IN_BODY:
            return replace(response, cut_after=len(response.body) // 2)
        case FaultKind.TRUNCATED_JSON:
            return replace(response, body=response.body[: len(response.body) // 2])
        case _:
            return response
