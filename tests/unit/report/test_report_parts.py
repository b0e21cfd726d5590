"""The parts of the report beside its rows: in report.json, as warnings, and as formats."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from iflow_census.report import workbook
from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import ChangeKind
from iflow_census.report.formats import FORMATS, documents
from iflow_census.report.html import render_html
from iflow_census.report.labels import CHANGE_LABELS, warnings
from iflow_census.report.tables import render_json
from iflow_census.report.xlsx import render_xlsx
from iflow_census.scan.results import Coverage, TenantStatus
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import BARE, DESIGNED, FAILED, OCTOBER, ORPHAN, report, tenant

CONTRACT = json.loads(
    (Path(__file__).parents[3] / "docs" / "report-v1.schema.json").read_text(encoding="utf-8")
)
SHORT = Coverage(OCTOBER.start + timedelta(days=1), OCTOBER.end, complete=False, reason="gone")


@pytest.mark.parametrize(
    "made",
    [
        sample_report(),
        october([DESIGNED, BARE, ORPHAN], earlier(replace(DESIGNED, iflow_version="1"), ORPHAN)),
        replace(report(tenant("a", []), FAILED), earlier=[of_tenants(tenant("b", []))]),
        report(replace(tenant("prod", []), messages_per_day=[None, *range(30)])),
        replace(report(), warnings=["something"]),
    ],
)
def test_reports_with_all_their_parts_are_as_the_schema_says(made: CensusReport) -> None:
    Draft202012Validator(CONTRACT).validate(json.loads(render_json(made)))


def test_the_schema_and_the_documents_know_every_kind_of_change() -> None:
    assert CONTRACT["$defs"]["change"]["properties"]["kind"]["examples"] == list(ChangeKind)
    assert list(CHANGE_LABELS) == list(ChangeKind)


def test_the_formats_and_files_are_those_of_the_contract() -> None:
    made = list(documents(october([DESIGNED]), list(FORMATS)))

    assert {one.format: one.file for one in made} == {
        "csv": "report.csv",
        "json": "report.json",
        "jsonl": "report.jsonl",
        "html": "report.html",
        "xlsx": "report.xlsx",
        "classic-csv": "classic.csv",
        "classic-json": "classic.json",
    }
    assert {one.rows for one in made} == {1}


def test_a_tenant_that_is_whole_is_warned_of_by_nobody() -> None:
    assert warnings(report(tenant("prod", [DESIGNED]))) == []


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"coverage": SHORT}, "prod: the message counts do not cover the whole month (gone)."),
        ({"coverage": replace(SHORT, complete=True)}, "prod: gone."),
        (
            {"status": TenantStatus.PARTIAL, "error": "packages: no answer"},
            "prod: the last scan failed; its figures are of 2026-11-01 00:31 UTC. packages:",
        ),
        ({"scanned_at": None, "status": TenantStatus.PARTIAL}, "prod: the scan is not finished"),
    ],
)
def test_what_is_missing_of_a_tenant_is_warned_of(changes: dict[str, object], warning: str) -> None:
    made = report(replace(tenant("prod", [DESIGNED]), **changes))  # type: ignore[arg-type]

    (told,) = warnings(made)

    assert told.startswith(warning)
    assert told.partition(" ")[0] in render_html(made).decode()


def test_an_iflow_that_is_gone_stands_among_the_changes_of_the_page() -> None:
    page = render_html(october([], earlier(DESIGNED))).decode()

    assert '<span class="kind removed">Removed</span>' in page


def test_a_failed_share_that_is_not_known_on_both_sides_has_no_difference() -> None:
    uncounted = tenant("prod", [])
    uncounted = replace(uncounted, totals=replace(uncounted.totals, messages=None))

    page = render_html(
        replace(report(tenant("prod", [])), earlier=[of_tenants(uncounted)])
    ).decode()

    assert " points<" not in page


def test_a_sheet_ends_where_excel_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1)
    one, two = (report(tenant("prod", [BARE] * count)) for count in (1, 2))

    assert abs(len(render_xlsx(one)) - len(render_xlsx(two))) < 100
