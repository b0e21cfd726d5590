"""The part of a month that can still be counted, and the explanation for the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.period import Month, RollingWindow, Window
from iflow_census.scan.retention import (
    countable_window,
    describe_coverage,
    period_at,
    rolling_window,
    windows_to_count,
)
from tests.unit.scan.fake_tenant import OCTOBER

SEPTEMBER, FEBRUARY = Month(2026, 9), Month(2026, 2)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def first_of_next(month: Month) -> datetime:
    """When the schedule starts the census of a month."""
    return month.end + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("month", "start"),
    [
        (OCTOBER, utc(2026, 10, 2, 1, 30)),
        (SEPTEMBER, utc(2026, 9, 1, 1, 30)),
        (FEBRUARY, utc(2026, 2, 1)),
        (Month(2024, 2), utc(2024, 2, 1)),
    ],
)
def test_start_of_a_long_month_has_expired_on_the_first(month: Month, start: datetime) -> None:
    assert countable_window(month, first_of_next(month)) == Window(start, month.end)


def test_month_so_far_can_be_counted_in_its_middle() -> None:
    window = countable_window(OCTOBER, utc(2026, 10, 16, 0, 30))

    assert window == Window(OCTOBER.start, utc(2026, 10, 16, 0, 25))


def test_windows_start_and_end_at_full_minutes() -> None:
    now = utc(2026, 11, 1, 0, 3).replace(second=59, microsecond=999_999)

    assert countable_window(OCTOBER, now) == Window(
        utc(2026, 10, 2, 1, 3), utc(2026, 10, 31, 23, 58)
    )


@pytest.mark.parametrize(
    "now",
    [
        utc(2026, 9, 30),
        utc(2026, 10, 1),
        utc(2026, 10, 1, 0, 5),
        utc(2026, 11, 30, 23, 1),
        utc(2027, 5, 1),
    ],
)
def test_future_or_expired_month_cannot_be_counted(now: datetime) -> None:
    assert countable_window(OCTOBER, now) is None


@pytest.mark.parametrize(
    ("now", "length"),
    [
        (utc(2026, 10, 1, 0, 6), timedelta(minutes=1)),
        (utc(2026, 11, 30, 22, 59), timedelta(minutes=1)),
    ],
)
def test_first_and_last_minute_can_be_counted(now: datetime, length: timedelta) -> None:
    window = countable_window(OCTOBER, now)

    assert window is not None
    assert window.length == length


def test_checkpoint_and_census_together_cover_a_month_of_31_days() -> None:
    checkpoint = countable_window(OCTOBER, utc(2026, 10, 16, 0, 30))
    census = countable_window(OCTOBER, first_of_next(OCTOBER))

    assert checkpoint is not None
    assert census is not None
    assert checkpoint.start == OCTOBER.start
    assert census.end == OCTOBER.end
    assert census.start < checkpoint.end


def test_rolling_window_keeps_a_distance_to_both_ends_of_the_logs() -> None:
    now = utc(2026, 11, 20, 12, 30).replace(second=59, microsecond=999_999)

    assert rolling_window(now) == RollingWindow(
        utc(2026, 10, 21, 13, 30), utc(2026, 11, 20, 12, 25)
    )


@pytest.mark.parametrize(("minutes", "moves"), [(0, False), (45, False), (46, True)])
def test_rolling_window_moves_when_its_first_logs_may_be_gone(minutes: int, moves: bool) -> None:
    requested = rolling_window(utc(2026, 11, 20))
    now = utc(2026, 11, 20, 0, minutes)

    assert period_at(requested, now) == (rolling_window(now) if moves else requested)


def test_month_never_moves() -> None:
    assert period_at(OCTOBER, utc(2027, 5, 1)) == OCTOBER


ROLLING = RollingWindow(utc(2026, 10, 21), utc(2026, 11, 20))


@pytest.mark.parametrize(
    ("period", "counted", "expected"),
    [
        (OCTOBER, [], [OCTOBER.window]),
        (OCTOBER, [OCTOBER.window], []),
        (
            OCTOBER,
            [Window(OCTOBER.start, utc(2026, 10, 5)), Window(utc(2026, 10, 7), OCTOBER.end)],
            [Window(utc(2026, 10, 5), utc(2026, 10, 7))],
        ),
        (
            ROLLING,
            [],
            [Window(ROLLING.start, OCTOBER.end), Window(OCTOBER.end, ROLLING.end)],
        ),
        (
            ROLLING,
            [Window(OCTOBER.start, utc(2026, 10, 25))],
            [
                Window(ROLLING.start, utc(2026, 10, 25)),
                Window(utc(2026, 10, 25), OCTOBER.end),
                Window(OCTOBER.end, ROLLING.end),
            ],
        ),
    ],
    ids=["nothing", "all", "gap", "two months", "counted window begins earlier"],
)
def test_windows_to_count_fill_the_gaps_of_a_period(
    period: Month | RollingWindow, counted: Sequence[Window], expected: Sequence[Window]
) -> None:
    assert windows_to_count(period, period.window, counted) == expected


def test_nothing_is_left_to_count_when_all_logs_are_gone() -> None:
    assert windows_to_count(OCTOBER, None, []) == []


def test_complete_month_needs_no_reason() -> None:
    coverage = describe_coverage(OCTOBER, [OCTOBER.window], first_of_next(OCTOBER))

    assert (coverage.start, coverage.end) == (OCTOBER.start, OCTOBER.end)
    assert (coverage.complete, coverage.reason, coverage.percent) == (True, None, 100)


@pytest.mark.parametrize(
    ("counted", "percent"),
    [
        ([], 0),
        ([Window(FEBRUARY.start, utc(2026, 2, 15))], 50),
        ([Window(FEBRUARY.start, utc(2026, 2, 8)), Window(utc(2026, 2, 15), FEBRUARY.end)], 75),
        ([Window(utc(2026, 2, 1, 0, 1), FEBRUARY.end)], 99),
    ],
)
def test_share_of_the_month_is_rounded_down(counted: Sequence[Window], percent: int) -> None:
    assert describe_coverage(FEBRUARY, counted, utc(2026, 3, 2)).percent == percent


def test_end_of_a_month_that_was_not_counted_in_time_has_expired() -> None:
    counted = Window(OCTOBER.start, utc(2026, 10, 31))

    coverage = describe_coverage(OCTOBER, [counted], OCTOBER.end + timedelta(minutes=5))

    assert coverage.reason is not None
    assert "had deleted those of 2026-10-31 00:00 UTC to 2026-11-01 00:00 UTC" in coverage.reason


@pytest.mark.parametrize(("kept", "days"), [(1, "1 day"), (2, "2 days")])
def test_location_that_deletes_logs_early_is_named(kept: int, days: str) -> None:
    location = RuntimeLocation("edge-1", kept)

    coverage = describe_coverage(OCTOBER, [], utc(2027, 5, 1), location=location)

    assert coverage.reason == (
        f"location edge-1 keeps message logs for {days} and had deleted those of "
        "2026-10-01 00:00 UTC to 2026-11-01 00:00 UTC"
    )


def test_expired_part_is_named() -> None:
    counted = Window(utc(2026, 10, 2, 1, 30), OCTOBER.end)

    coverage = describe_coverage(OCTOBER, [counted], first_of_next(OCTOBER))

    assert (coverage.start, coverage.end, coverage.complete) == (counted.start, counted.end, False)
    assert coverage.reason == (
        "SAP keeps message logs for 30 days and had deleted those of 2026-10-01 00:00 UTC to "
        "2026-10-02 01:30 UTC"
    )


def test_current_month_is_counted_up_to_now() -> None:
    counted = Window(OCTOBER.start, utc(2026, 10, 16, 0, 25))

    coverage = describe_coverage(OCTOBER, [counted], utc(2026, 10, 16, 0, 30))

    assert not coverage.complete
    assert coverage.reason == "the month was counted up to 2026-10-16 00:25 UTC"


def test_gaps_in_the_middle_and_at_the_end_are_both_named() -> None:
    counted = [
        Window(OCTOBER.start, utc(2026, 10, 5)),
        Window(utc(2026, 10, 7), utc(2026, 10, 31, 23, 58)),
    ]

    coverage = describe_coverage(OCTOBER, counted, utc(2026, 11, 1, 0, 3))

    assert coverage.reason == (
        "the month was counted up to 2026-10-31 23:58 UTC; SAP keeps message logs for 30 days "
        "and had deleted those of 2026-10-05 00:00 UTC to 2026-10-07 00:00 UTC"
    )


def test_expired_month_has_neither_start_nor_end() -> None:
    coverage = describe_coverage(OCTOBER, [], utc(2027, 5, 1))

    assert (coverage.start, coverage.end, coverage.complete) == (None, None, False)
    assert coverage.reason is not None
    assert "had deleted those of 2026-10-01 00:00 UTC to 2026-11-01 00:00 UTC" in coverage.reason


def test_note_comes_first_and_does_not_make_a_month_incomplete() -> None:
    complete = describe_coverage(
        OCTOBER, [OCTOBER.window], first_of_next(OCTOBER), "the ledger was unreadable"
    )
    incomplete = describe_coverage(OCTOBER, [], utc(2027, 5, 1), "the ledger was unreadable")

    assert (complete.complete, complete.reason) == (True, "the ledger was unreadable")
    assert (incomplete.reason or "").startswith("the ledger was unreadable; SAP keeps")
