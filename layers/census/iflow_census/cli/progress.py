"""What a person sees while the command line works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

LABELS = {"packages": "packages listed", "iflows": "iFlows counted"}


@contextmanager
def census_progress(console: Console) -> Iterator[Callable[[str, str, int, int], None]]:
    """Show progress on a console while the block runs; one that is no terminal gets a few lines.

    Yields:
        What to tell of each step: tenant, of what, how many done, of how many so far.
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
            yield partial(_print_step, console)
            return

        def step(tenant: str, what: str, done: int, total: int) -> None:
            key = (tenant, what)
            if key not in tasks:
                tasks[key] = progress.add_task(LABELS[what], tenant=tenant, total=total)
            task = tasks[key]
            # Steps come from several threads, and a late one may tell of an earlier state.
            before = int(progress.tasks[task].completed)
            progress.update(task, completed=max(done, before), total=total)

        yield step


def _print_step(console: Console, tenant: str, what: str, done: int, total: int) -> None:
    """A line at each quarter of the packages; counting ends when they do, give or take a second."""
    if what == "packages" and total and done * 4 // total != (done - 1) * 4 // total:
        console.print(f"{tenant}: {LABELS[what]} {done}/{total}")


@contextmanager
def spinner(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show what is waited for while the block runs; a console that is no terminal stays quiet.

    Yields:
        What to call with another text.
    """
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(text)
        yield lambda another: progress.update(task, description=another)
