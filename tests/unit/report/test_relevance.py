"""What documents for people show of a very large report."""

import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from iflow_census.report import relevance
from iflow_census.report.chart_data import TOP, packages_by_unused
from iflow_census.report.html import render_html
from iflow_census.report.relevance import (
    MAX_COMPARED,
    busiest_tenants,
    describe_omitted,
    relevant_rows,
    select_rows,
)
from iflow_census.report.xlsx import render_xlsx
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.examples import BARE, DESIGNED, ORPHAN, report, report_of, tenant

CALM = replace(DESIGNED, messages_failed=0, draft=False)
ROWS = [
    replace(BARE, iflow_id="idle"),
    replace(CALM, iflow_id="quiet", messages=1),
    replace(CALM, iflow_id="busy", messages=900),
    replace(CALM, iflow_id="unused", messages=0, usage=Usage.UNUSED),
    replace(ORPHAN, iflow_id="orphan"),
]


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (5, ["idle", "quiet", "busy", "unused", "orphan"]),
        (4, ["quiet", "busy", "unused", "orphan"]),
        (3, ["busy", "unused", "orphan"]),
        (2, ["unused", "orphan"]),
    ],
)
def test_most_relevant_rows_keep_their_order(limit: int, shown: list[str]) -> None:
    census = report_of(*ROWS)

    rows = select_rows(census, relevant_rows(census, limit))

    assert [row.iflow_id for row in rows] == shown


@pytest.mark.parametrize(
    "row",
    [
        replace(CALM, usage=Usage.UNUSED),
        replace(CALM, orphan=True),
        replace(CALM, draft=True),
        replace(CALM, messages_failed=1),
        replace(CALM, runtime_status="ERROR"),
        replace(CALM, messages=2),
    ],
)
def test_row_that_needs_attention_or_is_busier_is_kept(row: IflowRow) -> None:
    census = report_of(replace(CALM, iflow_id="calm", messages=1), replace(row, iflow_id="kept"))

    (kept,) = select_rows(census, relevant_rows(census, 1))

    assert kept.iflow_id == "kept"


def test_row_without_a_count_is_not_as_relevant_as_one_with_messages() -> None:
    rows = [replace(CALM, messages=count) for count in (None, 1)]
    census = report_of(*rows)

    assert relevant_rows(census, 1) == [False, True]


def test_only_omitted_rows_are_described() -> None:
    census = report_of(*ROWS)

    note = describe_omitted(census, relevant_rows(census, 2))

    assert note is not None
    assert note.startswith("Shows 2 of 5 iFlows")
    assert describe_omitted(census, relevant_rows(census)) is None


def test_page_and_workbook_say_what_they_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relevance.relevant_rows, "__defaults__", (2,))
    census = report_of(*ROWS)

    page = render_html(census).decode()
    sheet = load_workbook(BytesIO(render_xlsx(census)), read_only=True)["iFlows"]

    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "Shows 2 of 5 iFlows" in page
    (data,) = re.findall(r'id="data">(.*?)</script>', page)
    assert json.loads(data)["rows"] == 2
    assert any(str(cell).startswith("Shows 2 of 5 iFlows") for cell in cells)
    assert {"unused", "orphan"} <= set(cells)
    assert "busy" not in cells


def test_many_tenants_are_not_compared_side_by_side() -> None:
    tenants = [tenant(f"t{number:02}", [DESIGNED]) for number in range(MAX_COMPARED + 2)]
    tenants[0] = replace(tenants[0], iflows=[replace(tenants[0].iflows[0], iflow_version="2")])

    page = render_html(report(*tenants)).decode()

    assert "t11 and 2 more" in page


def test_charts_are_of_the_busiest_tenants() -> None:
    tenants = [tenant(f"t{number:02}", []) for number in range(TOP + 1)]
    for number in range(TOP + 1):
        totals = replace(tenants[number].totals, messages=None if number == 3 else 1)
        tenants[number] = replace(tenants[number], totals=totals)

    busiest = busiest_tenants(report(*tenants))

    assert len(busiest) == TOP
    assert "t03" not in busiest


def test_what_is_cut_is_not_production_that_sorts_last() -> None:
    rows = [replace(CALM, messages=0, usage=Usage.UNUSED)]
    prod = replace(tenant("z", rows), profile=TenantProfile(Environment.PRODUCTION))
    census = report(tenant("a", rows), tenant("b", rows), prod)

    assert [row.tenant for row in select_rows(census, relevant_rows(census, 1))] == ["z"]
    assert [package.tenant for package in packages_by_unused(census)] == ["z", "a", "b"]
