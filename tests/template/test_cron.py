"""The reader of cron expressions that the tests of the schedules rely on."""

from datetime import UTC, datetime

import pytest

from tests.template.cron import Cron


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("cron(30 0 1 * ? *)", datetime(2026, 11, 22, tzinfo=UTC), "2026-12-01T00:30:00+00:00"),
        (
            "cron(30 0 1 * ? *)",
            datetime(2026, 12, 1, 0, 30, tzinfo=UTC),
            "2027-01-01T00:30:00+00:00",
        ),
        ("cron(0/15 8-9 ? * 2 *)", datetime(2026, 11, 22, tzinfo=UTC), "2026-11-23T08:00:00+00:00"),
        ("cron(0 12 29 2 ? *)", datetime(2026, 11, 22, tzinfo=UTC), "2028-02-29T12:00:00+00:00"),
        (
            "cron(5,10 4 * * ? 2027)",
            datetime(2027, 1, 1, 4, 5, tzinfo=UTC),
            "2027-01-01T04:10:00+00:00",
        ),
    ],
)
def test_cron_expression_fires_at_its_next_time(
    expression: str, moment: datetime, expected: str
) -> None:
    cron = Cron.parse(expression)

    assert cron.next_after(moment).isoformat() == expected


@pytest.mark.parametrize(
    "expression",
    [
        "30 0 1 * ? *",
        "rate(1 hour)",
        "cron(30 0 1 * ?)",
        "cron(30 0 1 * * *)",
        "cron(30 0 ? * ? *)",
        "cron(60 0 1 * ? *)",
        "cron(30 24 1 * ? *)",
        "cron(30 0 32 * ? *)",
        "cron(30 0 1 13 ? *)",
        "cron(30 0 ? * 8 *)",
        "cron(? 0 1 * ? *)",
        "cron(*/0 0 1 * ? *)",
        "cron(30 0 5-1 * ? *)",
        "cron(30  0 1 * ? *)",
    ],
)
def test_invalid_cron_expression_is_rejected(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cron|within|read|fields|days"):
        Cron.parse(expression)
