"""The cost of counting, the choice of the cheapest plan, and splitting of windows."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ResponseTimeout
from iflow_census.scan.counting import (
    MIN_WINDOW,
    PAGE_SIZE,
    STATUSES,
    UNLISTED,
    CountingPlan,
    LogSummary,
    LogTotals,
    choose_plan,
    count_logs,
    find_wrong_zeros,
    read_logs,
    split_window,
)
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery, MessageLog
from tests.unit.scan.fake_tenant import (
    OCTOBER,
    FakeTenant,
    Log,
    count_by_iflow,
    log_lists,
    windows,
)

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)
LENGTHS = st.timedeltas(min_value=MIN_WINDOW, max_value=timedelta(days=40))


def plan_for(iflows: int, **by_status: int) -> CountingPlan:
    return choose_plan(LogTotals(OCTOBER.window, sum(by_status.values()), by_status), iflows)


def test_without_logs_nothing_is_counted_per_iflow() -> None:
    assert plan_for(300).read_all


@pytest.mark.parametrize(
    ("logs", "iflows", "read_all"),
    [
        (1, 10, True),
        (1, 9, False),
        (1000, 10, True),
        (1001, 10, False),
        (1001, 20, True),
        (1001, 19, False),
        (30_000, 300, True),
        (30_001, 300, False),
    ],
)
def test_page_of_logs_costs_as_much_as_ten_counts(logs: int, iflows: int, read_all: bool) -> None:
    assert plan_for(iflows, COMPLETED=logs).read_all is read_all


def test_most_frequent_status_is_derived() -> None:
    plan = plan_for(300, COMPLETED=1_000_000, FAILED=50_000, RETRY=10)

    assert plan.derived_status == "COMPLETED"
    assert plan.counted_statuses == ("FAILED",)
    assert plan.read_statuses == ("RETRY",)


def test_unlisted_status_is_always_derived() -> None:
    plan = plan_for(300, COMPLETED=1_000_000, UNLISTED=1)

    assert plan.derived_status == UNLISTED
    assert plan.counted_statuses == ("COMPLETED",)


@pytest.mark.parametrize(
    ("logs", "is_read"), [(1, True), (30_000, True), (30_001, False), (1_000_000, False)]
)
def test_status_is_read_if_its_pages_cost_no_more_than_counts(logs: int, is_read: bool) -> None:
    plan = plan_for(300, COMPLETED=10_000_000, FAILED=logs)

    assert plan.read_statuses == (("FAILED",) if is_read else ())
    assert plan.counted_statuses == (() if is_read else ("FAILED",))


@pytest.mark.parametrize(("iflows", "read_all"), [(14, True), (13, False)])
def test_every_counted_status_adds_a_count_per_iflow(iflows: int, read_all: bool) -> None:
    # Each status takes two pages, which cost 20 counts; all logs together take four pages.
    plan = plan_for(iflows, COMPLETED=1001, FAILED=1001, RETRY=1001)

    assert plan.read_all is read_all


@pytest.mark.parametrize(("logs", "read_all"), [(60_000, True), (60_001, False)])
def test_pages_of_a_status_that_is_read_add_to_the_cost(logs: int, read_all: bool) -> None:
    plan = plan_for(300, COMPLETED=logs - 29_500, FAILED=29_500)

    assert plan.read_all is read_all


@given(
    st.dictionaries(st.sampled_from([*STATUSES, UNLISTED]), st.integers(1, 10**7), max_size=9),
    st.integers(0, 20_000),
)
def test_plan_has_every_status_once_at_the_lowest_cost(
    by_status: dict[str, int], iflows: int
) -> None:
    plan = plan_for(iflows, **by_status)

    if plan.read_all:
        assert (plan.derived_status, plan.read_statuses, plan.counted_statuses) == ("", (), ())
        return
    assert sorted([plan.derived_status, *plan.read_statuses, *plan.counted_statuses]) == sorted(
        by_status
    )
    assert UNLISTED not in (*plan.read_statuses, *plan.counted_statuses)
    pages = sum(-(-by_status[status] // PAGE_SIZE) for status in plan.read_statuses)
    cost = iflows * (1 + len(plan.counted_statuses)) + 10 * pages
    assert cost < 10 * -(-sum(by_status.values()) // PAGE_SIZE)


@given(windows(), st.integers(0, 200_000))
def test_parts_cover_the_window_without_overlap(window: Window, logs: int) -> None:
    parts = split_window(window, logs)

    assert bool(parts) == bool(logs)
    if parts:
        assert (parts[0].start, parts[-1].end) == (window.start, window.end)
        assert all(part.end == following.start for part, following in itertools.pairwise(parts))
        assert len(parts) <= -(-logs // 4000)


@given(
    windows(end=OCTOBER.start + timedelta(seconds=30)),
    st.timedeltas(timedelta(0), timedelta(seconds=1)),
    st.integers(1, 100_000),
)
def test_parts_of_a_window_with_fractions_of_a_second_stay_in_it(
    window: Window, offset: timedelta, logs: int
) -> None:
    window = Window(window.start + offset, window.end + offset)

    parts = split_window(window, logs)

    assert (parts[0].start, parts[-1].end) == (window.start, window.end)
    assert all(part.end == following.start for part, following in itertools.pairwise(parts))
    assert all(part.start.microsecond == 0 for part in parts[1:])


@pytest.mark.parametrize(("logs", "number"), [(0, 0), (1, 1), (4000, 1), (4001, 2), (40_000, 10)])
def test_part_has_four_pages(logs: int, number: int) -> None:
    assert len(split_window(OCTOBER.window, logs)) == number


@given(log_lists(), windows(), LENGTHS)
def test_count_of_split_windows_equals_the_count_of_the_window(
    logs: list[Log], window: Window, max_window: timedelta
) -> None:
    expected = count_logs(FakeTenant(logs), LogQuery(window))

    number = count_logs(FakeTenant(logs, max_window=max_window), LogQuery(window))

    assert number == expected


@given(log_lists(), windows(), LENGTHS)
def test_logs_of_split_windows_equal_the_logs_of_the_window(
    logs: list[Log], window: Window, max_window: timedelta
) -> None:
    counts = read_logs(FakeTenant(logs, max_window=max_window), LogQuery(window)).counts

    assert counts == count_by_iflow(logs, window)


def test_split_query_keeps_iflow_and_statuses() -> None:
    tenant = FakeTenant([], max_window=timedelta(days=16))

    count_logs(tenant, LogQuery(OCTOBER.window, "A", ("FAILED",)))

    assert {(query.iflow_id, query.statuses) for query in tenant.queries} == {("A", ("FAILED",))}
    assert len(tenant.queries) == 3


def test_fresh_count_that_is_split_sends_every_half_again() -> None:
    tenant = FakeTenant([], max_window=timedelta(days=16))
    count_logs(tenant, LogQuery(OCTOBER.window))
    tenant.stored = [Log(MIDDLE, "A", "COMPLETED")]

    recorded = count_logs(tenant, LogQuery(OCTOBER.window))
    fresh = count_logs(tenant, LogQuery(OCTOBER.window), fresh=True)

    assert (recorded, fresh) == (0, 1)


def test_logs_of_both_halves_are_added_up() -> None:
    logs = [Log(OCTOBER.start, "A", "FAILED"), Log(MIDDLE + timedelta(days=9), "A", "FAILED")]
    tenant = FakeTenant(logs, max_window=timedelta(days=16))

    counts = read_logs(tenant, LogQuery(OCTOBER.window)).counts

    assert counts == {"A": {"FAILED": 2}}


@pytest.mark.parametrize("request_logs", [count_logs, read_logs, find_wrong_zeros])
def test_window_of_an_hour_is_not_split(
    request_logs: Callable[[FakeTenant, LogQuery], object],
) -> None:
    tenant = FakeTenant([], max_window=timedelta(minutes=59))

    with pytest.raises(ResponseTimeout):
        request_logs(tenant, LogQuery(Window(MIDDLE, MIDDLE + timedelta(hours=1))))

    assert len(tenant.queries) == 1


@pytest.mark.parametrize("request_logs", [count_logs, read_logs, find_wrong_zeros])
def test_window_longer_than_an_hour_is_split(
    request_logs: Callable[[FakeTenant, LogQuery], object],
) -> None:
    tenant = FakeTenant([], max_window=timedelta(hours=1))

    request_logs(tenant, LogQuery(Window(MIDDLE, MIDDLE + timedelta(hours=1, seconds=2))))

    assert len(tenant.queries) == 3


def test_log_without_an_iflow_or_a_start_is_no_last_message() -> None:
    summary = LogSummary()

    summary.add(MessageLog("1", None, "COMPLETED", MIDDLE))
    summary.add(MessageLog("2", "A", "COMPLETED", None))

    assert summary.last_messages == {}
    assert summary.counts == {None: {"COMPLETED": 1}, "A": {"COMPLETED": 1}}
    assert summary.by_day == {MIDDLE.date(): {"COMPLETED": 1}, None: {"COMPLETED": 1}}
