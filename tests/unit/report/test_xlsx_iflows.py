"""The sheet iFlows of report.xlsx, and what of it and of other wide sheets is printed."""

import io

from openpyxl import load_workbook

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
    for name in ("iFlows", "Tenants", "Unused"):
        printed = book[name][book[name].print_area.partition("!")[2]]
        widths = [book[name].column_dimensions[cell.column_letter].width for cell in printed[0]]
        assert sum(widths) <= 240
