"""What a count costs, which way is cheaper, and that splitting loses nothing."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import DataError, ResponseTimeout
from iflow_census.scan.counting import (
    PAGE,
    SMALLEST_WINDOW,
    STATUSES,
    UNLISTED,
    CountingPlan,
    Totals,
    count,
    parts,
    plan,
    read,
    totals,
)
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.scan.log_tenant import OCTOBER, Log, LogTenant, by_iflow, log_lists, windows

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)
WIDTHS = st.timedeltas(min_value=SMALLEST_WINDOW, max_value=timedelta(days=40))


def planned(iflows: int, **by_status: int) -> CountingPlan:
    return plan(Totals(OCTOBER.window, sum(by_status.values()), by_status), iflows)


def test_where_there_is_nothing_nothing_is_counted_per_iflow() -> None:
    assert planned(300).read_all


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
def test_a_page_of_logs_is_worth_ten_counts(logs: int, iflows: int, read_all: bool) -> None:
    assert planned(iflows, COMPLETED=logs).read_all is read_all


def test_the_commonest_status_is_what_the_others_leave() -> None:
    made = planned(300, COMPLETED=1_000_000, FAILED=50_000, RETRY=10)

    assert made.derived == "COMPLETED"
    assert made.counted == ("FAILED",)
    assert made.read == ("RETRY",)


def test_a_status_that_cannot_be_asked_for_is_always_derived() -> None:
    made = planned(300, COMPLETED=1_000_000, UNLISTED=1)

    assert made.derived == UNLISTED
    assert made.counted == ("COMPLETED",)


@pytest.mark.parametrize(
    ("logs", "read_instead"), [(1, True), (30_000, True), (30_001, False), (1_000_000, False)]
)
def test_a_status_is_read_where_its_pages_cost_no_more_than_its_counts(
    logs: int, read_instead: bool
) -> None:
    made = planned(300, COMPLETED=10_000_000, FAILED=logs)

    assert made.read == (("FAILED",) if read_instead else ())
    assert made.counted == (() if read_instead else ("FAILED",))


@given(
    st.dictionaries(st.sampled_from([*STATUSES, UNLISTED]), st.integers(1, 10**7), max_size=9),
    st.integers(0, 20_000),
)
def test_a_plan_asks_for_each_status_in_one_way_and_costs_no_more_than_reading_all(
    by_status: dict[str, int], iflows: int
) -> None:
    made = plan(Totals(OCTOBER.window, sum(by_status.values()), by_status), iflows)

    if made.read_all:
        assert (made.derived, made.read, made.counted) == ("", (), ())
        return
    asked = [made.derived, *made.read, *made.counted]
    assert sorted(asked) == sorted(by_status)
    assert UNLISTED not in (*made.read, *made.counted)
    pages = sum(-(-by_status[status] // PAGE) for status in made.read)
    cost = iflows * (1 + len(made.counted)) + 10 * pages
    assert cost < 10 * -(-sum(by_status.values()) // PAGE)


@given(windows(), st.integers(0, 200_000))
def test_parts_are_the_window_and_share_nothing(window: Window, logs: int) -> None:
    cut = parts(window, logs)

    assert bool(cut) == bool(logs)
    if cut:
        assert (cut[0].start, cut[-1].end) == (window.start, window.end)
        assert all(one.end == other.start for one, other in itertools.pairwise(cut))
        assert len(cut) <= -(-logs // 4000)


@given(
    windows(end=OCTOBER.start + timedelta(seconds=30)),
    st.timedeltas(timedelta(0), timedelta(seconds=1)),
    st.integers(1, 100_000),
)
def test_parts_of_a_window_that_begins_within_a_second_do_not_begin_before_it(
    window: Window, later: timedelta, logs: int
) -> None:
    window = Window(window.start + later, window.end + later)

    cut = parts(window, logs)

    assert (cut[0].start, cut[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(cut))


@pytest.mark.parametrize(("logs", "number"), [(0, 0), (1, 1), (4000, 1), (4001, 2), (40_000, 10)])
def test_a_part_has_four_pages(logs: int, number: int) -> None:
    assert len(parts(OCTOBER.window, logs)) == number


@given(log_lists(), windows(), WIDTHS)
def test_a_count_split_on_time_outs_is_the_same(
    logs: list[Log], window: Window, widest: timedelta
) -> None:
    truth = count(LogTenant(logs), LogQuery(window))

    split = count(LogTenant(logs, widest=widest), LogQuery(window))

    assert split == truth


@given(log_lists(), windows(), WIDTHS)
def test_a_reading_split_on_time_outs_is_the_same(
    logs: list[Log], window: Window, widest: timedelta
) -> None:
    found = read(LogTenant(logs, widest=widest), LogQuery(window))

    assert found == by_iflow(logs, window)


def test_a_split_question_keeps_its_other_terms() -> None:
    tenant = LogTenant([], widest=timedelta(days=16))

    count(tenant, LogQuery(OCTOBER.window, "A", ("FAILED",)))

    assert {(query.iflow_id, query.statuses) for query in tenant.questions} == {("A", ("FAILED",))}
    assert len(tenant.questions) == 3


@pytest.mark.parametrize("ask", [count, read])
def test_a_window_of_an_hour_is_split_no_further(ask: object) -> None:
    tenant = LogTenant([], widest=timedelta(minutes=59))

    with pytest.raises(ResponseTimeout):
        ask(tenant, LogQuery(Window(MIDDLE, MIDDLE + SMALLEST_WINDOW)))  # type: ignore[operator]

    assert len(tenant.questions) == 1


@given(log_lists(most=20))
def test_totals_add_up_and_know_only_what_is_there(logs: list[Log]) -> None:
    within = [log for log in logs if OCTOBER.start <= log.start < OCTOBER.end]

    found = totals(LogTenant(logs), OCTOBER.window)

    assert found.total == sum(found.by_status.values()) == len(within)
    assert all(found.by_status.values())
    assert found.by_status.get(UNLISTED, 0) == sum(log.status == "NEW_STATUS" for log in within)


def test_statuses_are_not_asked_for_when_all_logs_are_found() -> None:
    tenant = LogTenant([Log(MIDDLE, "A", "COMPLETED")])

    totals(tenant, OCTOBER.window)

    assert [query.statuses for query in tenant.questions] == [(), ("COMPLETED",)]


def test_a_log_that_changed_its_status_between_two_counts_is_found_at_a_second_look() -> None:
    kept = [Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "PROCESSING")]
    tenant = LogTenant(kept)

    def finish(query: LogQuery, fresh: bool) -> None:
        if query.statuses == ("FAILED",) and not fresh:
            kept[1] = Log(MIDDLE, "A", "COMPLETED")

    tenant.before_count = finish

    found = totals(tenant, OCTOBER.window)

    assert found.by_status == {"COMPLETED": 2}


def test_a_log_seen_in_two_statuses_is_counted_once_at_a_second_look() -> None:
    kept = [Log(MIDDLE, "A", one) for one in ("FAILED", "CANCELLED", "CANCELLED")]
    tenant = LogTenant(kept)

    def cancel(query: LogQuery, _fresh: bool) -> None:
        if query.statuses == ("CANCELLED",):
            kept[0] = Log(MIDDLE, "A", "CANCELLED")

    tenant.before_count = cancel

    found = totals(tenant, OCTOBER.window)

    assert (found.total, found.by_status) == (3, {"CANCELLED": 3})


def test_a_tenant_with_more_in_its_statuses_than_in_all_is_an_error() -> None:
    kept = [Log(MIDDLE, "A", one) for one in ("FAILED", "CANCELLED", "CANCELLED")]
    tenant = LogTenant(kept)

    def swap(query: LogQuery, _fresh: bool) -> None:
        if query.statuses in (("FAILED",), ("CANCELLED",)):
            kept[0] = Log(MIDDLE, "A", query.statuses[0])

    tenant.before_count = swap

    with pytest.raises(DataError, match="3 logs, but 4 in their statuses"):
        totals(tenant, OCTOBER.window)
