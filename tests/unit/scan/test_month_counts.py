"""Windows of a month: what is missing, what they add up to, what they are sure of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.month_counts import MonthCounts, WindowCounts, find_gaps, merge_windows
from iflow_census.scan.period import Month, Window
from tests.unit.scan.log_tenant import OCTOBER, windows

AROUND = {"start": OCTOBER.previous().start, "end": Month(2026, 11).end}
DAY = 24 * 3600


def days(start: int, end: int) -> Window:
    """From one day of October to another, counted from 0."""
    return Window(
        OCTOBER.start + timedelta(days=start),
        OCTOBER.start + timedelta(days=end),
    )


def counted(
    window: Window,
    total: StatusCounts | None = None,
    by_iflow: Mapping[str, StatusCounts] | None = None,
    *,
    exhaustive: bool = True,
) -> WindowCounts:
    return WindowCounts(window, total or {}, by_iflow or {}, exhaustive=exhaustive)


def covered(some: Sequence[Window], within: Window) -> set[int]:
    """Days of a window that are in any of some windows of whole days."""
    return {
        day
        for day in range((within.end - within.start).days)
        for one in some
        if one.start <= within.start + timedelta(days=day) < one.end
    }


@given(windows(whole=DAY), st.lists(windows(AROUND["start"], AROUND["end"], whole=DAY), max_size=8))
def test_what_is_missing_and_what_is_counted_are_the_whole_and_share_nothing(
    wanted: Window, known: list[Window]
) -> None:
    gaps = find_gaps(wanted, known)

    every_day = set(range(wanted.length.days))
    assert covered(gaps, wanted) | covered(known, wanted) == every_day
    assert not covered(gaps, wanted) & covered(known, wanted)
    assert sum((gap.length for gap in gaps), timedelta(0)).days == len(covered(gaps, wanted))
    assert list(gaps) == sorted(gaps)
    assert all(wanted.start <= gap.start and gap.end <= wanted.end for gap in gaps)


@given(windows(), st.lists(windows(), max_size=6))
def test_after_the_missing_is_counted_nothing_is_missing(
    wanted: Window, known: list[Window]
) -> None:
    gaps = find_gaps(wanted, known)

    again = find_gaps(wanted, [*known, *gaps])

    assert not again


@given(st.lists(windows(), max_size=12))
def test_any_sequence_of_counts_joins_without_overlap_or_gap(asked: list[Window]) -> None:
    known = MonthCounts(())

    for window in asked:
        new = find_gaps(window, [one.window for one in known.windows])
        known = merge_windows(known.windows, [counted(one, {"COMPLETED": 1}) for one in new])

    assert sum(known.total.values()) == len(known.windows)
    for window in asked:
        assert not find_gaps(window, [one.window for one in known.windows])
    for before, after in zip(known.windows, known.windows[1:], strict=False):
        assert before.window.end <= after.window.start


def test_of_nothing_wanted_nothing_is_missing() -> None:
    assert find_gaps(None, [days(0, 31)]) == []


def test_without_counts_all_is_missing() -> None:
    assert find_gaps(OCTOBER.window, []) == [OCTOBER.window]


def test_windows_that_touch_leave_no_gap() -> None:
    assert find_gaps(OCTOBER.window, [days(15, 31), days(0, 15)]) == []


def test_windows_that_overlap_are_no_month() -> None:
    with pytest.raises(ValueError, match="windows overlap"):
        merge_windows([counted(days(0, 16))], [counted(days(15, 31))])


def test_counts_of_windows_add_up_in_any_order() -> None:
    first = counted(days(0, 15), {"COMPLETED": 5, "FAILED": 1}, {"A": {"COMPLETED": 4}})
    second = counted(days(15, 31), {"COMPLETED": 2}, {"A": {"FAILED": 1}, "B": {"COMPLETED": 2}})

    counts = merge_windows([second], [first])

    assert counts.windows == (first, second)
    assert counts.total == {"COMPLETED": 7, "FAILED": 1}
    assert counts.of("A") == {"COMPLETED": 4, "FAILED": 1}
    assert counts.of("B") == {"COMPLETED": 2}
    assert counts.of("C") == {}


def test_what_belongs_to_no_iflow_is_the_rest() -> None:
    one = counted(days(0, 31), {"COMPLETED": 5, "FAILED": 2}, {"A": {"COMPLETED": 4}, "B": {}})

    assert one.unattributed == 3


@pytest.mark.parametrize(
    ("exhaustive", "total", "by_iflow", "sure"),
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
def test_a_window_is_sure_of_an_iflow_that_it_counted_or_that_has_none_of_its_messages(
    exhaustive: bool, total: StatusCounts, by_iflow: Mapping[str, StatusCounts], sure: bool
) -> None:
    counts = merge_windows([counted(days(0, 31), total, by_iflow, exhaustive=exhaustive)])

    assert counts.is_complete_for("A") is sure


def test_one_unsure_window_makes_the_month_unsure() -> None:
    sure = counted(days(15, 31), {"COMPLETED": 5})
    unsure = counted(days(0, 15), {"COMPLETED": 5}, exhaustive=False)

    assert not merge_windows([unsure], [sure]).is_complete_for("A")


def by_day(window: Window, count: int) -> Mapping[date, int]:
    return {day.start.date(): count for day in window.days()}


def test_a_day_cut_by_two_windows_is_whole_where_both_are_there() -> None:
    noon = OCTOBER.start + timedelta(days=15, hours=12)
    first, second = Window(OCTOBER.start, noon), Window(noon, OCTOBER.end)

    counts = merge_windows(
        [replace(counted(first), by_day=by_day(first, 3))],
        [replace(counted(second), by_day=by_day(second, 4))],
    )

    assert counts.per_day(OCTOBER) == [3] * 15 + [7] + [4] * 15


def test_a_day_that_was_not_wholly_counted_is_not_known() -> None:
    late = Window(OCTOBER.start + timedelta(days=1, hours=1), OCTOBER.end - timedelta(hours=1))

    counts = merge_windows([replace(counted(late), by_day=by_day(late, 1))])

    assert counts.per_day(OCTOBER) == [None, None, *[1] * 28, None]


def test_the_days_of_a_window_that_were_never_counted_are_not_known() -> None:
    old, new = days(0, 15), days(15, 31)

    counts = merge_windows([counted(old), replace(counted(new), by_day=by_day(new, 2))])

    assert counts.per_day(OCTOBER) == [None] * 15 + [2] * 16


def test_without_counts_no_day_is_known() -> None:
    assert merge_windows([]).per_day(Month(2028, 2)) == [None] * 29
