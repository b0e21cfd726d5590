"""What a person and a machine see of published reports.

All text that comes from a report is made one harmless line: it was written by others.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from iflow_census.http.errors import one_line
from iflow_census.report.census_report import plain
from iflow_census.report.changes import Change, Changes, Moved, TenantChanges
from iflow_census.report.findings import Unused, UnusedIflow
from iflow_census.report.labels import CHANGE_LABELS, NOT_KNOWN, change_text, minute, number
from iflow_census.store.report_reader import PublishedFile, PublishedReport
from iflow_census.store.report_writer import COMPLETE

SHOWN = 100
"""Rows of a list of iFlows; all of them come with --json."""

LONGEST = 150
"""Characters of a name in a table; the same."""


def plain_head(report: PublishedReport) -> dict[str, Any]:
    """Which report it is, for machines."""
    return {"period": str(report.month), "run_id": report.run_id, "status": report.status}


def plain_published(report: PublishedReport) -> dict[str, Any]:
    """A line of the list, for machines."""
    return plain_head(report) | {
        "manifest": report.manifest,
        "tenants": plain(list(report.tenants)),
        "formats": list(report.files),
    }


def print_reports(console: Console, reports: Sequence[PublishedReport], place: str) -> None:
    """Print a line for each report, and what kept tenants from being complete."""
    if not reports:
        console.print(f"There is no report in {place} yet.", soft_wrap=True)
        return
    table = Table("period", "status", "run", "tenants")
    for column in ("iFlows", "messages"):
        table.add_column(column, justify="right")
    table.add_column("formats")
    for report in reports:
        table.add_row(
            str(report.month),
            report.status,
            report.run_id,
            _text(", ".join(one.name for one in report.tenants)),
            _sum(one.iflows for one in report.tenants),
            _sum(one.messages for one in report.tenants),
            ", ".join(report.files),
        )
    console.print(table)
    for report in reports:
        _print_lacking(console, report)


def print_files(
    console: Console, report: PublishedReport, folder: Path, files: Sequence[PublishedFile]
) -> None:
    """Print where each file lies."""
    console.print(f"Report of {report.month}, run {report.run_id}, {report.status}:")
    for file in files:
        console.print(f"  {folder / file.name} ({file.bytes:,} bytes)", soft_wrap=True)
    _print_lacking(console, report)


def print_problems(console: Console, problems: Sequence[str]) -> None:
    """Print what could not be used, a line for each."""
    for one in problems:
        console.print(f"iflow-census: {one_line(one)}", soft_wrap=True)


def print_changes(
    console: Console, reports: tuple[PublishedReport, PublishedReport], changes: Changes
) -> None:
    """Print a line for each tenant, and one for each thing that happened."""
    before, after = reports
    table = Table("tenant", title=f"From {before.month} to {after.month}")
    for column in ("iFlows", "messages"):
        table.add_column(column, justify="right")
    table.add_column("changes")
    for tenant in changes.tenants:
        table.add_row(_text(tenant.name), *_moves(tenant), _text(_told(tenant)))
    console.print(table)
    for report in reports:
        _print_lacking(console, report)
    if changes.iflows:
        events = Table("tenant", "iFlow", "what happened")
        for change in changes.iflows[:SHOWN]:
            events.add_row(_text(change.tenant), _named(change), _text(change_text(change)))
        console.print(events)
        _print_more(console, len(changes.iflows))


def print_unused(console: Console, report: PublishedReport, unused: Unused) -> None:
    """Print a line for each iFlow, those unused for longest first."""
    months = f"{unused.months[-1]} to {unused.months[0]}"
    reports = f"{len(unused.months)} report{'s' if len(unused.months) > 1 else ''}"
    if unused.iflows:
        table = Table("tenant", "iFlow", title=f"Deployed and not used in {report.month}")
        for column in ("since", "last used", "deployed"):
            table.add_column(column, no_wrap=True)
        table.add_column("endpoints", justify="right", no_wrap=True)
        for one in unused.iflows[:SHOWN]:
            table.add_row(
                _text(one.tenant),
                _named(one),
                _since(one),
                _text(one.last_used or NOT_KNOWN),
                minute(one.deployed_at).partition(" ")[0],
                str(len(one.endpoints)),
            )
        console.print(table)
        _print_more(console, len(unused.iflows))
    else:
        console.print(f"Nothing that is deployed was found to be unused in {report.month}.")
    console.print(f"By {reports}, {months}." if len(unused.months) > 1 else f"By {reports}.")
    for tenant, count in unused.not_judged.items():
        console.print(
            one_line(
                f"{tenant}: {count} deployed without a message are not called unused, since the "
                "counts may be short"
            ),
            soft_wrap=True,
        )
    _print_lacking(console, report)


def _print_lacking(console: Console, report: PublishedReport) -> None:
    for tenant in report.tenants:
        if tenant.status != COMPLETE:
            error = tenant.error or "no reason is given"
            line = f"{report.month}: {tenant.name} is {tenant.status}: {error}"
            console.print(one_line(line), soft_wrap=True)


def _print_more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"… and {count - SHOWN:,} more: --json has them all")


def _told(tenant: TenantChanges) -> str:
    """The changes of a tenant in few words."""
    if not tenant.compared:
        return f"not compared: {tenant.reason}"
    counts = [
        f"{tenant.counts[kind]} {label.lower()}"
        for kind, label in CHANGE_LABELS.items()
        if tenant.counts[kind]
    ]
    short = "" if tenant.whole else "; message counts are not of whole months"
    return (", ".join(counts) or "nothing") + short


def _moves(tenant: TenantChanges) -> Sequence[str]:
    return [_moved(tenant.totals.get(column)) for column in ("iflows", "messages")]


def _moved(moved: Moved | None) -> str:
    if moved is None:
        return NOT_KNOWN
    if moved.before == moved.after:
        return number(moved.after)
    return f"{number(moved.before)} → {number(moved.after)}"


def _since(iflow: UnusedIflow) -> str:
    return ("" if iflow.since_is_known else "at least ") + iflow.unused_since


def _sum(counts: Iterable[int | None]) -> str:
    known = [one for one in counts if one is not None]
    return number(sum(known) if known else None)


def _named(iflow: Change | UnusedIflow) -> Text:
    """Name and id; where they are the same, once."""
    name = iflow.iflow_name
    if name is None or name == iflow.iflow_id:
        return _text(iflow.iflow_id)
    return Text("\n", overflow="fold").join([_text(name), _text(iflow.iflow_id)])


def _text(text: str) -> Text:
    """A cell in which no markup is looked for, and that leaves room for others."""
    line = one_line(text)
    return Text(line if len(line) <= LONGEST else f"{line[:LONGEST]}…", overflow="fold")
