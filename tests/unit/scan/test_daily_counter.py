"""The days of a window come to what the window has, or the answers contradict each other."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.errors import DataError, ResponseTimeout
from iflow_census.scan import counting
from iflow_census.scan.counting import Totals
from iflow_census.scan.daily_counter import DayCount
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.scan.log_tenant import OCTOBER, Log, LogTenant, log_lists, windows

MIDDLE = datetime(2026, 10, 16, 12, tzinfo=UTC)
SECOND = datetime(2026, 10, 2, 12, tzinfo=UTC)


def per_day(tenant: LogTenant, totals: Totals) -> Mapping[date, int]:
    with ScanExecutor(lambda: None) as work:
        return DayCount(tenant, work, totals).result()


def totals(window: Window, total: int) -> Totals:
    return Totals(window, total, {"COMPLETED": total})


def at(*moments: datetime) -> list[Log]:
    return [Log(moment, "A", "COMPLETED") for moment in moments]


@settings(max_examples=25)
@given(log_lists(), windows())
def test_each_day_has_the_messages_that_started_on_it_within_the_window(
    logs: list[Log], window: Window
) -> None:
    tenant = LogTenant(logs)

    found = per_day(tenant, counting.totals(tenant, window))

    truth = Counter(log.start.date() for log in logs if window.start <= log.start < window.end)
    assert found == {day.start.date(): truth[day.start.date()] for day in window.days()}


@settings(max_examples=15)
@given(log_lists(), st.timedeltas(timedelta(hours=1), timedelta(days=1)))
def test_a_day_that_times_out_is_counted_in_parts(logs: list[Log], widest: timedelta) -> None:
    whole = counting.totals(LogTenant(logs), OCTOBER.window)

    found = per_day(LogTenant(logs, widest=widest), whole)

    assert found == per_day(LogTenant(logs), whole)


def test_a_day_that_times_out_in_its_smallest_part_is_an_error_that_names_the_stage() -> None:
    tenant = LogTenant([], widest=timedelta(minutes=44))

    with pytest.raises(ResponseTimeout, match="messages per day: GET MessageProcessingLogs"):
        per_day(tenant, totals(OCTOBER.window, 1))


@pytest.mark.parametrize(
    ("window", "total"),
    [(OCTOBER.window, 0), (Window(MIDDLE, MIDDLE + timedelta(hours=5)), 3)],
    ids=["no message", "one day"],
)
def test_what_is_known_without_asking_is_not_asked(window: Window, total: int) -> None:
    tenant = LogTenant([])

    found = per_day(tenant, totals(window, total))

    assert tenant.questions == []
    assert sum(found.values()) == total
    assert len(found) == len(window.days())


def test_a_whole_month_costs_one_question_a_day() -> None:
    tenant = LogTenant(at(MIDDLE))

    per_day(tenant, totals(OCTOBER.window, 1))

    assert sorted(one.window for one in tenant.questions) == OCTOBER.window.days()


@pytest.mark.parametrize("total", [1, 3], ids=["written late", "forgotten"])
def test_a_total_that_moved_before_the_days_were_counted_is_no_error(total: int) -> None:
    tenant = LogTenant(at(SECOND, MIDDLE))

    found = per_day(tenant, totals(OCTOBER.window, total))

    assert sum(found.values()) == 2


def test_logs_that_are_forgotten_all_the_time_are_no_error() -> None:
    kept = at(*(MIDDLE + timedelta(seconds=second) for second in range(200)))
    tenant = LogTenant(kept)

    def forget(_query: LogQuery, _fresh: bool) -> None:
        kept.pop()

    tenant.before_count = forget

    found = per_day(tenant, totals(OCTOBER.window, 201))

    assert 0 < sum(found.values()) < 201


def test_logs_that_come_and_go_at_once_are_counted_at_a_second_look() -> None:
    kept = at(SECOND, MIDDLE)
    tenant = LogTenant(kept)

    def moved(query: LogQuery, fresh: bool) -> None:
        # Between the two days, one log more; after both, those of the second day are forgotten.
        if query.window.start.day == 16 and not fresh:
            kept[:] = at(SECOND, MIDDLE, MIDDLE)
        if query.window == OCTOBER.window:
            kept[:] = at(MIDDLE, MIDDLE)

    tenant.before_count = moved

    found = per_day(tenant, totals(OCTOBER.window, 2))

    assert {day.day: count for day, count in found.items() if count} == {16: 2}


def test_days_that_come_to_another_sum_than_the_window_are_an_error() -> None:
    class Doubling(LogTenant):
        def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
            found = super().count_logs(query, fresh=fresh)
            return found if query.window == OCTOBER.window else 2 * found

    with pytest.raises(DataError, match="the tenant has 1 logs, but 2 in its days"):
        per_day(Doubling(at(MIDDLE)), totals(OCTOBER.window, 1))
