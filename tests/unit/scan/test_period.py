"""Months and windows, in UTC, without gap or overlap."""

from datetime import UTC, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.scan.period import Month, RollingWindow, Window, iso_utc
from tests.unit.scan.fake_tenant import windows

MIDNIGHT = datetime(2026, 10, 16, tzinfo=UTC)
MONTHS = st.builds(Month, st.integers(2, 9998), st.integers(1, 12))


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-10", Month(2026, 10)),
        ("2024-02", Month(2024, 2)),
        ("2000-01", Month(2000, 1)),
        ("2999-12", Month(2999, 12)),
    ],
)
def test_month_is_parsed_and_formatted(text: str, month: Month) -> None:
    assert Month.parse(text) == month
    assert (str(month), month.label) == (text, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "26-10",
        "2026-1",
        "2026/10",
        "2026-10-01",
        " 2026-10",
        "2026-10\n",
        "-2026-10",
        "October 2026",
        "\u0662\u0660\u0662\u0666-10",
        "2026\u201010",
    ],
)
def test_text_that_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a month; write it as YYYY-MM"):
        Month.parse(text)


@pytest.mark.parametrize("text", ["0000-10", "0001-01", "1999-12", "3000-01", "9999-12"])
def test_month_of_no_tenant_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="choose one from 2000-01 to 2999-12"):
        Month.parse(text)


def test_january_follows_december_of_the_previous_year() -> None:
    assert Month(2027, 1).previous() == Month(2026, 12)
    assert Month(2026, 12).next() == Month(2027, 1)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (datetime(2026, 10, 2, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), [10]),
        (datetime(2026, 10, 2, 1, tzinfo=UTC), datetime(2026, 11, 1, 0, 1, tzinfo=UTC), [10, 11]),
        (datetime(2026, 1, 31, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), [1, 2, 3]),
    ],
)
def test_rolling_window_is_of_the_months_it_touches(
    start: datetime, end: datetime, months: list[int]
) -> None:
    period = RollingWindow(start, end)

    assert period.months == [Month(2026, month) for month in months]
    assert period.previous() == period.months[0]


def test_rolling_window_is_named_by_its_days() -> None:
    period = RollingWindow(MIDNIGHT, MIDNIGHT + timedelta(days=30))

    assert period.label == "last 30 days (2026-10-16 to 2026-11-15)"
    assert str(period) == "last-30-days"
    assert period.window == Window(period.start, period.end)


def test_month_is_a_period_of_a_single_month() -> None:
    assert Month(2026, 10).months == [Month(2026, 10)]


def test_window_contains_its_start_but_not_its_end() -> None:
    window = Window(MIDNIGHT, MIDNIGHT + timedelta(days=1))
    instant = timedelta(microseconds=1)

    assert window.contains(window.start)
    assert window.contains(window.end - instant)
    assert not window.contains(window.start - instant)
    assert not window.contains(window.end)


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (Month(2024, 2), 29),
        (Month(2026, 2), 28),
        (Month(2000, 2), 29),
        (Month(2100, 2), 28),
        (Month(2026, 4), 30),
        (Month(2026, 12), 31),
    ],
)
def test_month_has_all_its_days(month: Month, days: int) -> None:
    assert month.window.length == timedelta(days=days)
    assert month.window.start.day == month.window.end.day == 1


@given(MONTHS)
def test_months_follow_each_other_without_gap(month: Month) -> None:
    assert month.previous().end == month.start
    assert (
        Month.containing(month.start)
        == Month.containing(month.end - timedelta(microseconds=1))
        == month
    )
    assert Month.containing(month.end) > month


def test_month_of_a_moment_is_that_of_utc() -> None:
    moment = datetime(2026, 11, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    assert Month.containing(moment) == Month(2026, 10)


@given(windows().filter(lambda window: window.length >= timedelta(seconds=2)))
def test_halves_add_up_to_the_window_without_overlap(window: Window) -> None:
    first, second = window.halves()

    assert (first.start, second.end) == (window.start, window.end)
    assert first.end == second.start
    assert abs(first.length - second.length) <= timedelta(seconds=1)
    assert first.end.microsecond == 0


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1)])
def test_window_must_start_before_it_ends(length: timedelta) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)

    with pytest.raises(ValueError, match="must start before it ends"):
        Window(start, start + length)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2026, 10, 1, tzinfo=UTC), "2026-10-01T00:00:00.000Z"),
        (datetime(2026, 10, 1, 12, 0, 0, 486999, tzinfo=UTC), "2026-10-01T12:00:00.486Z"),
        (
            datetime(2026, 10, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-09-30T23:00:00.000Z",
        ),
    ],
)
def test_moment_is_formatted_in_utc_with_milliseconds(
    moment: datetime | None, text: str | None
) -> None:
    assert iso_utc(moment) == text


@given(windows())
def test_days_add_up_to_the_window_and_are_split_at_midnight(window: Window) -> None:
    days = window.days()

    assert (days[0].start, days[-1].end) == (window.start, window.end)
    assert all(day.end == following.start for day, following in pairwise(days))
    assert all(day.end.time() == time() for day in days[:-1])
    assert len({day.start.date() for day in days}) == len(days)
    assert all(day.length <= timedelta(days=1) for day in days)


@pytest.mark.parametrize(
    ("window", "days"),
    [
        (Month(2026, 10).window, 31),
        (Month(2028, 2).window, 29),
        (Window(MIDNIGHT, MIDNIGHT + timedelta(seconds=1)), 1),
        (Window(MIDNIGHT - timedelta(seconds=1), MIDNIGHT), 1),
        (Window(MIDNIGHT - timedelta(seconds=1), MIDNIGHT + timedelta(seconds=1)), 2),
    ],
)
def test_window_has_as_many_days_as_it_touches(window: Window, days: int) -> None:
    assert len(window.days()) == days
