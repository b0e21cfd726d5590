"""Output of `report todo`, `diff` and `unused`: two lines per entry for people, and CSV.

Text from a report is limited to one line without control characters, because other people wrote it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from iflow_census.cli.report_output import print_incomplete_tenants
from iflow_census.cli.tables import Cell, name_cell, print_table
from iflow_census.errors import one_line
from iflow_census.report.census_report import to_json
from iflow_census.report.changes import Change, Changes, TenantChanges, TotalChange
from iflow_census.report.findings import Unused, UnusedIflow
from iflow_census.report.labels import (
    CHANGE_LABELS,
    UNKNOWN,
    describe_change,
    format_count,
    format_since,
)
from iflow_census.report.tables import render_records
from iflow_census.report.work_evidence import WorkEntry
from iflow_census.report.worklist import MAX_ENTRIES, Worklist
from iflow_census.scan.decisions import describe_decision
from iflow_census.scan.period import LAST_30_DAYS
from iflow_census.store.report_reader import PublishedReport

MIN_WIDTH = 30
"""Columns of a terminal below which lines are not wrapped any shorter."""

MAX_NAME = 50
"""Characters of a name in the worklist, so that its evidence is on the same line or the next."""


def print_worklist(
    console: Console, report: PublishedReport, worklist: Worklist, limit: int
) -> None:
    """Print each item with what to do, and a line for each of its first entries."""
    items = worklist.items
    _print_title(console, f"To do in {_in_words(report.period)}" if items else "Nothing to do")
    for item in items[: limit or None]:
        environment = f" ({item.environment})" if item.environment else ""
        _print_head(console, f"{item.tenant}{environment}: {item.title}")
        _print_wrapped(console, "  ", item.action)
        shown = item.entries[: MAX_ENTRIES if limit else None]
        for entry in shown:
            name = f"{entry.name[:MAX_NAME]}…" if len(entry.name) > MAX_NAME else entry.name
            text = f"{one_line(name)}: {one_line(entry.evidence)}"
            _print_wrapped(console, "  - ", text, max_lines=2)
        _print_remaining(console, item.total - len(shown), "  ")
    _print_remaining(console, len(items) - limit if limit else 0)
    print_incomplete_tenants(report)


def print_changes(
    console: Console,
    reports: tuple[PublishedReport, PublishedReport],
    changes: Changes,
    limit: int,
) -> None:
    """Print a row for each tenant, and two lines for each iFlow that changed."""
    before, after = reports
    rows: list[Sequence[Cell]] = []
    for tenant in changes.tenants:
        totals = [_format_total(tenant.totals.get(name)) for name in ("iflows", "messages")]
        rows.append((name_cell(tenant.name), *totals, Text(one_line(_summarize(tenant)))))
    print_table(
        console,
        ("tenant", "iFlows", "messages", "changes"),
        rows,
        numbers=("iFlows", "messages"),
        title=f"From {before.period} to {after.period}",
    )
    for report in reports:
        print_incomplete_tenants(report)
    iflows = [
        list(group)
        for _, group in groupby(changes.iflows, lambda change: (change.tenant, change.iflow_id))
    ]
    for changed in iflows[: limit or None]:
        _print_head(console, _name_and_id(changed[0]))
        text = one_line(", ".join(map(describe_change, changed)))
        _print_wrapped(console, "  ", text, max_lines=1)
    _print_remaining(console, len(iflows) - limit if limit else 0)


def print_unused(console: Console, report: PublishedReport, unused: Unused, limit: int) -> None:
    """Print two lines for each unused iFlow, those of production first."""
    if unused.iflows:
        _print_title(console, f"Deployed but unused in {_in_words(report.period)}")
        for iflow in unused.iflows[: limit or None]:
            _print_head(console, _name_and_id(iflow))
            _print_wrapped(console, "  ", one_line(", ".join(_unused_details(iflow))), max_lines=1)
        _print_remaining(console, len(unused.iflows) - limit if limit else 0)
        _print_wrapped(console, "", unused.note)
    else:
        console.print(f"No deployed iFlow is known to be unused in {_in_words(report.period)}.")
    count = len(unused.months)
    console.print(
        f"Based on {count} reports, {unused.months[-1]} to {unused.months[0]}."
        if count > 1
        else "Based on 1 report."
    )
    if unused.not_judged:
        counts = ", ".join(f"{count:,} in {tenant}" for tenant, count in unused.not_judged.items())
        text = f"Deployed, but usage unknown (see usage_reason): {counts}"
        _print_wrapped(console, "", one_line(text))
    print_incomplete_tenants(report)


def worklist_csv(worklist: Worklist) -> bytes:
    """Return a row for each entry of the items."""
    own = ("tenant", "environment", "kind", "title", "action")
    entries = [field.name for field in fields(WorkEntry)]
    records = (
        {**{name: getattr(item, name) for name in own}, **to_json(entry)}
        for item in worklist.items
        for entry in item.entries
    )
    return render_records([*own, *entries], records)


def changes_csv(changes: Changes) -> bytes:
    """Return a row for each change."""
    return _render(Change, changes.iflows)


def unused_csv(unused: Unused) -> bytes:
    """Return a row for each unused iFlow."""
    return _render(UnusedIflow, unused.iflows)


def _render(kind: type[Change | UnusedIflow], iflows: Iterable[Change | UnusedIflow]) -> bytes:
    return render_records([field.name for field in fields(kind)], map(to_json, iflows))


def _unused_details(iflow: UnusedIflow) -> Iterator[str]:
    yield f"since {format_since(iflow)}"
    if iflow.last_used is not None:
        yield f"last used {iflow.last_used}"
    if iflow.deployed_at is not None:
        yield f"deployed {iflow.deployed_at.astimezone(UTC):%Y-%m-%d}"
    if iflow.endpoints:
        yield f"{len(iflow.endpoints)} endpoint{'s' if len(iflow.endpoints) > 1 else ''}"
    decision = describe_decision(iflow)
    if decision:
        yield decision
    if iflow.undeploy_impact:
        yield f"if undeployed: {iflow.undeploy_impact}"
    if iflow.triggers:
        yield f"started by {', '.join(iflow.triggers)}"


def _in_words(period: str) -> str:
    return "the last 30 days" if period == LAST_30_DAYS else period


def _print_title(console: Console, title: str) -> None:
    console.print(Text(title, style="bold"), soft_wrap=True)


def _print_head(console: Console, text: str) -> None:
    """Print one line, which is cut where the terminal is too narrow."""
    console.print(name_cell(text), no_wrap=True, overflow="ellipsis")


def _print_wrapped(
    console: Console, start: str, text: str, *, max_lines: int | None = None
) -> None:
    """Print a text after `start`; its further lines are indented as far.

    What does not fit into `max_lines` is replaced by an ellipsis; --csv has all of it.
    """
    lines = wrap(
        text,
        max(console.width, MIN_WIDTH),
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_on_hyphens=False,
        max_lines=max_lines,
        placeholder=" …",
    )
    console.print(Text("\n".join(lines)))


def _print_remaining(console: Console, count: int, indent: str = "") -> None:
    if count > 0:
        console.print(f"{indent}… and {count:,} more; --limit 0 shows all")


def _name_and_id(iflow: Change | UnusedIflow) -> str:
    """Return tenant, name and id, or only the id if both are the same."""
    name = iflow.iflow_name
    if name is None or name == iflow.iflow_id:
        return f"{iflow.tenant}: {iflow.iflow_id}"
    return f"{iflow.tenant}: {name} ({iflow.iflow_id})"


def _summarize(tenant: TenantChanges) -> str:
    if not tenant.compared:
        return f"not compared: {tenant.reason}"
    counts = [
        f"{tenant.counts[kind]} {label.lower()}"
        for kind, label in CHANGE_LABELS.items()
        if tenant.counts[kind]
    ]
    note = "" if tenant.whole else "; not all messages were counted in both months"
    return (", ".join(counts) or "none") + note


def _format_total(total: TotalChange | None) -> str:
    if total is None:
        return UNKNOWN
    if total.before == total.after:
        return format_count(total.after)
    return f"{format_count(total.before)} → {format_count(total.after)}"
