"""Counting the messages of a tenant day by day."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date

from iflow_census.errors import DataError
from iflow_census.scan import counting
from iflow_census.scan.counting import Totals
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery, TenantApi

STAGE = "messages per day"


class DayCount:
    """The counting of one window by calendar day, UTC: one question for each.

    Args:
        tenant: answers the questions.
        work: does them side by side.
        totals: the tenant's logs in the window.
    """

    def __init__(self, tenant: TenantApi, work: ScanExecutor, totals: Totals) -> None:
        self._tenant = tenant
        self._work = work
        self._totals = totals
        self._days = totals.window.days()
        # Without a message, or within one day, there is nothing to ask.
        asks = totals.total and len(self._days) > 1
        self._begun = [self._ask(day) for day in self._days] if asks else []

    def result(self) -> Mapping[date, int]:
        """Wait for the counts: per day that the window touches, the messages of this window.

        Raises:
            DataError: the days come to another sum than the window, at a second look too.
        """
        total = self._totals.total
        if not self._begun:
            return {day.start.date(): total for day in self._days}
        found = self._wait(self._begun)
        if sum(found) != total:
            now = self._ask(self._totals.window, fresh=True).result()
            if not _between(sum(found), total, now):
                found = self._wait([self._ask(day, fresh=True) for day in self._days])
                then = self._ask(self._totals.window, fresh=True).result()
                if not _between(sum(found), now, then):
                    raise DataError(
                        f"{STAGE}: the tenant has {then} logs, but {sum(found)} in its days"
                    )
        return {day.start.date(): count for day, count in zip(self._days, found, strict=True)}

    def _ask(self, window: Window, *, fresh: bool = False) -> Future[int]:
        return self._work.submit_pages(
            STAGE, counting.count, self._tenant, LogQuery(window), fresh=fresh
        )

    @staticmethod
    def _wait(asked: list[Future[int]]) -> list[int]:
        return [one.result() for one in asked]


def _between(found: int, before: int, after: int) -> bool:
    """Whether a sum may be of the time between two totals.

    Logs that SAP forgets, or writes late, while the days are counted move the total; it is then
    somewhere on the way.
    """
    return min(before, after) <= found <= max(before, after)
