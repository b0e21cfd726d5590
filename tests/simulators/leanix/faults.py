"""Faults that a test injects into a simulated workspace."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum

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
class Fault:
    """A fault and the requests that it affects.

    ``method`` and ``path`` (a regular expression, searched in path and query) select requests;
    ``nth`` limits the fault to the nth of them, from 1; ``times`` is the maximum number of hits.
    """

    kind: FaultKind
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    times: int | None = None
    retry_after: str | None = None
    released: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(slots=True)
class _ActiveFault:
    fault: Fault
    seen: int = 0
    hits: int = 0


class Faults:
    """The active faults; they may be changed while the server is running."""

    def __init__(self) -> None:
        """Start without faults."""
        self._lock = threading.Lock()
        self._active: list[_ActiveFault] = []

    def add(self, fault: Fault) -> Fault:
        """Activate a fault and return it."""
        with self._lock:
            self._active.append(_ActiveFault(fault))
        return fault

    def clear(self) -> None:
        """Deactivate all faults and release the requests that they block."""
        with self._lock:
            for active in self._active:
                active.fault.released.set()
            self._active = []

    def match(self, method: str, target: str) -> Fault | None:
        """Return the first fault that affects a request, and count the hit."""
        hit = None
        with self._lock:
            for active in self._active:
                fault = active.fault
                if fault.method not in (None, method):
                    continue
                if fault.path is not None and not re.search(fault.path, target):
                    continue
                active.seen += 1
                is_due = fault.nth in (None, active.seen)
                if is_due and (fault.times is None or active.hits < fault.times) and hit is None:
                    active.hits += 1
                    hit = fault
        return hit


def _html_page(status: int, title: str) -> Response:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head></html>".encode()
    return Response(status, body, "text/html")


_REPLACEMENTS = {
    FaultKind.SERVER_ERROR: Response(500, b'{"errors": ["Internal error"]}'),
    FaultKind.BAD_GATEWAY: _html_page(502, "Bad Gateway"),
    FaultKind.UNAVAILABLE: _html_page(503, "Service Unavailable"),
    FaultKind.UNAUTHORIZED: Response(401, content_type=None),
    FaultKind.LOGIN_PAGE: _html_page(200, "Log in"),
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
