"""Counting message processing logs: how to count them, and at what cost.

The metric is the number of logs that started in a window. It is not SAP's count of chargeable
messages, and iFlows at log level NONE write no logs (docs/numbers.md).
"""

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from iflow_census.errors import DataError, NotSupported, OptionRejected, ResponseTimeout
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogApi, LogQuery, MessageLog

DISCARDED = "DISCARDED"
"""Not a message: where two nodes run a scheduled iFlow, the idle one writes such logs."""

STATUSES = (
    "COMPLETED",
    "FAILED",
    "PROCESSING",
    "RETRY",
    "ESCALATED",
    "CANCELLED",
    DISCARDED,
    "ABANDONED",
)
"""SAP Help, "Message Status"."""

UNLISTED = "UNLISTED"
"""Stands for any status that is not in `STATUSES`, in case SAP adds one."""

PAGE_SIZE = 1000
"""Logs on a page (SAP Help, "Query Options")."""

COUNTS_PER_PAGE = 10
"""The cost of reading a page of logs, in counts: SAP finds and sends 1,000 rows, not one number."""

PAGES_PER_PART = 4
"""Pages of a list can only be read one after the other; parts of a window are read in parallel."""

MIN_WINDOW = timedelta(hours=1)
"""The shortest window that is still split in two if its count times out."""

StatusCounts = Mapping[str, int]
"""The number of logs per status."""


def count_messages(counts: StatusCounts) -> int:
    """Return the number of messages, which is that of the logs without DISCARDED ones."""
    return sum(counts.values()) - counts.get(DISCARDED, 0)


@dataclass(frozen=True, slots=True)
class LogTotals:
    """The number of a tenant's logs in a window, including those without an iFlow."""

    window: Window
    total: int
    by_status: StatusCounts


@dataclass(frozen=True, slots=True)
class CountingPlan:
    """The cheapest way to count a window.

    Attributes:
        read_all: read all logs instead of counting per iFlow.
        derived_status: the status that is not counted, but is the total less all others.
        read_statuses: rare statuses, whose logs are cheaper to read than to count per iFlow.
        counted_statuses: statuses that are counted for each iFlow with at least one log.
    """

    read_all: bool
    derived_status: str = ""
    read_statuses: tuple[str, ...] = ()
    counted_statuses: tuple[str, ...] = ()


def count_totals(tenant: LogApi, window: Window) -> LogTotals:
    """Count the tenant's logs, in total and per status.

    Raises:
        DataError: the total is 0, but not the count of a day or of all statuses; or the statuses
            add up to more than the total.
    """
    for fresh in (False, True):
        total = count_confirmed(tenant, LogQuery(window), fresh=fresh)
        if total == 0:
            found = _find_logs(tenant, window, fresh=fresh)
            if not found:
                return LogTotals(window, 0, {})
            if fresh:
                raise DataError(f"the tenant has 0 logs in total, but {found}; run again")
            continue
        by_status = _count_statuses(tenant, window, total, fresh=fresh)
        # A message may change its status between two counts, so that the sum is wrong. Counting
        # once more distinguishes that from a status that is not in `STATUSES`.
        if sum(by_status.values()) == total:
            break
    if sum(by_status.values()) < total:
        for status in [status for status in STATUSES if not by_status[status]]:
            by_status[status] = count_confirmed(tenant, LogQuery(window, statuses=(status,)))
    unlisted = total - sum(by_status.values())
    if unlisted < 0:
        raise DataError(f"the tenant has {total} logs, but {total - unlisted} by status; run again")
    by_status[UNLISTED] = unlisted
    return LogTotals(
        window, total, {status: number for status, number in by_status.items() if number}
    )


def _count_statuses(tenant: LogApi, window: Window, total: int, *, fresh: bool) -> dict[str, int]:
    """Count status after status until they add up to the total."""
    by_status: dict[str, int] = {}
    for status in STATUSES:
        query = LogQuery(window, statuses=(status,))
        by_status[status] = count_logs(tenant, query, fresh=fresh)
        if sum(by_status.values()) == total:
            break
    return by_status


def _find_logs(tenant: LogApi, window: Window, *, fresh: bool) -> str | None:
    """Count a window without logs by status and by day; returns where logs are, if anywhere."""
    number = count_logs(tenant, LogQuery(window, statuses=STATUSES), fresh=fresh)
    if number:
        return f"{number} by status"
    for day in window.days():
        number = count_logs(tenant, LogQuery(day), fresh=fresh)
        if number:
            return f"{number} on {day.start:%Y-%m-%d}"
    return None


def choose_plan(totals: LogTotals, iflows: int) -> CountingPlan:
    """Choose the cheapest way to count.

    Counting takes one request per iFlow for its total. Each status that is not derived takes either
    another request per iFlow, or the pages of its logs. Reading all logs takes their pages and
    nothing else. `iflows` is the minimum number of iFlows.
    """
    if not totals.total:
        return CountingPlan(read_all=True)
    derived = max(
        totals.by_status, key=lambda status: (status == UNLISTED, totals.by_status[status])
    )
    other_statuses = [status for status in totals.by_status if status != derived]
    read = tuple(
        status for status in other_statuses if _reading_cost(totals.by_status[status]) <= iflows
    )
    counted = tuple(status for status in other_statuses if status not in read)
    cost = iflows + iflows * len(counted)
    cost += sum(_reading_cost(totals.by_status[status]) for status in read)
    if _reading_cost(totals.total) <= cost:
        return CountingPlan(read_all=True)
    return CountingPlan(
        read_all=False, derived_status=derived, read_statuses=read, counted_statuses=counted
    )


