"""Faults that a test switches on in a simulated workspace."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.simulators.http_server import BEFORE_THE_ANSWER, Answer


class FaultKind(StrEnum):
    """Everything that can be made to go wrong."""

    SERVER_ERROR = "server-error"
    """500, nothing was done."""
    BAD_GATEWAY = "bad-gateway"
    """502 with an HTML page, nothing was done."""
    UNAVAILABLE = "unavailable"
    """503 with an HTML page, nothing was done."""
    THROTTLED = "throttled"
    """429, with ``retry_after``."""
    UNAUTHORIZED = "unauthorized"
    """401, and the token is invalid from now on."""
    LOGIN_PAGE = "login-page"
    """200 with an HTML page, nothing was done."""
    CUT_BEFORE_ANSWER = "cut-before-answer"
    """The connection closes without a byte, and nothing was done."""
    LOST_ANSWER = "lost-answer"
    """The request is carried out; then the connection closes without a byte."""
    LATE_ERROR = "late-error"
    """The request is carried out; then a gateway answers 504."""
    CUT_IN_BODY = "cut-in-body"
    """The request is carried out; the connection closes in the middle of the body."""
    TRUNCATED_JSON = "truncated-json"
    """The request is carried out; half of a JSON body comes, with a length that fits it."""
    HANG = "hang"
    """No answer until the fault is released or the server stops; nothing was done."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and the requests that it hits.

    ``method`` and ``path`` (a regular expression, searched in path and query) choose requests;
    ``nth``: only the nth of them, from 1; ``times``: at most so many hits.
    """

    kind: FaultKind
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    times: int | None = None
    retry_after: str | None = None
    released: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    hits: int = 0


class Faults:
    """The faults in force; may be changed while the workspace serves."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> Fault:
        """Arm one and return it."""
        with self._lock:
            self._armed.append(_Armed(fault))
        return fault

    def clear(self) -> None:
        """Disarm all and release whom they hold."""
        with self._lock:
            for armed in self._armed:
                armed.fault.released.set()
            self._armed = []

    def striking(self, method: str, target: str) -> Fault | None:
        """Return the first fault that hits a request."""
        struck = None
        with self._lock:
            for armed in self._armed:
                fault = armed.fault
                if fault.method not in (None, method):
                    continue
                if fault.path is not None and not re.search(fault.path, target):
                    continue
                armed.seen += 1
                due = fault.nth in (None, armed.seen)
                if due and (fault.times is None or armed.hits < fault.times) and struck is None:
                    armed.hits += 1
                    struck = fault
        return struck


def _page(status: int, title: str) -> Answer:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head></html>".encode()
    return Answer(status, body, "text/html")


_INSTEAD = {
    FaultKind.SERVER_ERROR: Answer(500, b'{"errors": ["Internal error"]}'),
    FaultKind.BAD_GATEWAY: _page(502, "Bad Gateway"),
    FaultKind.UNAVAILABLE: _page(503, "Service Unavailable"),
    FaultKind.UNAUTHORIZED: Answer(401, content_type=None),
    FaultKind.LOGIN_PAGE: _page(200, "Log in"),
    FaultKind.CUT_BEFORE_ANSWER: Answer(200, cut_after=BEFORE_THE_ANSWER),
    FaultKind.HANG: Answer(504, cut_after=BEFORE_THE_ANSWER),
}


def replaced(fault: Fault) -> Answer | None:
    """Return the answer that a fault gives without carrying the request out, if it gives one."""
    if fault.kind is FaultKind.THROTTLED:
        return too_many(fault.retry_after)
    return _INSTEAD.get(fault.kind)


def too_many(retry_after: str | None) -> Answer:
    """Return LeanIX's 429."""
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Answer(429, b'{"errors": ["USER_INTERVAL_REQUEST_LIMIT_EXCEEDED"]}', headers=headers)


def broken(fault: Fault, answer: Answer) -> Answer:
    """Return what a fault leaves of a true answer."""
    match fault.kind:
        case FaultKind.LOST_ANSWER:
            return replace(answer, cut_after=BEFORE_THE_ANSWER)
        case FaultKind.LATE_ERROR:
            return _page(504, "Gateway Time-out")
        case FaultKind.CUT_IN_BODY:
            return replace(answer, cut_after=len(answer.body) // 2)
        case FaultKind.TRUNCATED_JSON:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case _:
            return answer
