"""report.xlsx, opened with openpyxl and LibreOffice."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from iflow_census.report.census_report import CensusReport
from iflow_census.report.columns import COLUMN_LABELS, COLUMN_NAMES
from iflow_census.report.xlsx import render_xlsx
from iflow_census.report.xlsx_iflows import PRINTED
from iflow_census.scan.usage import Usage
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HOSTILE_NAMES,
    ORPHAN,
    report,
    report_of,
    tenant,
)

SHEETS = [
    "Summary",
    "To do",
    "iFlows",
    "Packages",
    "Changes",
    "Tenants",
    "Unused",
    "Across tenants",
    "Edited SAP content",
    "Blocked updates",
    "Health",
]


def open_workbook(census: CensusReport) -> Workbook:
    return load_workbook(io.BytesIO(render_xlsx(census)))


SHEET_COLUMNS = [*PRINTED, *(name for name in COLUMN_NAMES if name not in PRINTED)]


def rows(census: CensusReport, sheet: str) -> list[tuple[Any, ...]]:
    return list(open_workbook(census)[sheet].iter_rows(values_only=True))


def test_all_sheets_exist_with_frozen_headers_and_filters() -> None:
    book = open_workbook(sample_report(30))

    assert book.sheetnames == SHEETS
    assert {name: book[name].freeze_panes for name in SHEETS[1:]} == {
        "To do": "B2",
        "iFlows": "B2",
        "Packages": "C2",
        "Changes": "B2",
        "Tenants": "B2",
        "Unused": "B2",
        "Across tenants": "B2",
        "Edited SAP content": "B2",
        "Blocked updates": "B2",
        "Health": "B2",
    }
    for name in SHEETS[1:]:
        (table,) = book[name].tables.values()
        header = [cell.value for cell in book[name][1]]
        assert table.ref == table.autoFilter.ref
        assert table.column_names == header
        assert book[name].print_title_rows == "$1:$1"
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
        assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
        assert str(sheet.oddFooter) == "&L&A&RPage &P of &N"


def test_file_has_month_run_and_time_of_the_report() -> None:
    properties = open_workbook(report_of(DESIGNED)).properties

    assert properties.title == "iFlow census 2026-10"
    assert str(properties.description).startswith("Run 20261101T003000Z, iflow-census ")
    assert properties.created == datetime(2026, 11, 1, 0, 31, 12)  # noqa: DTZ001


def test_cells_have_types() -> None:
    header, row = rows(report_of(DESIGNED), "iFlows")
    cells = dict(zip(SHEET_COLUMNS, row, strict=True))

    assert header == tuple(COLUMN_LABELS[name] for name in SHEET_COLUMNS)
    assert cells["created_at"] == datetime(2018, 3, 15, 12, 16, 38, 486000)  # noqa: DTZ001
    assert (cells["messages"], cells["deployed"], cells["orphan"]) == (7, True, False)
    assert cells["endpoints"] == "\n".join(DESIGNED.endpoints or ())


def test_unknown_value_is_an_empty_cell() -> None:
    _, row = rows(report_of(BARE), "iFlows")
    cells = dict(zip(SHEET_COLUMNS, row, strict=True))

    assert cells["iflow_name"] is cells["messages"] is cells["created_at"] is None


def test_edited_unused_and_failing_iflows_are_highlighted() -> None:
    failing = replace(DESIGNED, messages=20, messages_failed=2)
    unused = replace(ORPHAN, usage=Usage.UNUSED)
    sheet = open_workbook(report_of(failing, unused, DESIGNED))["iFlows"]

    def color(row: int, column: str) -> str:
        return str(sheet.cell(row, SHEET_COLUMNS.index(column) + 1).fill.fgColor.rgb)

    assert color(2, "edit_status") == "FFFDF2DC"
    assert color(2, "messages_failed") == "FFFBE9E7"
    assert color(4, "messages_failed") == "00000000"
    assert color(3, "usage") == "FFE9ECF0"
    assert color(3, "runtime_status") == "FFFBE9E7"
    assert color(3, "edit_status") == "00000000"


def test_names_are_only_text() -> None:
    rows = [
        replace(
            DESIGNED,
            package_update_available=True,
            iflow_id=name,
            iflow_name=name,
            package_name=name,
            endpoints=(name,),
        )
        for name in HOSTILE_NAMES
    ]

    book = open_workbook(october(rows, earlier()))

    cells = [book["iFlows"].cell(2 + number, 1) for number in range(len(rows))]
    assert [unescape(str(cell.value)) for cell in cells] == list(HOSTILE_NAMES)
    assert {cell.data_type for cell in cells} == {"s"}
    for sheet in book:
        for line in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in line)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.text(max_size=50))
def test_any_name_gives_a_valid_workbook(name: str) -> None:
    row = replace(DESIGNED, iflow_name=name, package_name=name, runtime_error=name)

    assert open_workbook(october([row], earlier())).sheetnames == SHEETS


def test_changes_have_values_with_types() -> None:
    quiet = replace(DESIGNED, iflow_id="Two", messages=100)
    busy = replace(quiet, messages=1000, modified_at=datetime(2026, 10, 5, tzinfo=UTC))

    changes = rows(october([DESIGNED, busy], earlier(quiet)), "Changes")[1:]

    assert [(change[1], change[4], change[5], change[7]) for change in changes] == [
        ("Edited", "Two", "Modified", datetime(2026, 10, 5)),  # noqa: DTZ001
        ("Volume changed", "Two", "Messages", 1000),
        ("New", "Flow", "Version", "1.0.3"),
    ]


def test_note_says_that_there_is_no_earlier_report() -> None:
    assert rows(report_of(DESIGNED), "Changes")[-1][0].startswith("There is no complete report")


def test_tenants_have_status_and_error() -> None:
    header, *lines = rows(report(tenant("prod", [DESIGNED]), FAILED), "Tenants")
    prod, test = (dict(zip(header, line, strict=True)) for line in lines)

    assert (prod["Tenant"], prod["Status"], prod["Error"]) == ("prod", "complete", None)
    assert (test["Tenant"], test["Status"]) == ("test", "failed")
    assert test["Error"] == "packages: GET IntegrationPackages: HTTP 403"
    assert test["Packages"] is None


def test_tenants_have_the_number_of_iflows_that_log_only_errors() -> None:
    prod = tenant("prod", [DESIGNED])
    prod = replace(prod, totals=replace(prod.totals, at_level_error=3))

    header, line = rows(report(prod), "Tenants")

    assert line[header.index("At level ERROR")] == 3


@pytest.mark.parametrize("sheet", ["Unused", "Changes"])
def test_unused_iflows_come_with_what_to_check(sheet: str) -> None:
    idle = replace(DESIGNED, usage=Usage.UNUSED, messages=0)

    *_, last = rows(october([idle], earlier(DESIGNED)), sheet)

    assert "iFlows at log level NONE write no log either" in str(last[0])


def test_blocked_updates_have_a_sheet_with_what_to_do() -> None:
    census = report_of(replace(DESIGNED, package_update_available=True), BARE)

    _, flow, *footnotes = rows(census, "Blocked updates")

    assert flow[:7] == (
        "A flow",
        "prod",
        "Package",
        "1.2.0",
        "Flow",
        "1.0.3",
        "modified after it was created",
    )
    assert flow[7:] == (datetime(2018, 3, 16, 12, 16, 38, 486000), "B", 7)  # noqa: DTZ001
    assert "copy the package again" in footnotes[1][0]


def test_packages_have_sums() -> None:
    packages = rows(report_of(DESIGNED, replace(DESIGNED, iflow_id="B"), ORPHAN), "Packages")

    assert packages[1][:2] == ("prod", "Package")
    assert packages[1][6:-1] == (2, 2, 2, 2, 0, 0, 0, 14, 2)
    assert packages[1][-1] == pytest.approx(1 / 7)
    assert packages[2][1] == "(no package)"


def test_summary_has_native_charts() -> None:
    with zipfile.ZipFile(io.BytesIO(render_xlsx(sample_report(30)))) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]

    assert len(charts) == 4


@pytest.mark.parametrize("census", [report(), report(FAILED), report(tenant("prod", []))])
def test_empty_report_is_a_valid_workbook(census: CensusReport) -> None:
    assert open_workbook(census).sheetnames == SHEETS


def test_same_report_gives_the_same_bytes() -> None:
    assert render_xlsx(sample_report(30)) == render_xlsx(sample_report(30))


WARNING, UNUSED, ERROR = "FFFDF2DC", "FFE9ECF0", "FFFBE9E7"
"""The colors behind what a reader should look at."""


def colors(census: CensusReport, sheet: str) -> dict[tuple[object, object], str]:
    """The colored cells below the header, by the first cell of their row and their header."""
    header, *lines = open_workbook(census)[sheet].iter_rows()
    return {
        (line[0].value, header[column].value): str(cell.fill.fgColor.rgb)
        for line in lines
        for column, cell in enumerate(line)
        if cell.fill.fill_type == "solid"
    }


def test_incomplete_tenant_is_highlighted() -> None:
    census = report(tenant("prod", [DESIGNED]), FAILED)

    assert colors(census, "Tenants") == {("test", "Status"): WARNING, ("test", "Error"): WARNING}


def test_headers_stand_out_and_those_of_numbers_are_on_the_right() -> None:
    (header, *_) = open_workbook(report_of(DESIGNED))["Packages"].iter_rows()

    assert all(cell.font.bold for cell in header)
    sides = {cell.value: cell.alignment.horizontal for cell in header}
    assert (sides["Package"], sides["iFlows"], sides["Failed share"]) == (None, "right", "right")


def test_changed_numbers_and_times_have_their_formats() -> None:
    quiet = replace(DESIGNED, messages=100)
    busy = replace(
        quiet, messages=1000, modified_at=datetime(2026, 10, 5, tzinfo=UTC), iflow_version="2"
    )

    _, *lines = open_workbook(october([busy], earlier(quiet)))["Changes"].iter_rows()

    assert {line[5].value: line[7].number_format for line in lines} == {
        "Modified": "yyyy-mm-dd hh:mm:ss",
        "Version": "General",
        "Messages": "#,##0",
    }


def test_unused_iflow_may_be_unused_for_longer() -> None:
    unused = replace(DESIGNED, iflow_id="A", usage=Usage.UNUSED, messages=0)
    new = replace(unused, iflow_id="B")

    _, *lines = rows(october([unused, new], earlier(unused)), "Unused")

    assert [(line[11], *line[3:7]) for line in lines if line[3]] == [
        ("A", "2026-09", True, 2, None),
        ("B", "2026-10", False, 1, None),
    ]


def test_unused_iflows_have_their_decision() -> None:
    idle = replace(
        DESIGNED,
        usage=Usage.UNUSED,
        decision="retire",
        owner="=Jane",
        decision_due="2026-11",
    )

    header, line, *_ = rows(report_of(idle), "Unused")

    start = header.index("Decision")
    assert line[start : start + 3] == ("retire", "=Jane", "2026-11")


def test_unused_iflows_have_what_starts_them_and_who_would_notice() -> None:
    idle = replace(DESIGNED, usage=Usage.UNUSED, triggers=("HTTPS /a", "Timer"), called_by=("B",))

    header, line, *_ = rows(report_of(replace(idle, undeploy_impact="calls fail: B")), "Unused")

    assert (
        dict(zip(header, line, strict=True)).items()
        >= {
            "Open endpoints": "https://tenant.example/http/a\nhttps://tenant.example/http/b",
            "Started by": "HTTPS /a\nTimer",
            "Called by": "B",
            "If it is undeployed": "calls fail: B",
        }.items()
    )
