"""What can still be counted, and what a reader is told about the rest."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.period import Month, Window
from iflow_census.scan.retention import countable_window, describe_coverage
from tests.unit.scan.log_tenant import OCTOBER

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
def test_on_the_first_the_beginning_of_a_long_month_is_gone(month: Month, start: datetime) -> None:
    assert countable_window(month, first_of_next(month)) == Window(start, month.end)


def test_in_mid_month_the_month_so_far_can_be_counted() -> None:
    found = countable_window(OCTOBER, utc(2026, 10, 16, 0, 30))

    assert found == Window(OCTOBER.start, utc(2026, 10, 16, 0, 25))


def test_windows_begin_and_end_at_whole_minutes() -> None:
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
def test_a_month_that_has_not_begun_or_is_forgotten_cannot_be_counted(now: datetime) -> None:
    assert countable_window(OCTOBER, now) is None


@pytest.mark.parametrize(
    ("now", "length"),
    [
        (utc(2026, 10, 1, 0, 6), timedelta(minutes=1)),
        (utc(2026, 11, 30, 22, 59), timedelta(minutes=1)),
    ],
)
def test_the_first_and_the_last_minute_can_be_counted(now: datetime, length: timedelta) -> None:
    found = countable_window(OCTOBER, now)

    assert found is not None
    assert found.length == length


def test_checkpoint_and_census_together_cover_a_month_of_31_days() -> None:
    checkpoint = countable_window(OCTOBER, utc(2026, 10, 16, 0, 30))
    census = countable_window(OCTOBER, first_of_next(OCTOBER))

    assert checkpoint is not None
    assert census is not None
    assert checkpoint.start == OCTOBER.start
    assert census.end == OCTOBER.end
    assert census.start < checkpoint.end


def test_a_month_that_was_counted_whole_needs_no_reason() -> None:
    found = describe_coverage(OCTOBER, [OCTOBER.window], first_of_next(OCTOBER))

    assert (found.start, found.end) == (OCTOBER.start, OCTOBER.end)
    assert (found.complete, found.reason) == (True, None)


def test_what_sap_has_forgotten_is_named() -> None:
    counted = Window(utc(2026, 10, 2, 1, 30), OCTOBER.end)

    found = describe_coverage(OCTOBER, [counted], first_of_next(OCTOBER))

    assert (found.start, found.end, found.complete) == (counted.start, counted.end, False)
    assert found.reason == (
        "SAP keeps message logs for 30 days, and those of 2026-10-01 00:00 UTC to "
        "2026-10-02 01:30 UTC were gone"
    )


def test_a_month_under_way_says_up_to_when_it_was_counted() -> None:
    counted = Window(OCTOBER.start, utc(2026, 10, 16, 0, 25))

    found = describe_coverage(OCTOBER, [counted], utc(2026, 10, 16, 0, 30))

    assert not found.complete
    assert found.reason == "the month was counted up to 2026-10-16 00:25 UTC"


def test_gaps_in_the_middle_and_at_the_end_are_both_named() -> None:
    counted = [
        Window(OCTOBER.start, utc(2026, 10, 5)),
        Window(utc(2026, 10, 7), utc(2026, 10, 31, 23, 58)),
    ]

    found = describe_coverage(OCTOBER, counted, utc(2026, 11, 1, 0, 3))

    assert found.reason == (
        "the month was counted up to 2026-10-31 23:58 UTC; SAP keeps message logs for 30 days, "
        "and those of 2026-10-05 00:00 UTC to 2026-10-07 00:00 UTC were gone"
    )


def test_a_month_of_which_nothing_is_left_has_no_ends() -> None:
    found = describe_coverage(OCTOBER, [], utc(2027, 5, 1))

    assert (found.start, found.end, found.complete) == (None, None, False)
    assert found.reason is not None
    assert "2026-10-01 00:00 UTC to 2026-11-01 00:00 UTC were gone" in found.reason


def test_a_note_stands_first_and_does_not_make_a_whole_month_incomplete() -> None:
    whole = describe_coverage(
        OCTOBER, [OCTOBER.window], first_of_next(OCTOBER), "the ledger was odd"
    )
    short = describe_coverage(OCTOBER, [], utc(2027, 5, 1), "the ledger was odd")

    assert (whole.complete, whole.reason) == (True, "the ledger was odd")
    assert (short.reason or "").startswith("the ledger was odd; SAP keeps")
