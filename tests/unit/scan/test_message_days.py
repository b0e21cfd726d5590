"""Messages per day: known without a request where logs are read, and counted otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.scan.counting import DISCARDED, CountingPlan, count_totals
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery, MessageLog
from tests.unit.scan.fake_tenant import OCTOBER, FakeTenant, Log
from tests.unit.scan.test_message_counter import MIDDLE, READ_ALL, count, messages_by_day


@pytest.mark.parametrize(
    ("plan", "counted"),
    [
        (READ_ALL, []),
        (CountingPlan(False, "COMPLETED", read_statuses=(DISCARDED,)), [()]),
        (CountingPlan(False, "COMPLETED", counted_statuses=(DISCARDED,)), [(), (DISCARDED,)]),
    ],
    ids=["all logs", "discarded logs", "no logs"],
)
def test_days_of_logs_that_are_read_are_not_counted(
    plan: CountingPlan, counted: list[tuple[str, ...]]
) -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", DISCARDED)])
    totals = count_totals(tenant, OCTOBER.window)
    tenant.queries.clear()

    result = count(tenant, totals, plan)

    of_days = [query for query in tenant.queries if query.window.length == timedelta(days=1)]
    assert sorted({query.statuses for query in of_days}) == counted
    assert len(of_days) == 31 * len(counted)
    assert result.by_day == messages_by_day(tenant.stored)


@pytest.mark.parametrize("plan", [READ_ALL, CountingPlan(False, "COMPLETED", (DISCARDED,))])
def test_days_are_counted_if_a_log_that_was_read_has_no_start(plan: CountingPlan) -> None:
    class Tenant(FakeTenant):
        def logs(self, query: LogQuery) -> Sequence[MessageLog]:
            return [replace(log, started_at=None) for log in super().logs(query)]

    tenant = Tenant([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", DISCARDED)])

    result = count(tenant, count_totals(tenant, OCTOBER.window), plan)

    assert result.by_day == messages_by_day(tenant.stored)


def test_no_day_is_counted_if_there_are_logs_on_each() -> None:
    window = Window(MIDDLE, MIDDLE + timedelta(days=2))
    tenant = FakeTenant([Log(day.start, "A", "COMPLETED") for day in window.days()])
    totals = count_totals(tenant, window)
    tenant.queries.clear()

    result = count(tenant, totals, READ_ALL)

    assert [query.window for query in tenant.queries] == [window]
    assert result.by_day == {day.start.date(): 1 for day in window.days()}
