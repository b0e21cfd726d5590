"""What a Retry-After header asks for, in all forms that are sent."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.http.retry_policy import MAX_RETRY_AFTER, parse_retry_after
from tests.clock import NOVEMBER


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0), ("5", 5), (" 120 ", 120), ("9" * 18, MAX_RETRY_AFTER)]
)
def test_seconds_are_seconds(header: str, seconds: float) -> None:
    assert parse_retry_after(header, NOVEMBER) == seconds


@pytest.mark.parametrize(
    ("later", "seconds"),
    [(timedelta(seconds=90), 90), (timedelta(days=-1), 0), (timedelta(days=400), MAX_RETRY_AFTER)],
)
def test_a_date_is_counted_from_the_moment_that_the_clock_tells(
    later: timedelta, seconds: float
) -> None:
    header = format_datetime(NOVEMBER + later, usegmt=True)

    assert parse_retry_after(header, NOVEMBER) == seconds


def test_a_date_without_a_known_zone_is_utc() -> None:
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
def test_what_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert parse_retry_after(header, NOVEMBER) is None


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    pause = parse_retry_after(header, NOVEMBER)

    assert pause is None or 0 <= pause <= MAX_RETRY_AFTER
