"""Messages per day: they add up to the total of the window, or an error is raised."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.errors import DataError, ResponseTimeout
from iflow_census.scan.counting import LogTotals, count_totals
from iflow_census.scan.daily_counter import DailyCounter
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.scan.fake_tenant import OCTOBER, FakeTenant, Log, log_lists, windows

MIDDLE = datetime(2026, 10, 16, 12, tzinfo=UTC)
SECOND = datetime(2026, 10, 2, 12, tzinfo=UTC)


def count_days(tenant: FakeTenant, totals: LogTotals) -> Mapping[date, int]:
    with ScanExecutor(lambda: None) as executor:
        return DailyCounter(tenant, executor, LogQuery(totals.window), totals.total).result()


def totals_of(window: Window, total: int) -> LogTotals:
    return LogTotals(window, total, {"COMPLETED": total})


def logs_at(*moments: datetime) -> list[Log]:
    return [Log(moment, "A", "COMPLETED") for moment in moments]


@settings(max_examples=25)
@given(log_lists(), windows())
def test_day_has_the_messages_that_started_on_it_in_the_window(
    logs: list[Log], window: Window
) -> None:
    tenant = FakeTenant(logs)

    days = count_days(tenant, count_totals(tenant, window))

    expected = Counter(log.start.date() for log in logs if window.start <= log.start < window.end)
    assert days == {day.start.date(): expected[day.start.date()] for day in window.days()}


@settings(max_examples=15)
@given(log_lists(), st.timedeltas(timedelta(hours=1), timedelta(days=1)))
def test_day_that_times_out_is_counted_in_parts(logs: list[Log], max_window: timedelta) -> None:
    totals = count_totals(FakeTenant(logs), OCTOBER.window)

    days = count_days(FakeTenant(logs, max_window=max_window), totals)

    assert days == count_days(FakeTenant(logs), totals)


def test_time_out_of_the_shortest_part_names_the_stage() -> None:
    tenant = FakeTenant([], max_window=timedelta(minutes=44))

    with pytest.raises(ResponseTimeout, match="messages per day: GET MessageProcessingLogs"):
        count_days(tenant, totals_of(OCTOBER.window, 1))


@pytest.mark.parametrize(
    ("window", "total"),
    [(OCTOBER.window, 0), (Window(MIDDLE, MIDDLE + timedelta(hours=5)), 3)],
    ids=["no message", "one day"],
)
def test_no_request_is_sent_if_the_total_is_enough(window: Window, total: int) -> None:
    tenant = FakeTenant([])

    days = count_days(tenant, totals_of(window, total))

    assert tenant.queries == []
    assert sum(days.values()) == total
    assert len(days) == len(window.days())


@pytest.mark.parametrize(
    "window", [OCTOBER.window, Window(MIDDLE, MIDDLE + timedelta(days=1))], ids=["month", "2 days"]
)
def test_window_takes_one_request_per_day(window: Window) -> None:
    tenant = FakeTenant(logs_at(MIDDLE))

    count_days(tenant, totals_of(window, 1))

    assert sorted(query.window for query in tenant.queries) == window.days()


@pytest.mark.parametrize("total", [1, 3], ids=["written late", "deleted"])
def test_total_that_changed_before_the_days_were_counted_is_accepted(total: int) -> None:
    tenant = FakeTenant(logs_at(SECOND, MIDDLE))

    days = count_days(tenant, totals_of(OCTOBER.window, total))

    assert sum(days.values()) == 2


def test_changed_total_is_requested_again_not_read_from_the_journal() -> None:
    stored = logs_at(SECOND)
    tenant = FakeTenant(stored)
    totals = count_totals(tenant, OCTOBER.window)
    stored.append(Log(MIDDLE, "A", "COMPLETED"))

    days = count_days(tenant, totals)

    assert sum(days.values()) == 2
    assert (
        sum(query.window == OCTOBER.window and not query.statuses for query in tenant.queries) == 2
    )


def test_logs_deleted_during_the_count_are_accepted() -> None:
    stored = logs_at(*(MIDDLE + timedelta(seconds=second) for second in range(200)))
    tenant = FakeTenant(stored)

    def delete(_query: LogQuery, _fresh: bool) -> None:
        stored.pop()

    tenant.before_count = delete

    days = count_days(tenant, totals_of(OCTOBER.window, 201))

    assert 0 < sum(days.values()) < 201


def test_days_that_do_not_add_up_are_counted_again() -> None:
    stored = logs_at(SECOND, MIDDLE)
    tenant = FakeTenant(stored)

    def change(query: LogQuery, fresh: bool) -> None:
        # Another log arrives between the two days; later, the log of the second day is deleted.
        if query.window.start.day == 16 and not fresh:
            stored[:] = logs_at(SECOND, MIDDLE, MIDDLE)
        if query.window == OCTOBER.window:
            stored[:] = logs_at(MIDDLE, MIDDLE)

    tenant.before_count = change

    days = count_days(tenant, totals_of(OCTOBER.window, 2))

    assert {day.day: count for day, count in days.items() if count} == {16: 2}


def test_days_that_never_add_up_are_an_error() -> None:
    class DoublingTenant(FakeTenant):
        def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
            number = super().count_logs(query, fresh=fresh)
            return number if query.window == OCTOBER.window else 2 * number

    with pytest.raises(DataError, match="the tenant has 1 logs, but 2 by day"):
        count_days(DoublingTenant(logs_at(MIDDLE)), totals_of(OCTOBER.window, 1))
