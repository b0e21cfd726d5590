"""Counting the messages of a tenant per iFlow, while its iFlows are still being listed.

The last message of each iFlow is read as well. Where all logs are read, it is one of them.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import date

from iflow_census.errors import DataError
from iflow_census.scan import counting
from iflow_census.scan.counting import DISCARDED, LogSummary, LogTotals, StatusCounts
from iflow_census.scan.daily_counter import DailyCounter
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.last_messages import LastMessageReader
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.tenant_api import LogApi, LogQuery

STAGE = "messages"

IFLOWS_PER_REQUEST = 10
"""The iFlows whose zeros one request confirms; ids are long, and so are URLs."""


class MessageCounter:
    """Counts the messages of a window in the cheapest way, and finds the last ones.

    Args:
        iflows: the minimum number of iFlows, for the choice of the cheapest way.
        on_counted: called after each iFlow with the numbers of counted and of known iFlows.
        last_errors: also read the error of each iFlow's last failed message.
    """

    def __init__(
        self,
        tenant: LogApi,
        executor: ScanExecutor,
        totals: LogTotals,
        iflows: int,
        on_counted: Callable[[int, int], None],
        *,
        last_errors: bool = False,
    ) -> None:
        self._tenant = tenant
        self._executor = executor
        self._totals = totals
        self._on_counted = on_counted
        self._plan = counting.choose_plan(totals, iflows)
        self._known: set[str] = set()
        self._counts: dict[str, Future[tuple[int, StatusCounts]]] = {}
        self._counted = itertools.count(1)
        statuses = () if self._plan.read_all else self._plan.read_statuses
        logs = totals.total if self._plan.read_all else sum(totals.by_status[s] for s in statuses)
        self._read = LogSummary()
        self._lock = threading.Lock()
        self._parts = [
            executor.submit_pages(STAGE, self._read_part, LogQuery(part, statuses=statuses))
            for part in counting.split_window(totals.window, logs)
        ]
        self._last_messages = LastMessageReader(
            tenant,
            executor,
            totals.window,
            0 if self._plan.read_all else iflows,
            errors=last_errors,
        )
        # The days of logs that are read are known without more requests.
        all_read = self._plan.read_all
        self._days = None if all_read else self._start_counting_days()
        self._discarded_days = (
            None if all_read or DISCARDED in statuses else self._start_counting_days(DISCARDED)
        )

    def add_iflows(self, iflow_ids: Iterable[str]) -> None:
        """Start counting these iFlows, except those that were added before."""
        for iflow_id in iflow_ids:
            if self._plan.read_all:
                # All logs are read anyway; there is nothing to request for a single iFlow.
                self._known.add(iflow_id)
                self._on_counted(len(self._known), len(self._known))
            elif iflow_id not in self._known:
                self._known.add(iflow_id)
                self._counts[iflow_id] = self._executor.submit(STAGE, self._count, iflow_id)

    def result(self) -> WindowCounts:
        """Wait for all counts and check them.

        Raises:
            DataError: the numbers contradict each other: the logs read differ from the tenant's
                total, an iFlow has more messages by status than in total, the iFlows have more
                than the tenant, or the days do not add up to the total.
        """
        for part in self._parts:
            part.result()
        read = self._read
        counts = {iflow_id: future.result() for iflow_id, future in self._counts.items()}
        by_iflow: dict[str, StatusCounts]
        if self._plan.read_all:
            self._check_number_of_logs(sum(counts.total() for counts in read.counts.values()))
            by_iflow = {
                iflow_id: by_status
                for iflow_id, by_status in read.counts.items()
                if iflow_id is not None
            }
        else:
            self._check_read_statuses(read.counts)
            self._confirm_zeros(counts)
            by_iflow = {
                iflow_id: self._add_derived(
                    iflow_id, total, {**by_status, **read.counts.get(iflow_id, {})}
                )
                for iflow_id, (total, by_status) in counts.items()
            }
        result = WindowCounts(
            self._totals.window,
            self._totals.by_status,
            by_iflow,
            exhaustive=self._plan.read_all,
            by_day=self._messages_by_day(),
            last_messages=self._last_messages.result(
                by_iflow, read.last_messages if self._plan.read_all else {}
            ),
        )
        if result.unattributed < 0:
            raise DataError(
                f"{STAGE}: the iFlows have {self._totals.total - result.unattributed}, but the "
                f"tenant has {self._totals.total}; run again"
            )
        return result

    def _read_part(self, query: LogQuery) -> None:
        summary = counting.read_logs(self._tenant, query)
        # At once: all parts together need far more memory than their sum.
        with self._lock:
            self._read.merge(summary)

    def _count(self, iflow_id: str) -> tuple[int, StatusCounts]:
        """Count an iFlow's logs: in total, and for each status that the plan counts."""
        total = counting.count_logs(self._tenant, LogQuery(self._totals.window, iflow_id))
        by_status: StatusCounts = {}
        if total:
            self._last_messages.add_iflow(iflow_id)
            by_status = self._count_statuses(iflow_id, self._plan.counted_statuses)
        self._on_counted(next(self._counted), len(self._known))
        return total, by_status

    def _count_statuses(
        self, iflow_id: str, statuses: Iterable[str], *, fresh: bool = False
    ) -> dict[str, int]:
        window = self._totals.window
        return {
            status: counting.count_logs(
                self._tenant, LogQuery(window, iflow_id, (status,)), fresh=fresh
            )
            for status in statuses
        }

    def _confirm_zeros(self, counts: dict[str, tuple[int, StatusCounts]]) -> None:
        """Count iFlows again whose count was 0 although they have logs.

        If the iFlows have all logs of the tenant, every zero is proven already.

        Raises:
            DataError: a count stays 0, but there are logs.
        """
        missing = self._totals.total - sum(total for total, _ in counts.values())
        if missing:
            zeros = [iflow_id for iflow_id, (total, _) in counts.items() if not total]
            used = next((iflow_id for iflow_id, (total, _) in counts.items() if total), None)
            for iflow_id in self._find_wrong_zeros(zeros, used):
                counts[iflow_id] = self._count_again(iflow_id)
        for status in self._plan.counted_statuses:
            counted = sum(by_status.get(status, 0) for _, by_status in counts.values())
            if counted < self._totals.by_status[status]:
                zeros = [
                    iflow_id
                    for iflow_id, (total, by_status) in counts.items()
                    if total and not by_status.get(status)
                ]
                used = next((key for key, (_, of) in counts.items() if of.get(status)), None)
                for iflow_id in self._find_wrong_zeros(zeros, used, status):
                    query = LogQuery(self._totals.window, iflow_id, (status,))
                    number = counting.count_confirmed(self._tenant, query)
                    total, by_status = counts[iflow_id]
                    counts[iflow_id] = total, {**by_status, status: number}

    def _count_again(self, iflow_id: str) -> tuple[int, StatusCounts]:
        query = LogQuery(self._totals.window, iflow_id)
        total = counting.count_confirmed(self._tenant, query)
        return total, self._count_statuses(iflow_id, self._plan.counted_statuses)

    def _find_wrong_zeros(
        self, iflow_ids: Sequence[str], used: str | None, *statuses: str
    ) -> Iterator[str]:
        """Find iFlows that have logs; `used` is one whose logs were counted, if any."""
        query = LogQuery(self._totals.window, statuses=statuses)
        size = IFLOWS_PER_REQUEST if used and self._evaluates_or(query, iflow_ids, used) else 1
        futures = [
            self._executor.submit(
                STAGE,
                counting.find_wrong_zeros,
                self._tenant,
                replace(query, iflow_ids=tuple(iflow_ids[start : start + size])),
            )
            for start in range(0, len(iflow_ids), size)
        ]
        return itertools.chain.from_iterable(future.result() for future in futures)

    def _evaluates_or(self, query: LogQuery, iflow_ids: Sequence[str], used: str) -> bool:
        ids = (*iflow_ids[: IFLOWS_PER_REQUEST - 1], used)
        return (
            len(iflow_ids) > 1
            and self._executor.submit(
                STAGE, counting.evaluates_or, self._tenant, replace(query, iflow_ids=ids)
            ).result()
        )

    def _check_read_statuses(self, read: Mapping[str | None, StatusCounts]) -> None:
        """Check that as many logs of each rare status were read as the tenant has.

        A status may change, and SAP may delete logs, while they are read.
        """
        for status in self._plan.read_statuses:
            number = sum(by_status.get(status, 0) for by_status in read.values())
            before = self._totals.by_status[status]
            if number != before:
                query = LogQuery(self._totals.window, statuses=(status,))
                after = counting.count_logs(self._tenant, query, fresh=True)
                if not min(before, after) <= number <= max(before, after):
                    raise DataError(
                        f"{STAGE}: the tenant has {after} logs with status {status}, but {number} "
                        "were read; run again"
                    )

    def _add_derived(self, iflow_id: str, total: int, by_status: StatusCounts) -> StatusCounts:
        """Add the derived status: an iFlow's total less the other statuses."""
        if sum(by_status.values()) > total:
            # A message changed its status between two requests and was counted in both.
            statuses = (*self._plan.read_statuses, *self._plan.counted_statuses)
            by_status = self._count_statuses(iflow_id, statuses, fresh=True)
        rest = total - sum(by_status.values())
        if rest < 0:
            raise DataError(
                f"{STAGE}: iFlow {iflow_id!r} has {total}, but {total - rest} by status; run again"
            )
        complete = {**by_status, self._plan.derived_status: rest}
        return {status: number for status, number in complete.items() if number}

    def _start_counting_days(self, *statuses: str) -> DailyCounter:
        by_status = self._totals.by_status
        total = sum(by_status.get(s, 0) for s in statuses) if statuses else self._totals.total
        query = LogQuery(self._totals.window, statuses=statuses)
        return DailyCounter(self._tenant, self._executor, query, total)

    def _messages_by_day(self) -> Mapping[date, int]:
        """Return the messages per day; days are counted if a log that was read has no start."""
        days = [day.start.date() for day in self._totals.window.days()]
        read = {day: self._read.by_day.get(day, Counter()) for day in days}
        is_dated = self._read.by_day.keys() <= read.keys()
        if self._plan.read_all and is_dated:
            return {day: counting.count_messages(by_status) for day, by_status in read.items()}
        if DISCARDED in self._plan.read_statuses and is_dated:
            discarded: Mapping[date, int] = {day: read[day][DISCARDED] for day in days}
        else:
            counter = self._discarded_days or self._start_counting_days(DISCARDED)
            discarded = counter.result()
        logs = (self._days or self._start_counting_days()).result()
        messages = {day: logs[day] - discarded[day] for day in days}
        for day, number in messages.items():
            if number < 0:
                raise DataError(f"{STAGE}: more discarded logs than logs on {day}; run again")
        return messages

    def _check_number_of_logs(self, read: int) -> None:
        total = self._totals.total
        if read != total:
            total = counting.count_logs(self._tenant, LogQuery(self._totals.window), fresh=True)
        if read != total:
            raise DataError(
                f"{STAGE}: the tenant has {total} logs, but {read} were read; run again"
            )
