"""The sheet iFlows of report.xlsx, and what of it and of other wide sheets is printed."""

import io
from datetime import datetime

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from iflow_census.report.columns import COLUMN_LABELS
from iflow_census.report.xlsx import render_xlsx
from iflow_census.report.xlsx_iflows import PRINTED
from tests.unit.report.examples import BARE, DESIGNED, report_of


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
