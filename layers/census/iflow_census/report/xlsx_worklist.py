"""The sheet of report.xlsx with the worklist: all of it, a line per entry."""

from collections.abc import Iterator, Sequence

from iflow_census.report.census_report import CensusReport
from iflow_census.report.work_evidence import WorkEntry
from iflow_census.report.workbook import SheetColumn
from iflow_census.report.worklist import WorkItem

Line = tuple[WorkItem, WorkEntry]

PRINTED = 7
"""The first columns, which are printed."""

WORKLIST_COLUMNS: Sequence[SheetColumn[Line]] = (
    SheetColumn("Rank", lambda line: line[0].rank, 8, "number"),
    SheetColumn("Tenant", lambda line: line[0].tenant, 14),
    SheetColumn("Environment", lambda line: line[0].environment, 14),
    SheetColumn("What is wrong", lambda line: line[0].title, 38),
    SheetColumn("Name", lambda line: line[1].name, 38),
    SheetColumn("Evidence", lambda line: line[1].evidence, 50, "wrapped"),
    SheetColumn("What to do", lambda line: line[0].action, 60, "wrapped"),
    SheetColumn("iFlow id", lambda line: line[1].iflow_id, 38),
    SheetColumn(
        "Page in SAP",
        lambda line: "open" if line[1].url else None,
        12,
        link=lambda line: line[1].url,
    ),
)


def worklist_lines(report: CensusReport) -> Iterator[Line]:
    """Return each entry with its item, the most important first."""
    for item in report.worklist(max_items=None, max_entries=None).items:
        for entry in item.entries:
            yield item, entry
