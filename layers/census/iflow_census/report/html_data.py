"""The rows in report.html: JSON that the page's script reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

from iflow_census.report.census_report import CensusReport, to_json
from iflow_census.report.changes import Changes
from iflow_census.report.columns import columns_of
from iflow_census.report.findings import Unused
from iflow_census.report.labels import describe_change, format_since
from iflow_census.report.relevance import select_rows
from iflow_census.report.trend import NOT_COUNTED, TREND_MONTHS
from iflow_census.report.work_evidence import fails_often
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow
from iflow_census.scan.tenant_api import IN_ERROR
from iflow_census.scan.web_ui import design_page, messages_page


def escape_json(content: object) -> str:
    """Render JSON in ASCII that can neither end a script element nor start a comment."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def table_data(
    report: CensusReport, changes: Changes, unused: Unused, selected: Sequence[bool]
) -> Iterator[str]:
    """Render the rows column by column, with what else the details of an iFlow show.

    Rows are named by their position. `history` has the messages of earlier months, oldest first;
    `pages` the addresses in each tenant's web UI with the placeholders of `_pages`.

    Args:
        report: the report.
        changes: its changes.
        unused: its unused iFlows.
        selected: for each row of the report, whether it is in the page.
    """
    columns = columns_of("html")
    values: list[list[Any]] = [[] for _ in columns]
    positions: dict[tuple[str, str], int] = {}
    failing = []
    for position, row in enumerate(select_rows(report, selected)):
        positions[row.tenant, row.iflow_id] = position
        if is_failing(row):
            failing.append(position)
        for column, cells in zip(columns, values, strict=True):
            cells.append(to_json(getattr(row, column.name)))
    notes: dict[int, list[str]] = {}
    for change in changes.iflows:
        noted = positions.get((change.tenant, change.iflow_id))
        if noted is not None:
            notes.setdefault(noted, []).append(describe_change(change))
    yield '{"columns":['
    for number, column in enumerate(columns):
        content = {
            "name": column.name,
            "label": column.label,
            "kind": column.type.kind,
            "fullWidth": column.full_width,
            "searchable": column.searchable,
            "values": _compress(values[number]),
        }
        values[number] = []
        yield ("," if number else "") + escape_json(content)
    others = {
        "rows": len(positions),
        "tenants": [tenant.name for tenant in report.production_first],
        "file": f"iflows-{report.period}.csv",
        "month": str(report.period),
        "failing": failing,
        "changes": notes,
        "unused": {
            positions[key]: format_since(iflow)
            for iflow in unused.iflows
            if (key := (iflow.tenant, iflow.iflow_id)) in positions
        },
        "history": _history(report, selected),
        "pages": _pages(report),
    }
    yield "]," + escape_json(others).removeprefix("{")


def is_failing(row: IflowRow) -> bool:
    """Whether an iFlow is in error, or so many of its messages failed that it is no accident."""
    return row.runtime_status == IN_ERROR or fails_often(row)


def _history(report: CensusReport, selected: Sequence[bool]) -> Sequence[Mapping[str, Any]]:
    """The messages of all rows in each earlier month, oldest first; none without such months."""
    if not isinstance(report.period, Month) or not report.earlier:
        return []
    monthly = report.monthly_messages()
    history: list[Mapping[str, Any]] = []
    month = report.period
    for age in range(1, TREND_MONTHS):
        month = month.previous()
        counts = (
            None if count == NOT_COUNTED else count
            for tenant in report.tenants
            for count in monthly[tenant.name][-age]
        )
        history.insert(
            0, {"month": str(month), "messages": _compress(list(compress(counts, selected)))}
        )
    return history


def _pages(report: CensusReport) -> Mapping[str, Sequence[str | None]]:
    """The addresses of an iFlow's design and messages, for the placeholders {package}, {iflow}.

    The script puts the encoded ids in the place of the encoded placeholders.
    """
    return {
        tenant.name: [
            design_page(tenant.profile.web_url, "{package}", "{iflow}"),
            messages_page(tenant.profile.web_url, "{iflow}"),
        ]
        for tenant in report.tenants
        if tenant.profile.web_url is not None
    }


def _compress(values: Sequence[Any]) -> Any:
    """Replace a column with few distinct values by these values and their positions."""
    if any(isinstance(value, list) for value in values):
        return values
    distinct: dict[tuple[type, Any], int] = {}
    positions = [distinct.setdefault((type(value), value), len(distinct)) for value in values]
    if len(distinct) * 2 > len(values):
        return values
    return {"distinct": [value for _, value in distinct], "positions": positions}
