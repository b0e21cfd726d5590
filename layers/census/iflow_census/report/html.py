"""report.html: one file that loads nothing from elsewhere."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from iflow_census.report.census_report import CensusReport, to_json
from iflow_census.report.changes import Changes, TotalChange
from iflow_census.report.chart_data import (
    TOP,
    busiest_iflows,
    day_labels,
    failed_share,
    packages_by_unused,
)
from iflow_census.report.columns import COLUMN_LABELS, columns_of
from iflow_census.report.findings import Unused
from iflow_census.report.labels import (
    CHANGE_LABELS,
    HEALTH_COUNTS,
    HEALTH_LABELS,
    HOW_COUNTED,
    OTHER_ARTIFACTS,
    UNKNOWN,
    describe_change,
    format_count,
    format_megabytes,
    format_minute,
    format_since,
    format_value,
    list_warnings,
)
from iflow_census.scan.period import Month, Period
from iflow_census.scan.results import TenantResult

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"

LIST_LIMIT = 250
"""Rows of the lists above the table; report.xlsx and report.json have all of them."""

TRENDS = (
    ("iflows", "iFlows"),
    ("edited", "Edited"),
    ("unused", "Unused"),
    ("messages", "Messages"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a tenant and its change; `link` filters the table to its iFlows."""

    label: str
    value: str
    delta: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart; its height is 0 to 1, or None if the figure is unknown."""

    label: str
    text: str
    height: float | None


def render_html(report: CensusReport) -> bytes:
    """Render report.html, with a content security policy that forbids all requests."""
    from markupsafe import Markup  # noqa: PLC0415 - not needed when the Lambda starts

    style, script = _read_template("report.css"), _read_template("report.js")
    changes, unused = report.changes(), report.unused()
    text = _template().render(
        report=report,
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        policy=_content_security_policy(style, script),
        data=Markup(_table_data(report, changes, unused)),  # noqa: S704 - from escape_json
        worklist=report.worklist(),
        warnings=list_warnings(report),
        tenants=[(tenant, _figures(tenant, changes)) for tenant in report.tenants],
        changes=changes,
        change_labels=CHANGE_LABELS,
        unused=unused,
        cross_tenant=report.cross_tenant(),
        sap=report.edited_sap_content(),
        blocked=report.blocked_updates(),
        busiest=busiest_iflows(report),
        packages=packages_by_unused(report),
        days=_days(report),
        months=_months(report),
        title=_title(report.period),
        is_month=isinstance(report.period, Month),
        health_labels=HEALTH_LABELS,
        health_counts=HEALTH_COUNTS,
        other_artifacts=OTHER_ARTIFACTS,
        how_counted=HOW_COUNTED,
        limit=LIST_LIMIT,
        top=TOP,
        count=format_count,
        minute=format_minute,
        megabytes=format_megabytes,
        format_value=format_value,
        column_labels=COLUMN_LABELS,
        filter_link=filter_link,
    )
    # SAP should not send lone surrogates, and a file in UTF-8 cannot contain them.
    return text.encode(errors="replace")


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")


@cache
def _read_template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _content_security_policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def filter_link(**filters: str) -> str:
    """Return a link that filters the table: "#tenant=prod&usage=UNUSED"."""
    return "#" + urlencode(filters)


def escape_json(content: object) -> str:
    """Render JSON in ASCII that can neither end a script element nor start a comment."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _table_data(report: CensusReport, changes: Changes, unused: Unused) -> str:
    rows = report.rows
    positions = {(row.tenant, row.iflow_id): position for position, row in enumerate(rows)}
    notes: dict[int, list[str]] = {}
    for change in changes.iflows:
        position = positions.get((change.tenant, change.iflow_id))
        if position is not None:
            notes.setdefault(position, []).append(describe_change(change))
    return escape_json(
        {
            "rows": len(rows),
            "columns": [
                {
                    "name": column.name,
                    "label": column.label,
                    "kind": column.type.kind,
                    "fullWidth": column.full_width,
                    "searchable": column.searchable,
                    "values": _compress([to_json(getattr(row, column.name)) for row in rows]),
                }
                for column in columns_of("html")
            ],
            "changes": notes,
            "unused": {
                positions[iflow.tenant, iflow.iflow_id]: format_since(iflow)
                for iflow in unused.iflows
            },
        }
    )


