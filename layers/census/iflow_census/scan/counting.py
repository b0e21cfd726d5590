"""Questions about message processing logs: what they cost, and how they are asked.

The metric is logs that started in a window. It is not SAP's count of chargeable messages, and
iFlows at log level NONE write no log (docs/message-counts.md).
"""

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from iflow_census.errors import DataError, ResponseTimeout
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery, TenantApi

STATUSES = (
    "COMPLETED",
    "FAILED",
    "PROCESSING",
    "RETRY",
    "ESCALATED",
    "CANCELLED",
    "DISCARDED",
    "ABANDONED",
)
"""SAP Help, "Message Status"."""

UNLISTED = "UNLISTED"
"""Stands for logs whose status is none of the above, should SAP add one."""

PAGE = 1000
"""Logs on a page (SAP Help, "Query Options")."""

COUNTS_PER_PAGE = 10
"""How many counts a page of logs is worth: a thousand rows to find and send against one number."""

PAGES_PER_PART = 4
"""Pages are read one after the other, so a long list is cut into parts that are read at once."""

SMALLEST_WINDOW = timedelta(hours=1)
"""A count that times out is split no further than this."""

StatusCounts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """All logs of a tenant in a window, with and without an iFlow."""

    window: Window
    total: int
    by_status: StatusCounts


@dataclass(frozen=True, slots=True)
class CountingPlan:
    """The cheaper way of counting.

    Attributes:
        read_all: read every log instead of counting per iFlow.
        derived: the status that is not asked for: it is what the others leave of an iFlow's total.
        read: statuses so rare that reading their logs is cheaper than counting them per iFlow.
        counted: statuses to be counted for each iFlow that has logs at all.
    """

    read_all: bool
    derived: str = ""
    read: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


def totals(tenant: TenantApi, window: Window) -> Totals:
    """Count the tenant's logs, in all and per status.

    Raises:
        DataError: more have one of the statuses than there are.
    """
    for fresh in (False, True):
        total = count(tenant, LogQuery(window), fresh=fresh)
        if total == 0:
            return Totals(window, 0, {})
        by_status = {}
        for status in STATUSES:
            by_status[status] = count(tenant, LogQuery(window, statuses=(status,)), fresh=fresh)
            if sum(by_status.values()) == total:
                break
        # A message may change its status between two counts; then the sum is off, and one more
        # look tells that from a status that is not known here.
        if sum(by_status.values()) == total:
            break
    unlisted = total - sum(by_status.values())
    if unlisted < 0:
        raise DataError(f"the tenant has {total} logs, but {total - unlisted} in their statuses")
    found = {**by_status, UNLISTED: unlisted}
    return Totals(window, total, {status: number for status, number in found.items() if number})


def plan(totals: Totals, iflows: int) -> CountingPlan:
    """Choose by arithmetic.

    Counting costs one request per iFlow for its total and, per status that is not derived, either
    one more per iFlow or the pages of that status. Reading all logs costs their pages alone.

    Args:
        totals: the tenant's logs.
        iflows: how many iFlows there are at least.
    """
    if not totals.total:
        return CountingPlan(read_all=True)
    derived = max(
        totals.by_status, key=lambda status: (status == UNLISTED, totals.by_status[status])
    )
    others = [status for status in totals.by_status if status != derived]
    read = tuple(status for status in others if _pages_cost(totals.by_status[status]) <= iflows)
    counted = tuple(status for status in others if status not in read)
    counting = iflows + iflows * len(counted)
    counting += sum(_pages_cost(totals.by_status[status]) for status in read)
    if _pages_cost(totals.total) <= counting:
        return CountingPlan(read_all=True)
    return CountingPlan(read_all=False, derived=derived, read=read, counted=counted)


def _pages_cost(logs: int) -> int:
    return math.ceil(logs / PAGE) * COUNTS_PER_PAGE


def count(tenant: TenantApi, query: LogQuery, *, fresh: bool = False) -> int:
    """Count logs; where the tenant does not answer in time, over smaller windows that add up."""
    try:
        return tenant.count_logs(query, fresh=fresh)
    except ResponseTimeout:
        if query.window.length <= SMALLEST_WINDOW:
            raise
    return sum(
        count(tenant, replace(query, window=half), fresh=fresh) for half in query.window.halves()
    )


def parts(window: Window, logs: int) -> list[Window]:
    """Cut a window so that each part has a few pages of logs; without logs there is none."""
    number = math.ceil(logs / (PAGE * PAGES_PER_PART))
    if not number:
        return []
    within = (window.start + window.length * index / number for index in range(1, number))
    whole = (moment.replace(microsecond=0) for moment in within)
    cuts = [window.start, *(moment for moment in whole if moment > window.start), window.end]
    return [Window(start, end) for start, end in itertools.pairwise(cuts) if start < end]


def read(tenant: TenantApi, query: LogQuery) -> Mapping[str | None, StatusCounts]:
    """Read logs and count them per iFlow (None: logs without one) and status."""
    counts: dict[str | None, Counter[str]] = {}
    try:
        for log in tenant.logs(query):
            counts.setdefault(log.iflow_id, Counter())[log.status] += 1
    except ResponseTimeout:
        if query.window.length <= SMALLEST_WINDOW:
            raise
        for half in query.window.halves():
            add(counts, read(tenant, replace(query, window=half)))
    return counts


def add(counts: dict[str | None, Counter[str]], more: Mapping[str | None, StatusCounts]) -> None:
    """Add the counts of a window to those of windows that it does not overlap."""
    for iflow_id, by_status in more.items():
        counts.setdefault(iflow_id, Counter()).update(by_status)
