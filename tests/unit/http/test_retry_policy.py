"""Retry-After headers are parsed in every form that servers send."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.http.retry_policy import MAX_RETRY_AFTER, QuickRetries, parse_retry_after
from tests.clock import NOVEMBER, FakeClock


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0), ("5", 5), (" 120 ", 120), ("9" * 18, MAX_RETRY_AFTER)]
)
def test_seconds_are_parsed(header: str, seconds: float) -> None:
    assert parse_retry_after(header, NOVEMBER) == seconds


@pytest.mark.parametrize(
    ("later", "seconds"),
    [(timedelta(seconds=90), 90), (timedelta(days=-1), 0), (timedelta(days=400), MAX_RETRY_AFTER)],
)
def test_date_is_relative_to_the_current_time(later: timedelta, seconds: float) -> None:
    header = format_datetime(NOVEMBER + later, usegmt=True)

    assert parse_retry_after(header, NOVEMBER) == seconds


def test_date_without_a_time_zone_is_utc() -> None:
    assert parse_retry_after("Sun, 01 Nov 2026 00:31:00 -0000", NOVEMBER) == 60


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "1e9",
        "9" * 5000,
        "\u0665",
        "Wed, 21 Oct 99999 07:28:00 GMT",
        "Wed, 32 Oct 2026 07:28:00 GMT",
        "Wed, 21 Oct 2026 77:28:00 GMT",
    ],
)
def test_invalid_header_is_ignored(header: str | None) -> None:
    assert parse_retry_after(header, NOVEMBER) is None


@given(st.text())
def test_no_header_raises_an_error(header: str) -> None:
    pause = parse_retry_after(header, NOVEMBER)

    assert pause is None or 0 <= pause <= MAX_RETRY_AFTER


@pytest.mark.parametrize(("seconds", "pause"), [(3.9, 1.0), (4.0, 1.0), (4.1, None)])
def test_quick_retry_starts_within_five_seconds(seconds: float, pause: float | None) -> None:
    time = FakeClock()
    retries = QuickRetries(time.clock)
    assert retries.next_pause() == 0.5

    time.advance(seconds)

    assert retries.next_pause() == pause
