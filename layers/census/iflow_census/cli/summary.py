"""A result as a person reads it."""

from rich.console import Console
from rich.table import Table

from iflow_census.census.result import CensusResult
from iflow_census.scan.results import TenantResult


def print_summary(console: Console, result: CensusResult) -> None:
    """Print a table of the tenants, what kept any of them, and where the report is."""
    tenants = result.report.tenants if result.report else []
    table = Table(title=f"iFlow census of {result.period}")
    table.add_column("tenant")
    for column in ("iFlows", "edited", "deployed", "unused", "messages"):
        table.add_column(column, justify="right")
    table.add_column("status")
    for tenant in tenants:
        table.add_row(*_cells(tenant))
    console.print(table)
    for tenant in tenants:
        if tenant.error:
            console.print(f"{tenant.name}: {tenant.error}", soft_wrap=True)
        elif tenant.coverage.reason:
            console.print(
                f"{tenant.name}: counts are not of the whole month: {tenant.coverage.reason}",
                soft_wrap=True,
            )
    console.print(f"Report: {result.manifest}", soft_wrap=True)


def _cells(tenant: TenantResult) -> list[str]:
    if tenant.scanned_at is None:
        return [tenant.name, *["-"] * 5, str(tenant.status)]
    totals = tenant.totals
    unused = str(totals.unused) if tenant.coverage.complete else "unknown"
    messages = "unknown" if totals.messages is None else str(totals.messages)
    figures = (str(totals.iflows), str(totals.edited), str(totals.deployed), unused, messages)
    return [tenant.name, *figures, str(tenant.status)]
