"""The part of a month that can still be counted, and the explanation for the rest."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.period import Month, Window
from iflow_census.scan.retention import countable_window, describe_coverage
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


def test_complete_month_needs_no_reason() -> None:
    coverage = describe_coverage(OCTOBER, [OCTOBER.window], first_of_next(OCTOBER))

    assert (coverage.start, coverage.end) == (OCTOBER.start, OCTOBER.end)
    assert (coverage.complete, coverage.reason) == (True, None)


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
