"""Progress bars and spinners on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

if TYPE_CHECKING:
    from iflow_census.cloud_integration.service_key import ServiceKey

LABELS = {
    "packages": "packages listed",
    "iflows": "iFlows counted",
    "owners": "owners read",
    "models": "models read",
}
"""The kinds of steps of a scan."""


def print_first_request(console: Console, tenant: str, key: "ServiceKey") -> None:
    """Print where a tenant's first request goes, as it can take a while to fail."""
    if key.token_host is None:
        console.print(f"{tenant}: connecting to {urlsplit(key.url).netloc} …", soft_wrap=True)
    else:
        console.print(f"{tenant}: requesting a token from {key.token_host} …", soft_wrap=True)


@contextmanager
def census_progress(console: Console) -> Iterator[Callable[[str, str, int, int], None]]:
    """Show the progress of scans while the block runs; without a terminal, print a few lines.

    Yields:
        A callback that takes the tenant, the kind of step, and how many steps of how many known
        ones are done.
    """
    tasks: dict[tuple[str, str], TaskID] = {}
    with Progress(
        TextColumn("{task.fields[tenant]}"),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        if not console.is_terminal:
            yield partial(_print_quarters, console)
            return

        def update(tenant: str, kind: str, done: int, total: int) -> None:
            key = (tenant, kind)
            if key not in tasks:
                tasks[key] = progress.add_task(LABELS[kind], tenant=tenant, total=total)
            task = tasks[key]
            # Several threads call this, so an older count may arrive after a newer one.
            completed = int(progress.tasks[task].completed)
            progress.update(task, completed=max(done, completed), total=total)

        yield update


def _print_quarters(console: Console, tenant: str, kind: str, done: int, total: int) -> None:
    """Print a line at each quarter of the packages; counting takes about as long as listing."""
    if kind == "packages" and total and done * 4 // total != (done - 1) * 4 // total:
        console.print(f"{tenant}: {LABELS[kind]} {done}/{total}")


@contextmanager
def spinner(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner, if the console is a terminal; yields a callback that replaces its text."""
    with Progress(
        SpinnerColumn("line" if console.options.ascii_only else "dots"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(text)
        yield lambda new_text: progress.update(task, description=new_text)
