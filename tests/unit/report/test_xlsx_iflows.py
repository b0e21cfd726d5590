"""The sheet iFlows of report.xlsx, and what of it and of other wide sheets is printed."""

import io
from dataclasses import replace
from datetime import datetime

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from iflow_census.report import connections as connections_sheet
from iflow_census.report.columns import COLUMN_LABELS
from iflow_census.report.xlsx import render_xlsx
from iflow_census.report.xlsx_iflows import PRINTED
from iflow_census.scan.anatomy.connections import find_connections
from iflow_census.scan.readings import Reading
from tests.unit.report.examples import BARE, DESIGNED, report, report_of, tenant
from tests.unit.report.test_connections import CHANNELS
from tests.unit.scan.anatomy.models import read


def test_only_columns_that_are_readable_on_paper_are_printed() -> None:
    book = load_workbook(io.BytesIO(render_xlsx(report_of(DESIGNED, BARE))))

    assert book["iFlows"].print_area == "'iFlows'!$A$1:$L$4"
    assert [cell.value for cell in book["iFlows"]["A1:L1"][0]] == [
        COLUMN_LABELS[name] for name in PRINTED
    ]
    for name in ("To do", "iFlows", "Tenants", "Unused"):
        printed = book[name][book[name].print_area.partition("!")[2]]
        widths = [book[name].column_dimensions[cell.column_letter].width for cell in printed[0]]
        assert sum(widths) <= 226
    last_printed = {
        name: book[name][book[name].print_area.partition("!")[2]][0][-1].value
        for name in ("Tenants", "Unused")
    }
    assert last_printed == {"Tenants": "At level ERROR", "Unused": "Due"}


def test_times_are_not_replaced_by_signs_of_a_narrow_column() -> None:
    sheet = load_workbook(io.BytesIO(render_xlsx(report_of(DESIGNED))))["iFlows"]

    cells = next(sheet.iter_rows(min_row=2, max_row=2, values_only=True))
    times = [
        get_column_letter(position)
        for position, value in enumerate(cells, start=1)
        if isinstance(value, datetime)
    ]

    assert len(times) > 3
    assert {sheet.column_dimensions[letter].width >= 20 for letter in times} == {True}


def test_last_message_links_to_its_page_in_sap() -> None:
    url = "https://acme.example/message"
    linked = replace(DESIGNED, last_message_url=url)

    sheet = load_workbook(io.BytesIO(render_xlsx(report_of(linked, DESIGNED))))["iFlows"]

    (column,) = (cell.column_letter for cell in sheet[1] if cell.value == "Last message in SAP")
    assert sheet[f"{column}2"].hyperlink.target == url
    links = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert [cell.coordinate for cell in links] == [f"{column}2"]


def test_connections_are_printed_up_to_their_address() -> None:
    connections = find_connections([DESIGNED], {"Flow": Reading(read(CHANNELS))})
    prod = replace(tenant("prod", [DESIGNED]), connections=connections)

    sheet = load_workbook(io.BytesIO(render_xlsx(report(prod))))["Connections"]

    assert sheet.freeze_panes == "B2"
    assert sheet.print_area == "'Connections'!$A$1:$G$4"
    assert [cell.value for cell in sheet[1]][:7] == ["iFlow", *connections_sheet.PRINTED]
