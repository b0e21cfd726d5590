"""When Quartz expressions fire next."""

from datetime import UTC, datetime

import pytest

from iflow_census.scan.anatomy.quartz import next_run

SUNDAY = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "time_zone", "expected"),
    [
        ("0 0 1 ? * * *", "Etc/GMT", "2026-11-01T01:00:00"),
        ("0 30 0 ? * * *", "Etc/GMT", "2026-11-02T00:30:00"),
        ("0/10 * 0-23 ? * * *", "Etc/GMT", "2026-11-01T00:30:10"),
        ("0 3/10 * ? * * *", None, "2026-11-01T00:33:00"),
        ("0 0/5 5-6 ? * MON,WED-FRI *", "UTC", "2026-11-02T05:00:00"),
        ("0 0 9 ? * 1 *", "Etc/GMT", "2026-11-01T09:00:00"),
        ("0 15 10 15 * ? *", "Etc/GMT", "2026-11-15T10:15:00"),
        ("0 0 9 29 FEB ? *", "Etc/GMT", "2028-02-29T09:00:00"),
        ("0 12 11 18 10 ? 2032", "Europe/Berlin", "2032-10-18T09:12:00"),
        ("0 0 9 18 12 ? 2026", "Etc/GMT", "2026-12-18T09:00:00"),
        ("0 0 17 ? * * *", "Etc/GMT+2", "2026-11-01T19:00:00"),
        ("0 0 1 ? * * *", "Asia/Seoul", "2026-11-01T16:00:00"),
    ],
)
def test_next_run_is_in_utc(expression: str, time_zone: str | None, expected: str) -> None:
    found = next_run(expression, time_zone, SUNDAY)

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("expression", ["0 0 9 19 6 ? 2017", "0 0 9 31 2 ? *"])
def test_expression_may_never_fire_again(expression: str) -> None:
    assert next_run(expression, "Etc/GMT", SUNDAY) is None


@pytest.mark.parametrize(
    ("expression", "time_zone"),
    [
        ("simple.repeat=NONE", "Etc/GMT"),
        ("0 0 9 L * ? *", "Etc/GMT"),
        ("0 0 9 ? * MON#2 *", "Etc/GMT"),
        ("0 0 25 ? * * *", "Etc/GMT"),
        ("0 0/0 9 ? * * *", "Etc/GMT"),
        ("0 0 9 ? * 5-2 *", "Etc/GMT"),
        ("0 0 9 ? * * 99999999999999", "Etc/GMT"),
        ("0 0 9 ? * * *", "No/Such"),
        ("0 0 9 ? * * *", "../../etc/passwd"),
    ],
)
def test_what_is_not_known_is_an_error(expression: str, time_zone: str) -> None:
    with pytest.raises(ValueError, match=r"not|unknown|out of|invalid"):
        next_run(expression, time_zone, SUNDAY)
