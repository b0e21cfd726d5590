"""Earlier reports: read back, or left out with a warning."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import DataError
from iflow_census.report.earlier import newest_complete
from iflow_census.report.reader import read_earlier_report, read_earlier_reports
from iflow_census.scan.results import TenantStatus
from tests.unit.report.earlier_month import (
    AUGUST,
    SEPTEMBER,
    earlier,
    of_tenants,
    report_body,
)
from tests.unit.report.examples import BARE, DESIGNED, FAILED, OCTOBER, tenant

BODY = report_body(SEPTEMBER, tenant("prod", [DESIGNED, BARE]), FAILED)


def test_an_earlier_report_is_read_back_as_it_was_written() -> None:
    found = read_earlier_report("report.json", BODY)

    assert (found.month, found.status) == (SEPTEMBER, TenantStatus.PARTIAL)
    assert found.tenants["prod"].totals.messages == 9
    assert found.tenants["prod"].scanned
    assert not found.tenants["test"].scanned
    assert found.iflows["prod", "Flow"].modified_at == DESIGNED.modified_at
    assert found.iflows["prod", "Bare"].messages is None


def test_earlier_reports_come_newest_first_without_the_month_itself() -> None:
    files = [
        ("aug", report_body(AUGUST, tenant("prod", []))),
        ("oct", report_body(OCTOBER, tenant("prod", []))),
        ("sep", report_body(SEPTEMBER, tenant("prod", []))),
    ]

    found = read_earlier_reports(files, OCTOBER)

    assert [one.month for one in found.reports] == [SEPTEMBER, AUGUST]
    assert found.warnings == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", ": not a report.json"),
        (BODY[:-40], ": not a report.json"),
        (b"[]", ": not a report.json"),
        (b"\xff\xfe", ": not a report.json"),
        (b"[" * 100_000, ": not a report.json"),
        (b'{"schema": "iflow-census/report/v2"}', "its schema is 'iflow-census/report/v2'"),
        (b'{"schema": "iflow-census/report/v1"}', "damaged at period: Field required"),
        (BODY.replace(b'"2026-09"', b'"2026-19"'), "damaged at period.month"),
        (BODY.replace(b'"deployed": true', b'"deployed": "perhaps"'), "iflows.0.deployed"),
        (BODY.replace(b'"USED"', b'"WORN"'), "iflows.0.usage"),
    ],
)
def test_a_report_that_cannot_be_used_is_left_out_with_a_warning(body: bytes, why: str) -> None:
    files = [("2026-09/report.json", body), ("2026-08/report.json", report_body(AUGUST))]

    found = read_earlier_reports(files, OCTOBER)

    (warning,) = found.warnings
    assert warning.startswith("2026-09/report.json: ")
    assert why in warning
    assert warning.endswith("; this report is left out of all comparisons")
    assert [one.month for one in found.reports] == [AUGUST]


@given(st.binary(max_size=200) | st.integers(0, len(BODY.rstrip()) - 1).map(lambda at: BODY[:at]))
def test_no_content_breaks_the_reader(body: bytes) -> None:
    with pytest.raises(DataError, match=r"^name: "):
        read_earlier_report("name", body)


def test_a_warning_shows_no_value_of_the_damaged_file() -> None:
    body = BODY.replace(b'"deployed": true', b'"deployed": "private"')

    (warning,) = read_earlier_reports([("file", body)], OCTOBER).warnings

    assert "private" not in warning


def test_what_a_later_program_added_is_passed_over() -> None:
    content = json.loads(BODY)
    content["iflows"][0]["added"] = content["tenants"][0]["totals"]["added"] = content["more"] = 1

    found = read_earlier_report("report.json", json.dumps(content).encode())

    assert len(found.iflows) == 2


def test_files_are_asked_for_one_by_one() -> None:
    held: list[bytes] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for month in (AUGUST, SEPTEMBER):
            held.append(report_body(month))
            yield str(month), held.pop()

    found = read_earlier_reports(files(), OCTOBER)

    assert len(found.reports) == 2


def test_the_nearest_complete_report_is_compared_with() -> None:
    partial = of_tenants(tenant("prod", []), FAILED, month=SEPTEMBER)
    complete = earlier(month=AUGUST)

    found = newest_complete([partial, complete, earlier(month=OCTOBER)], OCTOBER)

    assert found is complete
    assert newest_complete([partial], OCTOBER) is None
