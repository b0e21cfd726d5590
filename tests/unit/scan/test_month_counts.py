"""Windows of a month: their gaps, their sums, and what they are complete for."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.month_counts import (
    LastMessage,
    MonthCounts,
    WindowCounts,
    find_gaps,
    merge_windows,
    select_windows,
)
from iflow_census.scan.period import Month, Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import MessageLog
from tests.unit.scan.fake_tenant import OCTOBER, windows

THREE_MONTHS = {"start": OCTOBER.previous().start, "end": Month(2026, 11).end}
DAY = 24 * 3600


def days(start: int, end: int) -> Window:
    """From one day of October to another; the first is day 0."""
    return Window(
        OCTOBER.start + timedelta(days=start),
        OCTOBER.start + timedelta(days=end),
    )


def window_counts(
    window: Window,
    total: StatusCounts | None = None,
    by_iflow: Mapping[str, StatusCounts] | None = None,
    *,
    exhaustive: bool = True,
) -> WindowCounts:
    return WindowCounts(window, total or {}, by_iflow or {}, exhaustive=exhaustive)


def days_of(windows: Sequence[Window], within: Window) -> set[int]:
    """The days of a window that are in any of some windows of full days."""
    return {
        day
        for day in range((within.end - within.start).days)
        for window in windows
        if window.start <= within.start + timedelta(days=day) < window.end
    }


@given(
    windows(step=DAY),
    st.lists(windows(THREE_MONTHS["start"], THREE_MONTHS["end"], step=DAY), max_size=8),
)
def test_gaps_and_counted_windows_add_up_without_overlap(
    window: Window, counted: list[Window]
) -> None:
    gaps = find_gaps(window, counted)

    every_day = set(range(window.length.days))
    assert days_of(gaps, window) | days_of(counted, window) == every_day
    assert not days_of(gaps, window) & days_of(counted, window)
    assert sum((gap.length for gap in gaps), timedelta(0)).days == len(days_of(gaps, window))
    assert list(gaps) == sorted(gaps)
    assert all(window.start <= gap.start and gap.end <= window.end for gap in gaps)


@given(windows(), st.lists(windows(), max_size=6))
def test_no_gap_is_left_after_the_gaps_are_counted(window: Window, counted: list[Window]) -> None:
    gaps = find_gaps(window, counted)

    assert not find_gaps(window, [*counted, *gaps])


@given(st.lists(windows(), max_size=12))
def test_any_sequence_of_windows_merges_without_overlap_or_gap(
    requested: list[Window],
) -> None:
    known = MonthCounts(())

    for window in requested:
        gaps = find_gaps(window, [counts.window for counts in known.windows])
        known = merge_windows(known.windows, [window_counts(gap, {"COMPLETED": 1}) for gap in gaps])

    assert sum(known.total.values()) == len(known.windows)
    for window in requested:
        assert not find_gaps(window, [counts.window for counts in known.windows])
    for before, after in zip(known.windows, known.windows[1:], strict=False):
        assert before.window.end <= after.window.start


def test_no_window_has_no_gaps() -> None:
    assert find_gaps(None, [days(0, 31)]) == []


def test_window_is_one_gap_without_counts() -> None:
    assert find_gaps(OCTOBER.window, []) == [OCTOBER.window]


def test_adjacent_windows_leave_no_gap() -> None:
    assert find_gaps(OCTOBER.window, [days(15, 31), days(0, 15)]) == []


def test_overlapping_windows_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="windows overlap"):
        merge_windows([window_counts(days(0, 16))], [window_counts(days(15, 31))])


@pytest.mark.parametrize("inside", [days(1, 15), days(1, 30), days(29, 30)])
@pytest.mark.parametrize("outside", [days(0, 15), days(15, 31), days(0, 1), days(30, 31)])
def test_windows_are_selected_that_are_within_another(inside: Window, outside: Window) -> None:
    known, new = window_counts(inside), window_counts(outside)

    assert select_windows(days(1, 30), [known], [new]).windows == (known,)
    assert select_windows(days(1, 30), [new], [known]).windows == (known,)


def test_window_is_selected_if_it_adds_to_the_known_ones() -> None:
    known, overlapping, added = (
        window_counts(window) for window in (days(0, 15), days(14, 31), days(15, 31))
    )

    assert select_windows(OCTOBER.window, [known], [overlapping]).windows == (known,)
    assert select_windows(OCTOBER.window, [known], [added]).windows == (known, added)


def test_windows_add_up_in_any_order() -> None:
    first = window_counts(days(0, 15), {"COMPLETED": 5, "FAILED": 1}, {"A": {"COMPLETED": 4}})
    second = window_counts(
        days(15, 31), {"COMPLETED": 2}, {"A": {"FAILED": 1}, "B": {"COMPLETED": 2}}
    )

    counts = merge_windows([second], [first])

    assert counts.windows == (first, second)
    assert counts.total == {"COMPLETED": 7, "FAILED": 1}
    assert counts.of_iflow("A") == {"COMPLETED": 4, "FAILED": 1}
    assert counts.of_iflow("B") == {"COMPLETED": 2}
    assert counts.of_iflow("C") == {}


def test_messages_of_no_iflow_are_unattributed() -> None:
    counts = window_counts(
        days(0, 31), {"COMPLETED": 5, "FAILED": 2}, {"A": {"COMPLETED": 4}, "B": {}}
    )

    assert counts.unattributed == 3


@pytest.mark.parametrize(
    ("exhaustive", "total", "by_iflow", "is_complete"),
    [
        (True, {"COMPLETED": 5}, {}, True),
        (False, {"COMPLETED": 5}, {"A": {"COMPLETED": 5}}, True),
        (False, {"COMPLETED": 5}, {"A": {}}, True),
        (False, {"COMPLETED": 5}, {"B": {"COMPLETED": 5}}, True),
        (False, {}, {}, True),
        (False, {"COMPLETED": 5}, {"B": {"COMPLETED": 4}}, False),
        (False, {"COMPLETED": 5}, {}, False),
    ],
)
def test_unattributed_messages_make_a_window_incomplete(
    exhaustive: bool, total: StatusCounts, by_iflow: Mapping[str, StatusCounts], is_complete: bool
) -> None:
    counts = merge_windows([window_counts(days(0, 31), total, by_iflow, exhaustive=exhaustive)])

    assert counts.is_complete_for("A") is is_complete


def test_one_incomplete_window_makes_the_month_incomplete() -> None:
    complete = window_counts(days(15, 31), {"COMPLETED": 5})
    incomplete = window_counts(days(0, 15), {"COMPLETED": 5}, exhaustive=False)

    assert not merge_windows([incomplete], [complete]).is_complete_for("A")


def by_day(window: Window, count: int) -> Mapping[date, int]:
    return {day.start.date(): count for day in window.days()}


def test_day_in_two_windows_is_the_sum_of_both() -> None:
    noon = OCTOBER.start + timedelta(days=15, hours=12)
    first, second = Window(OCTOBER.start, noon), Window(noon, OCTOBER.end)

    counts = merge_windows(
        [replace(window_counts(first), by_day=by_day(first, 3))],
        [replace(window_counts(second), by_day=by_day(second, 4))],
    )

    assert counts.per_day(OCTOBER.window) == [3] * 15 + [7] + [4] * 15


def test_day_that_was_not_counted_in_full_is_unknown() -> None:
    late = Window(OCTOBER.start + timedelta(days=1, hours=1), OCTOBER.end - timedelta(hours=1))

    counts = merge_windows([replace(window_counts(late), by_day=by_day(late, 1))])

    assert counts.per_day(OCTOBER.window) == [None, None, *[1] * 28, None]


def test_days_of_a_window_without_daily_counts_are_unknown() -> None:
    old, new = days(0, 15), days(15, 31)

    counts = merge_windows([window_counts(old), replace(window_counts(new), by_day=by_day(new, 2))])

    assert counts.per_day(OCTOBER.window) == [None] * 15 + [2] * 16


def test_all_days_are_unknown_without_counts() -> None:
    assert merge_windows([]).per_day(Month(2028, 2).window) == [None] * 29


def last_message(number: int, error: str | None = None) -> LastMessage:
    log = MessageLog(f"{number}", "A", "COMPLETED", OCTOBER.start + timedelta(days=number))
    return LastMessage(Reading(log), None if error is None else Reading(error))


def test_last_window_with_a_message_has_the_last_one() -> None:
    first = replace(
        window_counts(days(0, 10), {"FAILED": 1}, {"A": {"FAILED": 1}}),
        last_messages={"A": last_message(1, "no host")},
    )
    second = replace(
        window_counts(days(10, 20), {"COMPLETED": 1}, {"A": {"COMPLETED": 1}}),
        last_messages={"A": last_message(11)},
    )
    third = window_counts(days(20, 31), {"DISCARDED": 9}, {"A": {"DISCARDED": 9}})

    counts = MonthCounts((first, second, third))

    assert counts.last_message("A") == last_message(11).log
    assert counts.last_error("A") == Reading("no host")
    assert counts.last_message("B") is None
    assert counts.last_error("B") is None


def test_last_message_that_was_not_read_does_not_fall_back_to_an_older_one() -> None:
    first = replace(
        window_counts(days(0, 10), {"COMPLETED": 1}, {"A": {"COMPLETED": 1}}),
        last_messages={"A": last_message(1)},
    )
    second = window_counts(days(10, 31), {"COMPLETED": 1}, {"A": {"COMPLETED": 1}})

    last = MonthCounts((first, second)).last_message("A")

    assert last is not None
    assert last.value is None
    assert last.reason == "it was not read when its window was counted"


def test_windows_of_different_locations_may_overlap() -> None:
    cloud = WindowCounts(OCTOBER.window, {"COMPLETED": 1}, {"A": {"COMPLETED": 1}}, exhaustive=True)
    edge = replace(cloud, location="edge")

    counts = MonthCounts((cloud, edge))

    assert counts.of_iflow("A") == {"COMPLETED": 2}
    assert counts.at("edge").windows == (edge,)
    with pytest.raises(ValueError, match="windows overlap"):
        MonthCounts((cloud, edge, edge))


def test_day_is_known_if_it_was_counted_at_each_location() -> None:
    first, _ = OCTOBER.window.halves()
    all_days = OCTOBER.window.days()
    by_day = {day.start.date(): 1 for day in all_days}
    half = {day.start.date(): 2 for day in first.days()}
    cloud = WindowCounts(OCTOBER.window, {}, {}, exhaustive=True, by_day=by_day)
    edge = WindowCounts(first, {}, {}, exhaustive=True, by_day=half, location="edge")

    per_day = MonthCounts((cloud, edge)).per_day(OCTOBER.window, [cloud.location, "edge"])

    known = sum(day.end <= first.end for day in all_days)
    assert per_day == [3] * known + [None] * (len(all_days) - known)


def test_last_message_is_the_newest_of_all_locations() -> None:
    def at(location: str, last: Reading[MessageLog]) -> WindowCounts:
        return WindowCounts(
            OCTOBER.window,
            {"COMPLETED": 1},
            {"A": {"COMPLETED": 1}},
            exhaustive=True,
            last_messages={"A": LastMessage(last)},
            location=location,
        )

    early, late = (
        Reading(MessageLog("g", "A", "COMPLETED", OCTOBER.start + timedelta(hours=hours)))
        for hours in (5, 9)
    )
    undated = Reading(MessageLog("g", "A", "COMPLETED"))
    unread: Reading[MessageLog] = Reading(reason="HTTP 500")
    readings = [undated, early, late, unread]

    for older, newer in itertools.combinations(readings, 2):
        for cloud, edge in ((older, newer), (newer, older)):
            counts = MonthCounts((at("cloud", cloud), at("edge", edge)))
            assert counts.last_message("A") == newer


@pytest.mark.parametrize(("deployed_on", "is_known"), [(0, True), (9, True), (10, False)])
def test_iflow_is_known_as_deployed_since_a_moment(deployed_on: int, is_known: bool) -> None:
    moments = [OCTOBER.start + timedelta(days=day) for day in (deployed_on, 9)]
    counts = replace(window_counts(days(9, 31)), deployed={"A": moments[0]}, location="edge")

    deployed = MonthCounts((counts,)).deployed_since(moments[1])

    assert deployed == ({("edge", "A")} if is_known else set())
