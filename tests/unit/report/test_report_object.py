"""The report object: tenants with their rows, sums, findings, and the conversion to JSON."""

from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.report.census_report import CensusReport, to_json
from iflow_census.report.verdict import find_verdict
from iflow_census.report.worklist import MAX_ITEMS
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.results import Coverage, TenantStatus
from iflow_census.scan.web_ui import Environment, TenantProfile
from iflow_census.store.row_spool import RowSpool
from tests.unit.report.examples import (
    BARE,
    CREATED,
    DESIGNED,
    FAILED,
    OCTOBER,
    ORPHAN,
    report,
    tenant,
)

TENANTS = [
    replace(tenant("dev", [BARE]), profile=TenantProfile(Environment.DEVELOPMENT)),
    tenant("new", [ORPHAN]),
    replace(tenant("prod", [DESIGNED, BARE]), profile=TenantProfile(Environment.PRODUCTION)),
]


@pytest.fixture(params=["in memory", "spooled"])
def census(request: pytest.FixtureRequest) -> CensusReport:
    if request.param == "in memory":
        return report(*TENANTS)
    spool = RowSpool(max_in_memory=0)
    return replace(report(), tenants=[spool.move(each) for each in TENANTS], spool=spool)


def test_rows_are_read_tenant_by_tenant(census: CensusReport) -> None:
    assert list(census.tenants_with_rows()) == TENANTS
    assert [(row.tenant, row.iflow_id) for row in census.rows] == [
        ("dev", "Bare"),
        ("new", "Orphan"),
        ("prod", "Flow"),
        ("prod", "Bare"),
    ]
    assert census.row_count == 4
    assert census.verdict() == find_verdict(TENANTS)


def test_production_is_first_in_lists_for_people(census: CensusReport) -> None:
    names = [each.name for each in census.production_first]

    assert names == ["prod", "new", "dev"]
    assert sorted(names, key=census.priorities.__getitem__) == names


def test_report_is_covered_if_every_tenant_is() -> None:
    half = Coverage(OCTOBER.start, OCTOBER.end, complete=False, percent=48)

    assert report(*TENANTS).coverage_complete
    assert not report(*TENANTS, replace(TENANTS[0], coverage=half)).coverage_complete


def test_warnings_of_the_run_come_first() -> None:
    census = replace(report(FAILED), warnings=["annotations.csv, line 2: no tenant; fill it in"])

    assert census.all_warnings() == census.warnings


def test_worklist_has_as_much_as_is_requested() -> None:
    failing = [
        replace(DESIGNED, iflow_id=name, messages=20, messages_failed=9) for name in "abcdef"
    ]
    census = report(*(tenant(f"t{number:02}", failing) for number in range(MAX_ITEMS)))

    short = census.worklist(max_items=1, max_entries=2)
    whole = census.worklist(max_items=None, max_entries=None)

    assert [len(item.entries) for item in short.items] == [2]
    assert short.omitted == 2 * MAX_ITEMS - 1
    assert [len(item.entries) for item in whole.items] == [6] * 2 * MAX_ITEMS
    assert [len(item.entries) for item in census.worklist().items] == [5] * MAX_ITEMS


def test_values_of_all_kinds_are_converted_to_json() -> None:
    value = {
        "plain": [None, "text", 7, True, 0.5],
        "times": (CREATED, CREATED + timedelta(milliseconds=1)),
        "status": TenantStatus.COMPLETE,
        "nested": [ArtifactCount("VALUE_MAPPING", None, 2)],
    }

    assert to_json(value) == {
        "plain": [None, "text", 7, True, 0.5],
        "times": ["2018-03-15T12:16:38.486Z", "2018-03-15T12:16:38.487Z"],
        "status": "complete",
        "nested": [{"type": "VALUE_MAPPING", "status": None, "count": 2}],
    }
