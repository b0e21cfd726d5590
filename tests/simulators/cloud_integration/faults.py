"""Faults and lies that a test switches on in a simulated tenant.

A *fault* breaks or replaces an answer; a *lie* is an answer that looks right and is not. Which
requests are hit is decided by API family, path, number of the request, chance and number of hits.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """Everything that can be made to go wrong. The values are the names used in commands."""

    LATENCY = "latency"
    """Answer ``seconds`` later, or between ``seconds`` and ``seconds_to``."""
    SERVER_ERROR = "server-error"
    """500 with SAP's JSON error."""
    BAD_GATEWAY = "bad-gateway"
    """502 with an HTML page."""
    UNAVAILABLE = "unavailable"
    """503 with an HTML page."""
    GATEWAY_TIMEOUT = "gateway-timeout"
    """504 with an HTML page."""
    CUT_BEFORE_RESPONSE = "cut-before-response"
    """The connection closes without a byte of an answer."""
    CUT_IN_BODY = "cut-in-body"
    """The connection closes in the middle of the body."""
    TRUNCATED_JSON = "truncated-json"
    """Half of a JSON body, with a Content-Length that fits it."""
    HANG = "hang"
    """No answer until the fault is released or the server stops; then the connection is cut."""
    THROTTLED = "throttled"
    """429, with Retry-After as ``retry_after`` says."""
    UNAUTHORIZED = "unauthorized"
    """401, and the token is invalid from now on."""
    FORBIDDEN = "forbidden"
    """403 with an empty body, as when a role is missing."""
    LOGIN_PAGE = "login-page"
    """200 with an HTML log-in page."""
    ERROR_IN_200 = "error-in-200"
    """200 with SAP's JSON error as the body."""
    EMPTY_200 = "empty-200"
    """200 with an empty body."""
    FOREIGN_NEXT = "foreign-next"
    """``__next`` leads to another host."""
    REPEATED_NEXT = "repeated-next"
    """``__next`` leads to the page that it stands on."""
    IGNORED_SKIP = "ignored-skip"
    """``$skip`` and ``$skiptoken`` have no effect: the first page again and again."""
    WRONG_COUNT = "wrong-count"
    """``__count`` is ``amount`` too high. (``/$count`` is never a lie: nobody could tell.)"""
    DUPLICATE_IDS = "duplicate-ids"
    """The last row of the page before stands again in place of this page's first row; on the first
    page the first row in place of the second."""
    ROWS_WITHOUT_KEY = "rows-without-key"
    """The first row of the page has null for its key."""
    WIDE_WINDOW_HANGS = "wide-window-hangs"
    """Message logs asked for over more than ``hours`` of LogStart: as HANG."""
    WIDE_WINDOW_TIMES_OUT = "wide-window-times-out"
    """Message logs asked for over more than ``hours`` of LogStart: as GATEWAY_TIMEOUT."""
    CRASH_HOOK = "crash-hook"
    """Calls ``hook``, which may kill the process under test; what it raises cuts the connection."""


PAGE_FAULTS = frozenset(
    {
        FaultKind.FOREIGN_NEXT,
        FaultKind.REPEATED_NEXT,
        FaultKind.IGNORED_SKIP,
        FaultKind.WRONG_COUNT,
        FaultKind.DUPLICATE_IDS,
        FaultKind.ROWS_WITHOUT_KEY,
    }
)
WIDE_WINDOWS = frozenset({FaultKind.WIDE_WINDOW_HANGS, FaultKind.WIDE_WINDOW_TIMES_OUT})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and the requests that it hits.

    ``family``: "oauth", "design-time", "runtime", "message-logs" or "" (service document);
    None hits them all. ``path``: a regular expression searched in path and query as sent.
    ``nth``: only the nth matching request, from 1. ``times``: at most so many hits.
    """

    kind: FaultKind
    family: str | None = None
    path: str | None = None
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    seconds_to: float | None = None
    retry_after: str | None = None
    """For THROTTLED: None leaves the header out, "seconds" and "date" send it in that form, with
    ``seconds``; any other text is sent as it is."""
    hours: float = 24.0
    amount: int = 1
    hook: Callable[[str], None] | None = None
    """Called with path and query."""
    released: threading.Event = field(default_factory=threading.Event, compare=False)
    """Ends a HANG, for good: take a new Fault for another one."""


@dataclass(slots=True)
class _ActiveFault:
    fault: Fault
    seen: int = 0
    hits: int = 0


class Faults:
    """The faults in force; may be changed while the tenant serves. ``seed`` rules all chance."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        """Arm the faults given."""
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._active = [_ActiveFault(fault) for fault in faults]
        self._hits: dict[FaultKind, int] = {}

    def add(self, fault: Fault) -> Fault:
        """Arm one more and return it."""
        with self._lock:
            self._active.append(_ActiveFault(fault))
        return fault

    def remove(self, fault: Fault) -> None:
        """Disarm one and release whom it holds."""
        fault.released.set()
        with self._lock:
            self._active = [active for active in self._active if active.fault is not fault]

    def clear(self) -> None:
        """Disarm all and release whom they hold; what was hit stays counted."""
        with self._lock:
            for active in self._active:
                active.fault.released.set()
            self._active = []

    def hits(self) -> dict[str, int]:
        """Return how often each kind has hits."""
        with self._lock:
            return {kind.value: count for kind, count in self._hits.items()}

    def match(
        self,
        family: str,
        target: str,
        *,
        lists: bool,
        window_hours: Callable[[], float | None],
    ) -> list[Fault]:
        """Return the faults that hit this request, in the order they were active.

        ``lists`` says whether a collection is asked for: a lie hits nothing else. ``window_hours``
        tells how wide a LogStart window the request asks for (None = no message logs); it is only
        called where a fault wants to know.
        """
        with self._lock:
            if not self._active:
                return []
            return [
                active.fault
                for active in self._active
                if (lists or active.fault.kind not in PAGE_FAULTS)
                and self._hit(active, family, target, window_hours)
            ]

    def between(self, low: float, high: float) -> float:
        """Return a seeded random number."""
        with self._lock:
            return self._random.uniform(low, high)

    def _hit(
        self,
        active: _ActiveFault,
        family: str,
        target: str,
        window_hours: Callable[[], float | None],
    ) -> bool:
        fault = active.fault
        if (fault.family not in (None, family)) or (
            fault.path is not None and not re.search(fault.path, target)
        ):
            return False
        if fault.kind in WIDE_WINDOWS:
            width = window_hours()
            if width is None or width <= fault.hours:
                return False
        active.seen += 1
        due = fault.nth in (None, active.seen) and (
            fault.times is None or active.hits < fault.times
        )
        # Chance is drawn last, so that only requests that might be hit use up its sequence.
        if not due or (fault.probability < 1.0 and self._random.random() >= fault.probability):
            return False
        active.hits += 1
        self._hits[fault.kind] = self._hits.get(fault.kind, 0) + 1
        return True
