"""The sheet of report.xlsx with a row per iFlow: its columns, and which of them are printed."""

from collections.abc import Callable, Mapping, Sequence

from iflow_census.report.census_report import CensusReport
from iflow_census.report.column import Column
from iflow_census.report.columns import COLUMN_LABELS, columns_of
from iflow_census.report.work_evidence import fails_often
from iflow_census.report.workbook import Cell, SheetColumn
from iflow_census.report.xlsx_links import with_name_first
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow
from iflow_census.scan.tenant_api import IN_ERROR
from iflow_census.scan.usage import Usage

PRINTED = (
    "iflow_name",
    "tenant",
    "package_name",
    "owner",
    "runtime_status",
    "usage",
    "messages",
    "messages_failed",
    "last_message_at",
    "edit_status",
    "decision",
    "decision_due",
)
"""The first columns, which are printed: what an owner asks for. All of them would be tiny."""

_TIMESTAMP_WIDTH = 20
"""In a narrower column, times are replaced by #."""


def iflow_columns(report: CensusReport) -> Sequence[SheetColumn[IflowRow]]:
    """The name, the other columns that are printed, and the rest in the order of the report."""
    columns = [_iflow_column(column) for column in columns_of("xlsx")]
    return with_name_first(columns, report, [COLUMN_LABELS[name] for name in PRINTED[1:]])


_HIGHLIGHTS: Mapping[str, Callable[[IflowRow], str | None]] = {
    "edit_status": lambda row: "edited" if row.edit_status is EditStatus.EDITED else None,
    "usage": lambda row: "unused" if row.usage is Usage.UNUSED else None,
    "messages_failed": lambda row: "failing" if fails_often(row) else None,
    "runtime_status": lambda row: "failing" if row.runtime_status == IN_ERROR else None,
}


def _iflow_column(column: Column) -> SheetColumn[IflowRow]:
    def value(row: IflowRow) -> Cell:
        cell: Cell | tuple[str, ...] = getattr(row, column.name)
        return "\n".join(cell) if isinstance(cell, tuple) else cell

    style = {"count": "number", "timestamp": "timestamp"}.get(column.type.kind, "text")
    width = _TIMESTAMP_WIDTH if style == "timestamp" else column.width
    highlight = _HIGHLIGHTS.get(column.name)
    link = (lambda row: row.last_message_url) if column.name == "last_message_url" else None
    return SheetColumn(column.label, value, width, style, highlight, link)
