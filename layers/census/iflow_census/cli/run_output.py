"""What `iflow-census run` prints at its end, for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from iflow_census.census.result import CensusResult
from iflow_census.cli.tables import name_cell, print_table
from iflow_census.cli.terminal import DEFAULT_FOLDER, print_error
from iflow_census.report.census_report import CensusReport
from iflow_census.scan.completion import Completion
from iflow_census.scan.results import TenantResult, TenantStatus


def print_report(console: Console, report: CensusReport, file: Path) -> None:
    """Print a table of the tenants, what went wrong, and where the report is."""
    counted = () if report.coverage_complete else ("counted",)
    numbers = ("iFlows", "edited", "deployed", "unused", "messages", *counted)
    rows = []
    for tenant in report.tenants:
        covered = () if report.coverage_complete else (_format_coverage(tenant),)
        cells = (*_format_totals(tenant), *covered, _format_status(tenant))
        rows.append((name_cell(tenant.name), *cells))
    print_table(
        console,
        ("tenant", *numbers, "status"),
        rows,
        numbers=numbers,
        title=f"iFlow census of {report.period.label}",
    )
    for tenant in report.tenants:
        if tenant.error:
            print_error(f"{tenant.name}: {tenant.error}")
        elif tenant.scanned and not tenant.coverage.complete:
            console.print(
                f"{tenant.name}: only {tenant.coverage.percent} % of {report.period.label} is "
                f"counted, so iFlows without messages are not marked as unused: "
                f"{tenant.coverage.reason}",
                soft_wrap=True,
            )
        elif tenant.coverage.reason:
            console.print(f"{tenant.name}: {tenant.coverage.reason}", soft_wrap=True)
    path = Text(str(file), style=f"link {file.absolute().as_uri()}")
    console.print(Text("Report: ").append(path), soft_wrap=True)


def print_checkpoint(console: Console, result: CensusResult) -> None:
    """Print what a checkpoint has counted."""
    numbers = ("messages", "counted")
    rows = []
    for tenant in result.tenants:
        messages = "-" if tenant["messages"] is None else str(tenant["messages"])
        cells = (messages, f"{tenant['coverage']} %", tenant["status"])
        rows.append((name_cell(tenant["name"]), *cells))
    print_table(
        console,
        ("tenant", *numbers, "status"),
        rows,
        numbers=numbers,
        title=f"Messages counted of {result.period}",
    )
    print_tenant_errors(result.tenants)


def print_tenant_errors(tenants: Sequence[Mapping[str, Any]]) -> None:
    """Print why tenants of a result are not complete."""
    for tenant in tenants:
        if tenant["error"]:
            print_error(f"{tenant['name']}: {tenant['error']}")


def print_next_command(console: Console, result: CensusResult, folder: Path) -> None:
    """Print which command shows what to act on."""
    quoted = f'"{folder}"' if " " in str(folder) else folder
    option = "" if folder == DEFAULT_FOLDER else f" --folder {quoted}"
    if result.status == TenantStatus.COMPLETE:
        console.print(f"Next: iflow-census report unused {result.period}{option}", soft_wrap=True)


def print_completions(
    console: Console,
    last_month: Mapping[str, Completion],
    completions: Mapping[str, Completion],
) -> None:
    """Print in one line what is missing for complete months."""
    lost = [tenant for tenant, completion in completions.items() if completion.lost]
    pending = [completion for completion in completions.values() if not completion.lost]
    sentences = []
    missed = [tenant for tenant, completion in last_month.items() if completion.lost]
    if missed:
        sentences.append(
            f"{last_month[missed[0]].month} cannot become complete for {', '.join(missed)}: SAP "
            "has deleted logs that were not counted in time."
        )
    if pending:
        first = min(pending, key=lambda completion: completion.counted_until)
        sentences.append(_describe(first))
    if lost:
        month = completions[lost[0]].month
        sentences.append(
            f"{month} stays incomplete for {', '.join(lost)}: SAP has deleted logs that were not "
            f"counted in time. For a complete {month.next()}, run on its 16th and after its end."
        )
    console.print(" ".join(sentences), soft_wrap=True)


def _describe(completion: Completion) -> str:
    month, before = completion.month, f"{completion.count_before:%Y-%m-%d %H:%M} UTC"
    counted = f"{month} is counted up to {completion.counted_until:%Y-%m-%d %H:%M} UTC"
    if completion.counted_until == month.start:
        counted = f"{month} is not counted yet"
    after = f"{month.end:%Y-%m-%d}"
    if completion.one_run_is_enough:
        return f"{counted}; to complete it, run again on {after} or later, before {before}."
    return f"{counted}; to complete it, run again before {before}, and on {after}."


def _format_totals(tenant: TenantResult) -> Sequence[str]:
    if not tenant.scanned:
        return ["-"] * 5
    totals = tenant.totals
    unused = str(totals.unused) if tenant.can_find_unused else "unknown"
    messages = "unknown" if totals.messages is None else str(totals.messages)
    return [str(totals.iflows), str(totals.edited), str(totals.deployed), unused, messages]


def _format_coverage(tenant: TenantResult) -> str:
    return f"{tenant.percent_covered} %" if tenant.scanned else "-"


def _format_status(tenant: TenantResult) -> str:
    return f"{tenant.status} (earlier run)" if tenant.carried_over else str(tenant.status)
