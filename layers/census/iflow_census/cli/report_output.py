"""Output of the report commands, for people and for programs.

Text from a report is limited to one line without control characters, because other people wrote it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from iflow_census.cli.tables import name_cell, print_table
from iflow_census.cli.terminal import print_error
from iflow_census.errors import one_line
from iflow_census.report.census_report import to_json
from iflow_census.report.labels import (
    format_count,
)
from iflow_census.store.report_reader import PublishedFile, PublishedReport
from iflow_census.store.report_writer import COMPLETE


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
        print_incomplete_tenants(report)


def print_files(
    console: Console, report: PublishedReport, folder: Path, files: Sequence[PublishedFile]
) -> None:
    """Print the path and size of each file."""
    console.print(f"Report of {report.period}, run {report.run_id}, {report.status}:")
    for file in files:
        console.print(f"  {folder / file.name} ({file.bytes:,} bytes)", soft_wrap=True)
    print_incomplete_tenants(report)


def print_problems(problems: Sequence[str]) -> None:
    """Print a line for each problem."""
    for problem in problems:
        print_error(f"iflow-census: {one_line(problem)}")


def print_incomplete_tenants(report: PublishedReport) -> None:
    """Print a line for each tenant of the report that is not complete."""
    for tenant in report.tenants:
        if tenant.status != COMPLETE:
            error = tenant.error or "no reason given"
            line = f"{report.period}: {tenant.name} is {tenant.status}: {error}"
            print_error(one_line(line))


def _format_sum(counts: Iterable[int | None]) -> str:
    known = [count for count in counts if count is not None]
    return format_count(sum(known) if known else None)
