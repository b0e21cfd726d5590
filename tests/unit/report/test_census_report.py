"""report.json and its JSON Schema agree, and the schema is strict."""

import copy
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from iflow_census.report.census_report import SCHEMA, CensusReport
from iflow_census.report.changes import ChangeKind
from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.report.findings import BlockedUpdate
from iflow_census.scan.health import QueueState, TenantHealth
from iflow_census.scan.results import (
    Coverage,
    IflowRow,
    TenantStatus,
    TenantTotals,
)
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    OCTOBER,
    ORPHAN,
    OTHER_ARTIFACTS,
    SCANNED,
    UNHEALTHY,
    report,
    report_of,
    tenant,
)
from tests.unit.report.rendering import render_json

SCHEMA_FILE = Path(__file__).parents[3] / "docs" / "report-v1.schema.json"
CONTRACT = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(CONTRACT)

CARRIED_OVER = replace(
    tenant("dev", [DESIGNED]), status=TenantStatus.PARTIAL, error="packages: no answer in time"
)
UNFINISHED = replace(FAILED, name="dev", status=TenantStatus.PARTIAL)
PARTLY_COVERED = replace(
    tenant("dev", [BARE]),
    coverage=Coverage(
        OCTOBER.start + timedelta(days=1), OCTOBER.end, complete=False, reason="gone"
    ),
    totals=TenantTotals(packages=1, iflows=1),
)
COVERED_WITH_NOTE = replace(
    tenant("dev", []), coverage=Coverage(OCTOBER.start, OCTOBER.end, complete=True, reason="odd")
)


def as_json(census: CensusReport) -> Any:
    return json.loads(render_json(census))


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(CONTRACT)


@pytest.mark.parametrize(
    "census",
    [
        report(),
        report(FAILED),
        report(tenant("prod", [DESIGNED, BARE, ORPHAN])),
        report(UNFINISHED, tenant("prod", [DESIGNED]), FAILED),
        report(CARRIED_OVER),
        report(PARTLY_COVERED),
        report(COVERED_WITH_NOTE),
        report(replace(tenant("dev", []), health=HEALTH)),
        report(replace(tenant("dev", []), health=UNHEALTHY)),
        report(replace(tenant("prod", []), messages_per_day=[None, *range(30)])),
        report(replace(tenant("prod", []), other_artifacts=OTHER_ARTIFACTS)),
        report(replace(tenant("prod", []), other_artifacts=[])),
        report_of(*(replace(row, package_update_available=True) for row in (DESIGNED, BARE))),
        replace(report(), warnings=["something"]),
        sample_report(),
        october([DESIGNED, BARE, ORPHAN], earlier(replace(DESIGNED, iflow_version="1"), ORPHAN)),
        replace(report(tenant("a", []), FAILED), earlier=[of_tenants(tenant("b", []))]),
    ],
)
def test_reports_of_all_kinds_are_valid(census: CensusReport) -> None:
    VALIDATOR.validate(as_json(census))


def test_schema_has_the_names_of_the_code() -> None:
    defined = CONTRACT["$defs"]
    tenants, totals = defined["tenant"]["properties"], defined["tenant"]["properties"]["totals"]

    assert CONTRACT["properties"]["schema"]["const"] == SCHEMA
    assert tenants["status"]["enum"] == list(TenantStatus)
    assert list(totals["properties"]) == [field.name for field in fields(TenantTotals)]
    assert defined["health"]["required"] == [field.name for field in fields(TenantHealth)]
    assert defined["jms_queue"]["properties"]["state"]["enum"] == list(QueueState)
    assert defined["change"]["properties"]["kind"]["examples"] == list(ChangeKind)


