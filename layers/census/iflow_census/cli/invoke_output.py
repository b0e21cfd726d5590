"""What a person sees of a run in AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from iflow_census.cli.invoke_waiter import Followed
from iflow_census.cli.progress import spinner


@contextmanager
def waiting(console: Console) -> Iterator[Callable[[str], None]]:
    """Show how far the run is; a console that is no terminal gets a line for each change.

    Yields:
        What to tell of each step.
    """
    with spinner(console, "") as say:
        said = ""

        def on_step(step: str) -> None:
            nonlocal said
            say(step)
            if step != said and not console.is_terminal:
                console.print(step, soft_wrap=True)
            said = step

        yield on_step


def print_followed(console: Console, followed: Followed, bucket: str, *, comes_back: bool) -> None:
    """Print a table of the tenants, what kept any of them, and where the report is.

    Args:
        console: of the person.
        followed: the run.
        bucket: of the reports.
        comes_back: Lambda tries an event again by itself; a state machine has tried all it will.
    """
    if followed.error:
        console.print(f"iflow-census: the run failed: {followed.error}", soft_wrap=True)
        again = "Lambda tries twice more by itself" if comes_back else "Mend it and run it again"
        console.print(f"{again}; see docs/operations.md.")
        return
    table = Table(title=f"iFlow census of {followed.run.period}")
    table.add_column("tenant")
    table.add_column("iFlows", justify="right")
    table.add_column("messages", justify="right")
    table.add_column("status")
    for tenant in followed.tenants:
        figures = ["-" if tenant[one] is None else str(tenant[one]) for one in FIGURES]
        table.add_row(tenant["name"], *figures, tenant["status"])
    console.print(table)
    for tenant in followed.tenants:
        if tenant["error"]:
            console.print(f"{tenant['name']}: {tenant['error']}", soft_wrap=True)
    for one in followed.leanix:
        console.print(
            f"{one['tenant']}: LeanIX {one['status']}: {one.get('problem') or 'no problem'}",
            soft_wrap=True,
        )
    if followed.status == "partial" and comes_back:
        console.print("Lambda comes back for what is missing, twice, within minutes.")
    console.print(f"Report: s3://{bucket}/{followed.run.manifest}", soft_wrap=True)


FIGURES = ("iflows", "messages")
