"""What `iflow-census run` prints at its end, for people."""

from rich.console import Console

from iflow_census.cli.tables import name_cell, print_table
from iflow_census.cli.terminal import print_error
from iflow_census.report.census_report import CensusReport
from iflow_census.scan.results import TenantResult


def print_report(console: Console, report: CensusReport, manifest: str) -> None:
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
        elif tenant.coverage.reason:
            console.print(
                f"{tenant.name}: the counts do not cover the whole period: "
                f"{tenant.coverage.reason}",
                soft_wrap=True,
            )
    console.print(f"Report: {manifest}", soft_wrap=True)


def _format_totals(tenant: TenantResult) -> list[str]:
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