def _compress(values: Sequence[Any]) -> Any:
    """Replace a column with few distinct values by these values and their positions."""
    if any(isinstance(value, list) for value in values):
        return values
    distinct: dict[tuple[type, Any], int] = {}
    positions = [distinct.setdefault((type(value), value), len(distinct)) for value in values]
    if len(distinct) * 2 > len(values):
        return values
    return {"distinct": [value for _, value in distinct], "positions": positions}


def _figures(tenant: TenantResult, changes: Changes) -> Sequence[Figure]:
    totals = tenant.totals
    compared = next((entry for entry in changes.tenants if entry.name == tenant.name), None)
    deltas = compared.totals if compared else {}
    covered_deltas = deltas if compared and compared.whole else {}

    def figure(label: str, name: str, delta: str | None, **filters: str) -> Figure:
        link = filter_link(tenant=tenant.name, **filters) if filters or name == "iflows" else None
        return Figure(label, format_count(getattr(totals, name)), delta, link)

    unused = _delta(covered_deltas.get("unused")) if tenant.can_find_unused else "not determined"
    return [
        figure("iFlows", "iflows", _delta(deltas.get("iflows"))),
        figure("Deployed", "deployed", _delta(deltas.get("deployed")), deployed="yes"),
        figure("Edited", "edited", _delta(deltas.get("edited")), edited="EDITED"),
        figure("Unused", "unused", unused, usage="UNUSED"),
        figure("Orphans", "orphans", _delta(deltas.get("orphans")), orphan="yes"),
        figure("Messages", "messages", _delta(covered_deltas.get("messages"))),
        Figure(
            "Failed",
            _percent(failed_share(totals.messages, totals.messages_failed)),
            _failed_share_delta(deltas),
            filter_link(tenant=tenant.name, failing="yes"),
        ),
    ]


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def _delta(total: TotalChange | None) -> str | None:
    if total is None or total.before is None or total.after is None:
        return None
    return _signed(total.after - total.before, "{:,}")


def _failed_share_delta(deltas: Mapping[str, TotalChange]) -> str | None:
    if not deltas:
        return None
    before = failed_share(deltas["messages"].before, deltas["messages_failed"].before)
    after = failed_share(deltas["messages"].after, deltas["messages_failed"].after)
    if before is None or after is None:
        return None
    return _signed(round(100 * (after - before), 1), "{:.1f} points")


def _signed(difference: float, pattern: str) -> str:
    if difference == 0:
        return "±0"
    return ("+" if difference > 0 else "\N{MINUS SIGN}") + pattern.format(abs(difference))


def _title(period: Period) -> str:
    if isinstance(period, Month):
        return f"{period.start:%B %Y}"
    return f"Last 30 days: {period.start:%Y-%m-%d} to {period.end:%Y-%m-%d}"


def _days(report: CensusReport) -> Sequence[tuple[str, Sequence[Bar]]]:
    """Return a chart of the messages per day for each tenant that has them."""
    return [
        (
            tenant.name,
            _bars(list(zip(day_labels(report.period), tenant.messages_per_day, strict=True))),
        )
        for tenant in report.tenants
        if tenant.messages_per_day
    ]


def _months(report: CensusReport) -> Sequence[tuple[str, Sequence[tuple[str, Sequence[Bar]]]]]:
    """Return a chart of each trend for each tenant with at least two months."""
    charts = []
    for name, months in report.monthly_totals().items():
        if sum(month.totals is not None for month in months) > 1:
            trends = [
                (label, _bars([(str(month.month), month.total(total)) for month in months]))
                for total, label in TRENDS
            ]
            charts.append((name, trends))
    return charts


def _bars(figures: Sequence[tuple[str, int | None]]) -> Sequence[Bar]:
    highest = max((count for _, count in figures if count is not None), default=0) or 1
    return [
        Bar(label, format_count(count), None if count is None else count / highest)
        for label, count in figures
    ]
