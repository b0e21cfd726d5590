"""report.html: one file that asks nobody for anything."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from iflow_census.report.census_report import CensusReport, plain
from iflow_census.report.changes import Changes, Moved
from iflow_census.report.chart_data import busiest, failed_share, history, most_unused
from iflow_census.report.columns import COLUMN_LABELS, columns_of
from iflow_census.report.findings import Unused, UnusedIflow
from iflow_census.report.labels import (
    CHANGE_LABELS,
    HEALTH_COUNTS,
    HEALTH_LABELS,
    HOW_COUNTED,
    NOT_KNOWN,
    change_text,
    megabytes,
    minute,
    number,
    value_text,
    warnings,
)
from iflow_census.scan.results import TenantResult

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"

LIST_LIMIT = 250
"""Rows of the lists above the table; all of them are in report.xlsx and report.json."""

TREND = (
    ("iflows", "iFlows"),
    ("edited", "Edited"),
    ("unused", "Unused"),
    ("messages", "Messages"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a tenant and how it moved; `link` shows its iFlows in the table."""

    label: str
    value: str
    delta: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a picture: what it is of, and how high it is, 0 to 1; None for no figure."""

    label: str
    text: str
    height: float | None


def report_html(report: CensusReport) -> bytes:
    """report.html: everything in one file, with a policy that lets it load nothing."""
    from markupsafe import Markup  # noqa: PLC0415 - kept out of the Lambda's start

    style, script = _part("report.css"), _part("report.js")
    changes, unused = report.changes(), report.unused()
    text = _template().render(
        report=report,
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        policy=_policy(style, script),
        data=Markup(_data(report, changes, unused)),  # noqa: S704 - escaped by `inert_json`
        warnings=warnings(report),
        tenants=[(tenant, _figures(tenant, changes)) for tenant in report.tenants],
        changes=changes,
        change_labels=CHANGE_LABELS,
        unused=unused,
        landscape=report.landscape(),
        sap=report.edited_sap_content(),
        busiest=busiest(report),
        packages=most_unused(report),
        days=_days(report),
        months=_months(report),
        health_labels=HEALTH_LABELS,
        health_counts=HEALTH_COUNTS,
        how_counted=HOW_COUNTED,
        limit=LIST_LIMIT,
        number=number,
        minute=minute,
        megabytes=megabytes,
        value_text=value_text,
        column_labels=COLUMN_LABELS,
        view=view,
    )
    # A lone surrogate is in no text that SAP should send, and in no file that a browser can read.
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
def _part(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def view(**filters: str) -> str:
    """A link to a view of the table: "#tenant=prod&usage=UNUSED"."""
    return "#" + urlencode(filters)


def inert_json(content: object) -> str:
    """JSON that ends no script element, begins no comment, and holds nothing but ASCII."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(report: CensusReport, changes: Changes, unused: Unused) -> str:
    rows = report.rows
    places = {(row.tenant, row.iflow_id): place for place, row in enumerate(rows)}
    notes: dict[int, list[str]] = {}
    for change in changes.iflows:
        place = places.get((change.tenant, change.iflow_id))
        if place is not None:
            notes.setdefault(place, []).append(change_text(change))
    return inert_json(
        {
            "rows": len(rows),
            "columns": [
                {
                    "name": column.name,
                    "label": column.label,
                    "kind": column.type.kind,
                    "fullWidth": column.full_width,
                    "searchable": column.searchable,
                    "values": _packed([plain(getattr(row, column.name)) for row in rows]),
                }
                for column in columns_of("html")
            ],
            "changes": notes,
            "unused": {places[one.tenant, one.iflow_id]: _since(one) for one in unused.iflows},
        }
    )


def _since(iflow: UnusedIflow) -> str:
    return ("" if iflow.since_is_known else "at least ") + iflow.unused_since


def _packed(values: Sequence[Any]) -> Any:
    """A column; one of few different values as these and where each row's stands."""
    if any(isinstance(value, list) for value in values):
        return values
    different: dict[tuple[type, Any], int] = {}
    at = [different.setdefault((type(value), value), len(different)) for value in values]
    if len(different) * 2 > len(values):
        return values
    return {"of": [value for _, value in different], "at": at}


def _figures(tenant: TenantResult, changes: Changes) -> Sequence[Figure]:
    totals = tenant.totals
    compared = next((one for one in changes.tenants if one.name == tenant.name), None)
    then = compared.totals if compared else {}
    counted = then if compared and compared.whole else {}

    def figure(label: str, column: str, delta: str | None, **filters: str) -> Figure:
        link = view(tenant=tenant.name, **filters) if filters or column == "iflows" else None
        return Figure(label, number(getattr(totals, column)), delta, link)

    unused = _delta(counted.get("unused")) if tenant.coverage.complete else "not judged"
    return [
        figure("iFlows", "iflows", _delta(then.get("iflows"))),
        figure("Deployed", "deployed", _delta(then.get("deployed")), deployed="yes"),
        figure("Edited", "edited", _delta(then.get("edited")), edited="EDITED"),
        figure("Unused", "unused", unused, usage="UNUSED"),
        figure("Orphans", "orphans", _delta(then.get("orphans")), orphan="yes"),
        figure("Messages", "messages", _delta(counted.get("messages"))),
        Figure(
            "Failed",
            _percent(failed_share(totals.messages, totals.messages_failed)),
            _share_delta(then),
            view(tenant=tenant.name, failing="yes"),
        ),
    ]


def _percent(share: float | None) -> str:
    return NOT_KNOWN if share is None else f"{100 * share:.1f} %"


def _delta(moved: Moved | None) -> str | None:
    if moved is None or moved.before is None or moved.after is None:
        return None
    return _signed(moved.after - moved.before, "{:,}")


def _share_delta(then: Mapping[str, Moved]) -> str | None:
    if not then:
        return None
    before = failed_share(then["messages"].before, then["messages_failed"].before)
    after = failed_share(then["messages"].after, then["messages_failed"].after)
    if before is None or after is None:
        return None
    return _signed(round(100 * (after - before), 1), "{:.1f} points")


def _signed(difference: float, pattern: str) -> str:
    if difference == 0:
        return "±0"
    return ("+" if difference > 0 else "\N{MINUS SIGN}") + pattern.format(abs(difference))


def _days(report: CensusReport) -> Sequence[tuple[str, Sequence[Bar]]]:
    """The pictures of the days, all of one scale per tenant."""
    return [
        (
            tenant.name,
            _bars(
                [
                    (f"{report.month}-{day:02d}", count)
                    for day, count in enumerate(tenant.messages_per_day, start=1)
                ]
            ),
        )
        for tenant in report.tenants
        if tenant.messages_per_day
    ]


def _months(report: CensusReport) -> Sequence[tuple[str, Sequence[tuple[str, Sequence[Bar]]]]]:
    """Per tenant a picture of each total, over the months; empty before there is a second month."""
    told = []
    for name, months in history(report).items():
        if sum(one.totals is not None for one in months) > 1:
            pictures = [
                (label, _bars([(str(one.month), one.total(column)) for one in months]))
                for column, label in TREND
            ]
            told.append((name, pictures))
    return told


def _bars(figures: Sequence[tuple[str, int | None]]) -> Sequence[Bar]:
    highest = max((count for _, count in figures if count is not None), default=0) or 1
    return [
        Bar(label, number(count), None if count is None else count / highest)
        for label, count in figures
    ]
