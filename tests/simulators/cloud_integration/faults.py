"""Faults that a test injects into a simulated tenant.

Page faults make a response inconsistent although it looks valid; the others replace or distort it.
API family, path, number of the request, probability and number of hits select the requests.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from tests.simulators.faults import ActiveFault, ActiveFaults, BaseFault


class FaultKind(StrEnum):
    """The kinds of faults."""

    LATENCY = "latency"
    """Responds ``seconds`` later, or between ``seconds`` and ``seconds_to``."""
    SERVER_ERROR = "server-error"
    """500 with SAP's JSON error."""
    BAD_GATEWAY = "bad-gateway"
    """502 with an HTML page."""
    UNAVAILABLE = "unavailable"
    """503 with an HTML page."""
    GATEWAY_TIMEOUT = "gateway-timeout"
    """504 with an HTML page."""
    CUT_BEFORE_RESPONSE = "cut-before-response"
    """The connection closes without a response."""
    CUT_IN_BODY = "cut-in-body"
    """The connection closes in the middle of the body."""
    TRUNCATED_JSON = "truncated-json"
    """The first half of a JSON body, with a matching Content-Length."""
    HANG = "hang"
    """No response until the fault is released or the server stops; then the connection closes."""
    THROTTLED = "throttled"
    """429 with ``retry_after``."""
    UNAUTHORIZED = "unauthorized"
    """401; the access token becomes invalid."""
    FORBIDDEN = "forbidden"
    """403 with an empty body, as for a missing role."""
    LOGIN_PAGE = "login-page"
    """200 with an HTML login page."""
    ERROR_IN_200 = "error-in-200"
    """200 with SAP's JSON error as the body."""
    EMPTY_200 = "empty-200"
    """200 with an empty body."""
    FOREIGN_NEXT = "foreign-next"
    """``__next`` points to another host."""
    REPEATED_NEXT = "repeated-next"
    """``__next`` points to the page itself."""
    IGNORED_SKIP = "ignored-skip"
    """``$skip`` and ``$skiptoken`` have no effect: always the first page."""
    WRONG_COUNT = "wrong-count"
    """``__count`` is too high by ``amount``. (``/$count`` is always correct, as nothing could
    detect an error.)"""
    DUPLICATE_IDS = "duplicate-ids"
    """The first row of a page is the last row of the previous page; on the first page, the second
    row is the first row."""
    ROWS_WITHOUT_KEY = "rows-without-key"
    """The key of the first row is null."""
    WIDE_WINDOW_HANGS = "wide-window-hangs"
    """As HANG, for message logs in a window of more than ``hours``."""
    WIDE_WINDOW_TIMES_OUT = "wide-window-times-out"
    """As GATEWAY_TIMEOUT, for message logs in a window of more than ``hours``."""
    ZERO_COUNT = "zero-count"
    """``/$count`` is 0, whatever there is."""
    EMPTY_LIST = "empty-list"
    """A list without entries; ``__count`` is 0 too, or correct if ``amount`` is 0."""
    NO_INLINECOUNT = "no-inlinecount"
    """501 for a list with ``$inlinecount``, as real tenants do for IntegrationPackages."""
    IGNORED_INLINECOUNT = "ignored-inlinecount"
    """A list with ``$inlinecount`` has no ``__count``, which real tenants may do as well."""
    NOT_FOUND = "not-found"
    """404 with SAP's JSON error."""
    NOT_ACCEPTABLE = "not-acceptable"
    """406 with an HTML page, as real tenants do for an ErrorInformation in JSON."""
    DRIPPING = "dripping"
    """The body arrives byte by byte, with a pause of ``seconds`` before each."""
    BROKEN_REDIRECT = "broken-redirect"
    """302 to an address that URL parsers reject with an exception."""
    DEEP_JSON = "deep-json"
    """200 with JSON that is nested too deeply for a recursive parser."""
    HALF_SURROGATE = "half-surrogate"
    """200 with JSON text that no encoder can write: half a surrogate pair."""
    CRASH_HOOK = "crash-hook"
    """Calls ``hook``, which may kill the process under test; an exception closes the connection."""


PAGE_FAULTS = frozenset(
    {
        FaultKind.FOREIGN_NEXT,
        FaultKind.REPEATED_NEXT,
        FaultKind.IGNORED_SKIP,
        FaultKind.WRONG_COUNT,
        FaultKind.DUPLICATE_IDS,
        FaultKind.ROWS_WITHOUT_KEY,
        FaultKind.EMPTY_LIST,
        FaultKind.NO_INLINECOUNT,
        FaultKind.IGNORED_INLINECOUNT,
    }
)
WIDE_WINDOWS = frozenset({FaultKind.WIDE_WINDOW_HANGS, FaultKind.WIDE_WINDOW_TIMES_OUT})


@dataclass(frozen=True, slots=True)
class Fault(BaseFault):
    """A fault and the requests that it affects.

    ``family``: "oauth", "design-time", "runtime", "message-logs" or "" (service document); None
    affects all. ``retry_after``: "seconds" and "date" send ``seconds`` in that form, any other text
    is sent unchanged. ``hook`` is called with path and query.
    """

    kind: FaultKind
    family: str | None = None
    probability: float = 1.0
    seconds: float = 0.0
    seconds_to: float | None = None
    hours: float = 24.0
    amount: int = 1
    hook: Callable[[str], None] | None = None


class Faults(ActiveFaults[Fault]):
    """The active faults of a tenant. ``seed`` determines all random decisions."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        """Activate the given faults."""
        super().__init__(faults)
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._hits: dict[FaultKind, int] = {}

    def hits(self) -> dict[str, int]:
        """Return the number of hits by kind, including those of deactivated faults."""
        with self._lock:
            return {kind.value: count for kind, count in self._hits.items()}

    def match(
        self,
        family: str,
        target: str,
        *,
        is_list: bool,
        window_hours: Callable[[], float | None],
    ) -> list[Fault]:
        """Return the faults that affect a request, and count their hits.

        Page faults only affect lists. ``window_hours`` returns the width of the LogStart window in
        the request (None = not for message logs); it is only called if a fault depends on it.
        """
        with self._lock:
            return [
                active.fault
                for active in self._active
                if (is_list or active.fault.kind not in PAGE_FAULTS)
                and self._hit(active, family, target, window_hours)
            ]

    def between(self, low: float, high: float) -> float:
        """Return a seeded random number."""
        with self._lock:
            return self._random.uniform(low, high)

    def _hit(
        self,
        active: ActiveFault[Fault],
        family: str,
        target: str,
        window_hours: Callable[[], float | None],
    ) -> bool:
        fault = active.fault
        if fault.family not in (None, family) or not fault.matches_path(target):
            return False
        if fault.kind is FaultKind.ZERO_COUNT and "/$count" not in target:
            return False
        if fault.kind in WIDE_WINDOWS:
            width = window_hours()
            if width is None or width <= fault.hours:
                return False
        # Random numbers are drawn last, so that only requests that may be hit use up the sequence.
        if not active.count_match() or (
            fault.probability < 1.0 and self._random.random() >= fault.probability
        ):
            return False
        active.hits += 1
        self._hits[fault.kind] = self._hits.get(fault.kind, 0) + 1
        return True
