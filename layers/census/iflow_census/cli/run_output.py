"""What `iflow-census run` prints at its end, for people."""

from rich.console import Console
from rich.table import Table

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.results import TenantResult


def print_report(console: Console, report: CensusReport, manifest: str) -> None:
    """Print a table of the tenants, what went wrong, and where the report is."""
    table = Table(title=f"iFlow census of {report.period.label}")
    table.add_column("tenant")
    for column in ("iFlows", "edited", "deployed", "unused", "messages"):
        table.add_column(column, justify="right")
    if not report.coverage_complete:
        table.add_column("counted", justify="right")
    table.add_column("status")
    for tenant in report.tenants:
        covered = () if report.coverage_complete else (_format_coverage(tenant),)
        table.add_row(tenant.name, *_format_totals(tenant), *covered, _format_status(tenant))
    console.print(table)
    for tenant in report.tenants:
        if tenant.error:
            console.print(f"{tenant.name}: {tenant.error}", soft_wrap=True)
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
