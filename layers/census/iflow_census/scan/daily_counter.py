"""Counting the logs of a tenant per day."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import date

from iflow_census.errors import DataError
from iflow_census.scan import counting
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogApi, LogQuery

STAGE = "messages per day"


class DailyCounter:
    """Counts a window per calendar day (UTC), with one request per day."""

    def __init__(self, tenant: LogApi, executor: ScanExecutor, query: LogQuery, total: int) -> None:
        self._tenant = tenant
        self._executor = executor
        self._query = query
        self._total = total
        self._days = query.window.days()
        # Without logs, or within a single day, the total says it all.
        needs_requests = total and len(self._days) > 1
        self._counts = [self._submit(day) for day in self._days] if needs_requests else []

    def result(self) -> Mapping[date, int]:
        """Wait for the number of logs per day that the window touches.

        Raises:
            DataError: the days do not add up to the total, even after counting them again.
        """
        total = self._total
        if not self._counts:
            return {day.start.date(): total for day in self._days}
        counts = _wait(self._counts)
        if sum(counts) != total:
            total_now = self._count_total()
            if not _is_between(sum(counts), total, total_now):
                counts = _wait([self._submit(day, fresh=True) for day in self._days])
                total_then = self._count_total()
                if not _is_between(sum(counts), total_now, total_then):
                    raise DataError(
                        f"{STAGE}: the tenant has {total_then} logs, but {sum(counts)} by day; "
                        "run again"
                    )
        return {day.start.date(): count for day, count in zip(self._days, counts, strict=True)}

    def _count_total(self) -> int:
        return self._submit(self._query.window, fresh=True).result()

    def _submit(self, window: Window, *, fresh: bool = False) -> Future[int]:
        return self._executor.submit_pages(
            STAGE,
            counting.count_logs,
            self._tenant,
            replace(self._query, window=window),
            fresh=fresh,
        )


def _wait(futures: Sequence[Future[int]]) -> list[int]:
    return [future.result() for future in futures]


def _is_between(number: int, before: int, after: int) -> bool:
    """Whether the days' sum is between the totals before and after counting them.

    Logs that SAP deletes or writes while the days are counted change the total meanwhile.
    """
    return min(before, after) <= number <= max(before, after)
