"""Counting the messages of a tenant per iFlow, while its iFlows are still being listed."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from iflow_census.errors import DataError
from iflow_census.scan import counting
from iflow_census.scan.counting import StatusCounts, Totals
from iflow_census.scan.daily_counter import DayCount
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.tenant_api import LogQuery, TenantApi

STAGE = "messages"


class MessageCount:
    """The counting of one window, by the cheaper way.

    Args:
        tenant: answers the questions.
        work: does them side by side.
        totals: the tenant's logs in the window.
        iflows: how many iFlows there are at least; the way is chosen by it.
        counted: told after each iFlow how many are done, of how many so far.
    """

    def __init__(
        self,
        tenant: TenantApi,
        work: ScanExecutor,
        totals: Totals,
        iflows: int,
        counted: Callable[[int, int], None],
    ) -> None:
        self._tenant = tenant
        self._work = work
        self._totals = totals
        self._counted = counted
        self._plan = counting.plan(totals, iflows)
        self._listed: set[str] = set()
        self._begun: dict[str, Future[tuple[int, StatusCounts]]] = {}
        self._done = itertools.count(1)
        statuses = () if self._plan.read_all else self._plan.read
        logs = totals.total if self._plan.read_all else sum(totals.by_status[s] for s in statuses)
        self._reading = [
            work.submit_pages(STAGE, counting.read, tenant, LogQuery(part, statuses=statuses))
            for part in counting.parts(totals.window, logs)
        ]
        self._days = DayCount(tenant, work, totals)

    def begin(self, iflow_ids: Iterable[str]) -> None:
        """Count these iFlows too; one that was begun before is not counted again."""
        for iflow_id in iflow_ids:
            if self._plan.read_all:
                # Its logs are read with all others; there is nothing to ask.
                self._listed.add(iflow_id)
                self._counted(len(self._listed), len(self._listed))
            elif iflow_id not in self._begun:
                self._begun[iflow_id] = self._work.submit(STAGE, self._count, iflow_id)

    def result(self) -> WindowCounts:
        """Wait for all that was begun, and add up.

        Raises:
            DataError: fewer or more logs were read than the tenant counts, an iFlow's statuses
                are more than its messages, the iFlows have more than the tenant, or the days come
                to another sum.
        """
        read: dict[str | None, Counter[str]] = {}
        for part in self._reading:
            counting.add(read, part.result())
        begun = {iflow_id: future.result() for iflow_id, future in self._begun.items()}
        by_iflow: dict[str, StatusCounts]
        if self._plan.read_all:
            self._check_all_were_read(sum(found.total() for found in read.values()))
            by_iflow = {iflow_id: found for iflow_id, found in read.items() if iflow_id is not None}
        else:
            by_iflow = {
                iflow_id: self._with_derived(iflow_id, total, {**asked, **read.get(iflow_id, {})})
                for iflow_id, (total, asked) in begun.items()
            }
        counts = WindowCounts(
            self._totals.window,
            self._totals.by_status,
            by_iflow,
            exhaustive=self._plan.read_all,
            by_day=self._days.result(),
        )
        if counts.unattributed < 0:
            raise DataError(
                f"{STAGE}: the iFlows have {self._totals.total - counts.unattributed}, but the "
                f"tenant has {self._totals.total}: a count is wrong"
            )
        return counts

    def _count(self, iflow_id: str) -> tuple[int, StatusCounts]:
        """One iFlow's logs: in all, and for each status that the plan counts."""
        total = counting.count(self._tenant, LogQuery(self._totals.window, iflow_id))
        asked = self._ask(iflow_id, self._plan.counted) if total else {}
        self._counted(next(self._done), len(self._begun))
        return total, asked

    def _ask(
        self, iflow_id: str, statuses: Iterable[str], *, fresh: bool = False
    ) -> dict[str, int]:
        window = self._totals.window
        return {
            one: counting.count(self._tenant, LogQuery(window, iflow_id, (one,)), fresh=fresh)
            for one in statuses
        }

    def _with_derived(self, iflow_id: str, total: int, known: StatusCounts) -> StatusCounts:
        """Give the derived status what the known ones leave of an iFlow's total."""
        if sum(known.values()) > total:
            # A message changed its status between two questions and was seen in both.
            known = self._ask(iflow_id, (*self._plan.read, *self._plan.counted), fresh=True)
        rest = total - sum(known.values())
        if rest < 0:
            raise DataError(
                f"{STAGE}: iFlow {iflow_id!r} has {total}, but {total - rest} in its statuses"
            )
        found = {**known, self._plan.derived: rest}
        return {status: number for status, number in found.items() if number}

    def _check_all_were_read(self, read: int) -> None:
        total = self._totals.total
        if read != total:
            total = counting.count(self._tenant, LogQuery(self._totals.window), fresh=True)
        if read != total:
            raise DataError(f"{STAGE}: the tenant counts {total} logs, {read} were read")
