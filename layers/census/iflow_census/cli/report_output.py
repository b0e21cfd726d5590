"""Output of the report commands, for people and for programs.

Text from a report is limited to one line without control characters, because other people wrote it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from iflow_census.cli.tables import Cell, name_cell, print_table
from iflow_census.cli.terminal import print_error
from iflow_census.errors import one_line
from iflow_census.report.census_report import to_json
from iflow_census.report.changes import Change, Changes, TenantChanges, TotalChange
from iflow_census.report.findings import Unused, UnusedIflow
from iflow_census.report.labels import (
    CHANGE_LABELS,
    UNKNOWN,
    describe_change,
    format_count,
    format_minute,
    format_since,
)
from iflow_census.store.report_reader import PublishedFile, PublishedReport
from iflow_census.store.report_writer import COMPLETE

MAX_ROWS = 100
"""Rows of a list of iFlows; --json prints all of them."""


def report_head(report: PublishedReport) -> dict[str, Any]:
    """Return what identifies a report, for programs."""
    return {"period": report.period, "run_id": report.run_id, "status": report.status}


def report_entry(report: PublishedReport) -> dict[str, Any]:
    """Return an entry of the list of reports, for programs."""
    return report_head(report) | {
        "manifest": report.manifest,
        "tenants": to_json(list(report.tenants)),
        "formats": list(report.files),
    }


def print_reports(console: Console, reports: Sequence[PublishedReport], source: str) -> None:
    """Print a line for each report, and why tenants are incomplete."""
    if not reports:
        console.print(f"There are no reports in {source} yet.", soft_wrap=True)
        return
    rows = [
        (
            report.period,
            report.status,
            report.run_id,
            name_cell(", ".join(tenant.name for tenant in report.tenants)),
            _format_sum(tenant.iflows for tenant in report.tenants),
            _format_sum(tenant.messages for tenant in report.tenants),
            name_cell(", ".join(report.files)),
        )
        for report in reports
    ]
    columns = ("period", "status", "run", "tenants", "iFlows", "messages", "formats")
    print_table(console, columns, rows, numbers=("iFlows", "messages"))
    for report in reports:
        _print_incomplete_tenants(report)


def print_files(
    console: Console, report: PublishedReport, folder: Path, files: Sequence[PublishedFile]
) -> None:
    """Print the path and size of each file."""
    console.print(f"Report of {report.period}, run {report.run_id}, {report.status}:")
    for file in files:
        console.print(f"  {folder / file.name} ({file.bytes:,} bytes)", soft_wrap=True)
    _print_incomplete_tenants(report)


def print_problems(problems: Sequence[str]) -> None:
    """Print a line for each problem."""
    for problem in problems:
        print_error(f"iflow-census: {one_line(problem)}")


def print_changes(
    console: Console, reports: tuple[PublishedReport, PublishedReport], changes: Changes
) -> None:
    """Print a line for each tenant, and a line for each change of an iFlow."""
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
        _print_incomplete_tenants(report)
    if changes.iflows:
        events = [
            (
                name_cell(change.tenant),
                _name_and_id(change),
                Text(one_line(describe_change(change))),
            )
            for change in changes.iflows[:MAX_ROWS]
        ]
        print_table(console, ("tenant", "iFlow", "change"), events)
        _print_remaining(console, len(changes.iflows))


def print_unused(console: Console, report: PublishedReport, unused: Unused) -> None:
    """Print a line for each unused iFlow, those unused for longest first."""
    if unused.iflows:
        rows = [
            (
                name_cell(iflow.tenant),
                _name_and_id(iflow),
                format_since(iflow),
                iflow.last_used or UNKNOWN,
                format_minute(iflow.deployed_at).partition(" ")[0],
                UNKNOWN if iflow.endpoints is None else str(len(iflow.endpoints)),
            )
            for iflow in unused.iflows[:MAX_ROWS]
        ]
        print_table(
            console,
            ("tenant", "iFlow", "since", "last used", "deployed", "endpoints"),
            rows,
            numbers=("endpoints",),
            title=f"Deployed but unused in {report.period}",
        )
        _print_remaining(console, len(unused.iflows))
        console.print(unused.note, soft_wrap=True)
    else:
        console.print(f"No deployed iFlow is known to be unused in {report.period}.")
    count = len(unused.months)
    console.print(
        f"Based on {count} reports, {unused.months[-1]} to {unused.months[0]}."
        if count > 1
        else "Based on 1 report."
    )
    for tenant, unknown in unused.not_judged.items():
        console.print(
            one_line(
                f"{tenant}: the usage of {unknown} deployed iFlows without messages is unknown; "
                "usage_reason in the report says why"
            ),
            soft_wrap=True,
        )
    _print_incomplete_tenants(report)


def _print_incomplete_tenants(report: PublishedReport) -> None:
    for tenant in report.tenants:
        if tenant.status != COMPLETE:
            error = tenant.error or "no reason given"
            line = f"{report.period}: {tenant.name} is {tenant.status}: {error}"
            print_error(one_line(line))


def _print_remaining(console: Console, count: int) -> None:
    if count > MAX_ROWS:
        console.print(f"… and {count - MAX_ROWS:,} more; --json prints all of them")


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


def _format_sum(counts: Iterable[int | None]) -> str:
    known = [count for count in counts if count is not None]
    return format_count(sum(known) if known else None)


def _name_and_id(iflow: Change | UnusedIflow) -> Text:
    """Return name and id, or only the id if both are the same."""
    name = iflow.iflow_name
    if name is None or name == iflow.iflow_id:
        return name_cell(iflow.iflow_id)
    return name_cell(name, iflow.iflow_id)