def _reading_cost(logs: int) -> int:
    return math.ceil(logs / PAGE_SIZE) * COUNTS_PER_PAGE


def count_logs(tenant: LogApi, query: LogQuery, *, fresh: bool = False) -> int:
    """Count logs; a window whose count times out is split into halves that are counted."""
    try:
        return tenant.count_logs(query, fresh=fresh)
    except ResponseTimeout:
        if query.window.length <= MIN_WINDOW:
            raise
    return sum(
        count_logs(tenant, replace(query, window=half), fresh=fresh)
        for half in query.window.halves()
    )


def count_confirmed(tenant: LogApi, query: LogQuery, *, fresh: bool = False) -> int:
    """Count logs; 0 is confirmed by a different request, as people act on it.

    Raises:
        DataError: the count stays 0, but there are logs.
    """
    number = count_logs(tenant, query, fresh=fresh)
    if number or not _has_logs(tenant, query):
        return number
    number = count_logs(tenant, query, fresh=True)
    if not number:
        of_iflow = "" if query.iflow_id is None else f" of iFlow {query.iflow_id!r}"
        raise DataError(f"/$count has 0 logs{of_iflow}, but the list has some; run again")
    return number


def evaluates_or(tenant: LogApi, query: LogQuery) -> bool:
    """Whether the tenant evaluates an `or` over the ids of iFlows, which SAP does not document.

    The last of `query.iflow_ids` has logs, so the list must not be empty. If the tenant ignored the
    other ids, an empty list would confirm any zero.
    """
    try:
        return _has_logs(tenant, query)
    except (NotSupported, OptionRejected):
        return False


def find_wrong_zeros(tenant: LogApi, query: LogQuery) -> Sequence[str]:
    """Return the iFlows of `query.iflow_ids` that have logs although their count was 0."""
    if not _has_logs(tenant, query):
        return []
    return [
        iflow_id
        for iflow_id in query.iflow_ids
        if _has_logs(tenant, replace(query, iflow_id=iflow_id, iflow_ids=()))
    ]


def _has_logs(tenant: LogApi, query: LogQuery) -> bool:
    try:
        return tenant.has_logs(query)
    except ResponseTimeout:
        if query.window.length <= MIN_WINDOW:
            raise
    return any(_has_logs(tenant, replace(query, window=half)) for half in query.window.halves())


def split_window(window: Window, logs: int) -> list[Window]:
    """Split a window into parts with a few pages of logs each; without logs there are no parts."""
    number = math.ceil(logs / (PAGE_SIZE * PAGES_PER_PART))
    if not number:
        return []
    cuts = [window.start]
    for index in range(1, number):
        cut = (window.start + window.length * index / number).replace(microsecond=0)
        if cut > cuts[-1]:
            cuts.append(cut)
    return [Window(start, end) for start, end in itertools.pairwise([*cuts, window.end])]


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What is kept of logs that were read.

    Attributes:
        counts: logs per iFlow (None: logs without one) and status.
        by_day: logs per calendar day (UTC; None: logs without a start) and status.
        last_messages: the last message of each iFlow.
    """

    counts: dict[str | None, Counter[str]] = field(default_factory=dict)
    by_day: dict[date | None, Counter[str]] = field(default_factory=dict)
    last_messages: dict[str, MessageLog] = field(default_factory=dict)

    def add(self, log: MessageLog) -> None:
        """Add a log."""
        self.counts.setdefault(log.iflow_id, Counter())[log.status] += 1
        day = log.started_at.date() if log.started_at else None
        self.by_day.setdefault(day, Counter())[log.status] += 1
        if log.status != DISCARDED:
            self._add_message(log)

    def merge(self, other: "LogSummary") -> None:
        """Add the logs of another window, which must not overlap."""
        for iflow_id, by_status in other.counts.items():
            self.counts.setdefault(iflow_id, Counter()).update(by_status)
        for day, by_status in other.by_day.items():
            self.by_day.setdefault(day, Counter()).update(by_status)
        for log in other.last_messages.values():
            self._add_message(log)

    def _add_message(self, log: MessageLog) -> None:
        if log.iflow_id is None or log.started_at is None:
            return
        last = self.last_messages.get(log.iflow_id)
        if last is None or last.started_at is None or log.started_at > last.started_at:
            self.last_messages[log.iflow_id] = log


def read_logs(tenant: LogApi, query: LogQuery) -> LogSummary:
    """Read logs, and keep what is needed of them."""
    summary = LogSummary()
    try:
        for log in tenant.logs(query):
            summary.add(log)
    except ResponseTimeout:
        if query.window.length <= MIN_WINDOW:
            raise
        for half in query.window.halves():
            summary.merge(read_logs(tenant, replace(query, window=half)))
    return summary
