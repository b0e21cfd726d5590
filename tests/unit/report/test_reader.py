"""Reading report.json back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.report.census_report import findings_of, to_json
from iflow_census.report.changes import Thresholds, compare
from iflow_census.report.reader import (
    read_earlier_report,
    read_report,
)
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.earlier_month import SEPTEMBER, report_body
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    ORPHAN,
    OTHER_ARTIFACTS,
    report,
    tenant,
)
from tests.unit.report.rendering import render_json

BODY = report_body(SEPTEMBER, tenant("prod", [DESIGNED, BARE]), FAILED)
CENSUS = report(
    replace(
        tenant("prod", [DESIGNED, BARE, ORPHAN]),
        health=HEALTH,
        profile=TenantProfile(Environment.PRODUCTION, "https://acme.example"),
    ),
    tenant("dev", [DESIGNED]),
    FAILED,
)


def test_rows_and_findings_are_read_back_unchanged() -> None:
    census = read_report("report.json", render_json(CENSUS))

    assert list(census.rows) == list(CENSUS.rows)
    assert to_json(findings_of(census)) == to_json(findings_of(CENSUS))
    assert [tenant.status for tenant in census.tenants] == [
        tenant.status for tenant in CENSUS.tenants
    ]
    assert census.tenants[-1].error == FAILED.error


@pytest.mark.parametrize("other_artifacts", [OTHER_ARTIFACTS, [], None])
def test_other_artifacts_are_read_back_unchanged(
    other_artifacts: list[ArtifactCount] | None,
) -> None:
    prod = replace(tenant("prod", []), other_artifacts=other_artifacts)

    (read,) = read_report("report.json", render_json(report(prod))).tenants

    assert read.other_artifacts == other_artifacts


def test_thresholds_of_the_run_are_kept() -> None:
    census = replace(CENSUS, thresholds=Thresholds(message_factor=5.0, message_floor=7))

    assert read_report("report.json", render_json(census)).thresholds == census.thresholds


def test_report_without_changes_is_read() -> None:
    content = json.loads(render_json(CENSUS))
    del content["changes"]

    census = read_report("report.json", json.dumps(content).encode())

    assert census.thresholds == Thresholds()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"iflows": [{"tenant": "prod"}]}, r"iflows\.0\.package_id"),
        ({"tenants": [5]}, r"tenants\.0"),
        ({"run": {}}, r"run\.id"),
        ({"schema": "other"}, "its schema is 'other'"),
        ({"period": {"month": "never"}}, r"period\.month"),
    ],
)
def test_damaged_report_is_an_error_with_the_place(change: dict[str, Any], message: str) -> None:
    content = json.loads(render_json(CENSUS)) | change

    with pytest.raises(DataError, match=rf"^name: .*{message}"):
        read_report("name", json.dumps(content).encode())


def test_partial_report_can_be_compared() -> None:
    partial = read_earlier_report("september", report_body(SEPTEMBER, tenant("prod", []), FAILED))
    later = read_report("october", render_json(CENSUS))

    changes = compare(later.tenants, partial, later.thresholds)

    assert changes.compared_with is not None
    assert {tenant.name: tenant.compared for tenant in changes.tenants} == {
        "dev": False,
        "prod": True,
        "test": False,
    }
    assert {change.kind for change in changes.iflows} == {"new"}


def test_earlier_report_is_read_back_unchanged() -> None:
    earlier = read_earlier_report("report.json", BODY)

    assert (earlier.month, earlier.status) == (SEPTEMBER, TenantStatus.PARTIAL)
    prod = earlier.tenants["prod"]
    assert prod.tenant.totals.messages == 9
    assert prod.tenant.scanned
    assert not earlier.tenants["test"].tenant.scanned
    assert [row.iflow_id for row in prod.iflows] == ["Flow", "Bare"]
    assert prod.iflows[0].modified_at == DESIGNED.modified_at
    assert prod.iflows[1].messages is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ": not a report.json"),
        (BODY[:-40], ": not a report.json"),
        (b"[]", ": not a report.json"),
        (b"\xff\xfe", ": not a report.json"),
        (b"[" * 100_000, ": not a report.json"),
        (b'{"schema": "iflow-census/report/v0"}', "its schema is 'iflow-census/report/v0'"),
        (b'{"schema": "' + b"x" * 9999 + b'"}', "xxx\u2026', but"),
        (b'{"schema": "iflow-census/report/v1"}', "damaged at period: Field required"),
        (BODY.replace(b'"2026-09"', b'"2026-19"'), "damaged at period.month"),
        (BODY.replace(b'"deployed": true', b'"deployed": "perhaps"'), "iflows.0.deployed"),
        (BODY.replace(b'"USED"', b'"WORN"'), "iflows.0.usage"),
    ],
)
def test_unusable_report_is_an_error_with_the_place(body: bytes, message: str) -> None:
    with pytest.raises(DataError) as raised:
        read_earlier_report("2026-09/report.json", body)

    error = str(raised.value)
    assert error.startswith("2026-09/report.json: ")
    assert message in error


def test_report_of_a_newer_version_is_an_error() -> None:
    body = b'{"schema": "iflow-census/report/v2", "version": "9.1.0"}'

    with pytest.raises(ConfigurationError, match=r"sep: written by .* deploy version 9\.1\.0"):
        read_earlier_report("sep", body)


@given(st.binary(max_size=200) | st.integers(0, len(BODY.rstrip()) - 1).map(lambda at: BODY[:at]))
def test_any_damaged_content_is_a_data_error(body: bytes) -> None:
    with pytest.raises(DataError, match=r"^name: "):
        read_earlier_report("name", body)


def test_error_contains_no_value_of_the_file() -> None:
    body = BODY.replace(b'"deployed": true', b'"deployed": "private"')

    with pytest.raises(DataError) as raised:
        read_earlier_report("file", body)

    assert "private" not in str(raised.value)


def test_unknown_fields_are_ignored() -> None:
    content = json.loads(BODY)
    content["iflows"][0]["added"] = content["tenants"][0]["totals"]["added"] = content["more"] = 1

    earlier = read_earlier_report("report.json", json.dumps(content).encode())

    assert len(earlier.tenants["prod"].iflows) == 2
