"""Output of `iflow-census invoke` on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from iflow_census.cli.invoke_waiter import InvokeResult
from iflow_census.cli.progress import spinner
from iflow_census.cli.run_output import print_tenant_errors
from iflow_census.cli.tables import name_cell, print_table
from iflow_census.cli.terminal import print_error


@contextmanager
def show_status(console: Console) -> Iterator[Callable[[str], None]]:
    """Yield a callback for the status of the run: a spinner, or a line for each change."""
    with spinner(console, "") as update:
        printed_status = ""

        def show(status: str) -> None:
            nonlocal printed_status
            update(status)
            if status != printed_status and not console.is_terminal:
                console.print(status, soft_wrap=True)
            printed_status = status

        yield show


def print_result(console: Console, result: InvokeResult, bucket: str, *, is_retried: bool) -> None:
    """Print a table of the tenants, what went wrong, and where the report is.

    `is_retried`: Lambda retries a run that is not complete; a state machine has already done so.
    """
    if result.error:
        print_error(f"iflow-census: the run failed: {result.error}")
        advice = "Lambda retries it twice" if is_retried else "Fix the cause and run it again"
        console.print(f"{advice}; see docs/operations.md.")
        return
    if not result.run.writes_report:
        console.print(f"The messages of {result.run.period} were counted: {result.status}.")
        return
    rows = []
    for tenant in result.tenants:
        counts = (tenant["iflows"], tenant["messages"])
        cells = ["-" if count is None else str(count) for count in counts]
        covered = tenant.get("coverage")
        cells.append("-" if covered is None else f"{covered} %")
        rows.append((name_cell(tenant["name"]), *cells, tenant["status"]))
    print_table(
        console,
        ("tenant", "iFlows", "messages", "counted", "status"),
        rows,
        numbers=("iFlows", "messages", "counted"),
        title=f"iFlow census of {result.run.period}",
    )
    print_tenant_errors(result.tenants)
    for outcome in result.leanix:
        problem = outcome.get("problem") or "no problem"
        console.print(f"{outcome['tenant']}: LeanIX {outcome['status']}: {problem}", soft_wrap=True)
    if result.status == "partial" and is_retried:
        console.print("Lambda retries the missing tenants twice within a few minutes.")
    console.print(f"Report: s3://{bucket}/{result.run.manifest(result.status)}", soft_wrap=True)
