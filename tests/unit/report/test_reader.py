"""A report.json read back whole says what it said before."""

import json
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.errors import DataError
from iflow_census.report.census_report import findings_to_json, rows_to_json
from iflow_census.report.changes import Thresholds, compare
from iflow_census.report.reader import read_earlier_report, read_report
from iflow_census.report.tables import render_json
from tests.unit.report.earlier_month import SEPTEMBER, report_body
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, report, tenant

CENSUS = report(tenant("prod", [DESIGNED, BARE, ORPHAN]), tenant("dev", [DESIGNED]), FAILED)


def test_rows_and_all_that_follows_from_them_are_the_same() -> None:
    found = read_report("report.json", render_json(CENSUS))

    assert list(rows_to_json(found)) == list(rows_to_json(CENSUS))
    assert findings_to_json(found) == findings_to_json(CENSUS)
    assert [one.status for one in found.tenants] == [one.status for one in CENSUS.tenants]
    assert found.tenants[-1].error == FAILED.error


def test_the_thresholds_of_the_run_are_kept() -> None:
    census = replace(CENSUS, thresholds=Thresholds(message_factor=5.0, message_floor=7))

    assert read_report("report.json", render_json(census)).thresholds == census.thresholds


def test_a_report_of_before_there_were_changes_is_read() -> None:
    content = json.loads(render_json(CENSUS))
    del content["changes"]

    found = read_report("report.json", json.dumps(content).encode())

    assert found.thresholds == Thresholds()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iflows": [{"tenant": "prod"}]}, r"iflows\.0\.package_id"),
        ({"tenants": [5]}, r"tenants\.0"),
        ({"run": {}}, r"run\.id"),
        ({"schema": "other"}, "its schema is 'other'"),
        ({"period": {"month": "never"}}, r"period\.month"),
    ],
)
def test_a_damaged_report_is_told_with_the_place(change: dict[str, Any], said: str) -> None:
    content = json.loads(render_json(CENSUS)) | change

    with pytest.raises(DataError, match=rf"^name: .*{said}"):
        read_report("name", json.dumps(content).encode())


def test_two_reports_are_compared_also_where_the_earlier_is_partial() -> None:
    partial = read_earlier_report("september", report_body(SEPTEMBER, tenant("prod", []), FAILED))
    later = read_report("october", render_json(CENSUS))

    found = compare(later.tenants, partial, later.thresholds)

    assert found.compared_with is not None
    assert {one.name: one.compared for one in found.tenants} == {
        "dev": False,
        "prod": True,
        "test": False,
    }
    assert {one.kind for one in found.iflows} == {"new"}