def remove(*path: str | int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return change


def put(value: object, *path: str | int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(remove("iflows", 0, column) for column in COLUMN_NAMES),
        *(remove(name) for name in ("schema", "period", "run", "tenants", "iflows", "changes")),
        remove("run", "id"),
        remove("period", "to"),
        remove("tenants", 0, "scanned_at"),
        remove("tenants", 0, "coverage", "reason"),
        remove("tenants", 0, "totals", "messages_unattributed"),
        remove("tenants", 0, "api", "throttled"),
        put(1, "new"),
        put(1, "run", "new"),
        put(1, "period", "new"),
        put(1, "tenants", 0, "new"),
        put(1, "tenants", 0, "coverage", "new"),
        put(1, "iflows", 0, "new"),
        put("iflow-census/report/v2", "schema"),
        put("2026-13", "period", "month"),
        put(None, "period", "from"),
        put("2026-10-01T00:00:00Z", "period", "from"),
        put("2026-10-01T00:00:00.000+00:00", "run", "started_at"),
        put("failed", "run", "status"),
        put("unknown", "tenants", 0, "status"),
        put("some error", "tenants", 0, "error"),
        put(None, "tenants", 0, "scanned_at"),
        put(False, "tenants", 0, "coverage", "complete"),
        put(None, "tenants", 0, "coverage", "from"),
        put(-1, "tenants", 0, "totals", "packages"),
        put(None, "tenants", 0, "totals", "iflows"),
        put(1.5, "tenants", 0, "totals", "messages"),
        put(-0.1, "tenants", 0, "api", "seconds"),
        put("", "iflows", 0, "iflow_id"),
        put("", "iflows", 0, "package_name"),
        put("NOT EDITED", "iflows", 0, "edit_status"),
        put("yes", "iflows", 0, "deployed"),
        put(None, "iflows", 0, "orphan"),
        put("7", "iflows", 0, "messages"),
        put(None, "iflows", 0, "messages"),
        put(0, "iflows", 0, "messages"),
        put(None, "iflows", 0, "messages_failed"),
        put("UNUSED", "iflows", 0, "usage"),
        put("https://x", "iflows", 0, "endpoints"),
        put(["a", "a"], "iflows", 0, "endpoints"),
        put("https://a", "iflows", 0, "endpoints"),
        put(True, "iflows", 0, "orphan"),
        put(False, "iflows", 0, "deployed"),
        put(None, "iflows", 0, "package_id"),
        put([], "changes"),
        remove("blocked_updates"),
        remove("blocked_updates", "note"),
        put("soon", "iflows", 0, "package_update_available"),
    ],
)
def test_invalid_report_is_rejected(change: Callable[[Any], None]) -> None:
    document = as_json(report_of(DESIGNED))
    changed = copy.deepcopy(document)

    change(changed)

    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize(
    "change",
    [
        remove("tenants", 0, "health"),
        *(remove("tenants", 0, "health", part.name) for part in fields(TenantHealth)),
        put(None, "tenants", 0, "health", "data_stores", "reason"),
        put("", "tenants", 0, "health", "data_stores", "reason"),
        put(-1, "tenants", 0, "health", "user_credentials", "value"),
        put("full", "tenants", 0, "health", "jms", "value", "queues", 0, "state"),
        put(None, "tenants", 0, "health", "certificates", "value", 0, "valid_until"),
        put("", "tenants", 0, "health", "artifacts_in_error", "value", 0, "id"),
    ],
)
def test_invalid_health_is_rejected(change: Callable[[Any], None]) -> None:
    document = as_json(report(replace(tenant("prod", []), health=HEALTH)))
    changed = copy.deepcopy(document)

    change(changed)

    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize(
    "change",
    [
        remove("tenants", 0, "other_artifacts"),
        remove("tenants", 0, "other_artifacts", 1, "status"),
        put(0, "tenants", 0, "other_artifacts", 1, "count"),
        put("", "tenants", 0, "other_artifacts", 1, "type"),
        put({"VALUE_MAPPING": 1}, "tenants", 0, "other_artifacts"),
    ],
)
def test_invalid_other_artifacts_are_rejected(change: Callable[[Any], None]) -> None:
    document = as_json(report(replace(tenant("prod", []), other_artifacts=OTHER_ARTIFACTS)))
    changed = copy.deepcopy(document)

    change(changed)

    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize(
    "change",
    [
        *(remove("blocked_updates", "iflows", 0, field.name) for field in fields(BlockedUpdate)),
        put("", "blocked_updates", "iflows", 0, "iflow_id"),
        put(-1, "blocked_updates", "iflows", 0, "messages"),
    ],
)
def test_invalid_blocked_update_is_rejected(change: Callable[[Any], None]) -> None:
    document = as_json(report_of(replace(DESIGNED, package_update_available=True)))
    changed = copy.deepcopy(document)

    change(changed)

    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize(
    "change",
    [
        put(1, "tenants", 0, "totals", "new"),
        put(1, "tenants", 0, "api", "new"),
        put({"anything": [1]}, "changes"),
    ],
)
def test_figures_and_changes_may_be_added_in_v1(change: Callable[[Any], None]) -> None:
    document = as_json(report_of(DESIGNED))

    change(document)

    VALIDATOR.validate(document)


TEXTS = st.none() | st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=20)
MOMENTS = st.none() | st.datetimes(timezones=st.just(SCANNED.tzinfo))


@settings(max_examples=60)
@given(
    st.builds(
        replace,
        st.sampled_from([DESIGNED, ORPHAN]),
        iflow_name=TEXTS,
        package_vendor=TEXTS,
        runtime_error=TEXTS,
        created_at=MOMENTS,
        deployed_at=MOMENTS,
        endpoints=st.lists(st.text(min_size=1, alphabet="abc:/"), unique=True).map(tuple),
    )
)
def test_any_names_and_dates_are_valid(row: IflowRow) -> None:
    error = best_match(VALIDATOR.iter_errors(as_json(report_of(row))))

    assert error is None


def test_report_is_complete_if_every_tenant_is() -> None:
    complete, partial = report(tenant("prod", [])), report(tenant("prod", []), FAILED)

    assert as_json(complete)["run"]["status"] == "complete"
    assert as_json(partial)["run"]["status"] == "partial"


def test_report_has_period_and_run() -> None:
    head = as_json(report(FAILED))

    assert head["period"] == {
        "name": "2026-10",
        "month": "2026-10",
        "from": "2026-10-01T00:00:00.000Z",
        "to": "2026-11-01T00:00:00.000Z",
    }
    assert head["run"] == {
        "id": "20261101T003000Z",
        "status": "partial",
        "started_at": "2026-11-01T00:30:00.000Z",
        "finished_at": "2026-11-01T00:31:12.345Z",
        "version": "0.1.0",
    }


def test_tenant_has_coverage_totals_and_api_figures() -> None:
    (prod,) = as_json(report(tenant("prod", [DESIGNED])))["tenants"]

    assert prod["scanned_at"] == "2026-11-01T00:31:12.345Z"
    assert prod["coverage"] == {
        "from": "2026-10-01T00:00:00.000Z",
        "to": "2026-11-01T00:00:00.000Z",
        "complete": True,
        "percent": 100,
        "reason": None,
    }
    assert prod["totals"]["messages_unattributed"] == 2
    assert prod["other_artifacts"] is None
    assert prod["api"] == {"requests": 10, "retries": 2, "throttled": 1, "seconds": 1.235}
