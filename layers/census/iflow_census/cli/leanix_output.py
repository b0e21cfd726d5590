"""What a person sees of runs in LeanIX."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from iflow_census.cli.progress import spinner
from iflow_census.http.errors import one_line
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState

SHOWN_WARNINGS = 20


@contextmanager
def waiting(console: Console, what: str) -> Iterator[OnState]:
    """Show the run that is waited for; a console that is no terminal stays quiet."""
    with spinner(console, f"{what}: preparing") as say:
        yield lambda state: say(f"{what}: run {state.id} is {state.status}")


def print_outcomes(console: Console, outcomes: Sequence[LeanixOutcome]) -> None:
    """Print a line for each run, with its figures."""
    for one in outcomes:
        dry = " (dry run, nothing was changed)" if one.test else ""
        figures = ", ".join(
            f"{'unknown' if count is None else count} {name}"
            for name, count in (
                ("created", one.summary.created),
                ("updated", one.summary.updated),
                ("unchanged", one.summary.unchanged),
                ("archived", one.summary.deleted),
                ("errors", one.errors),
                ("warnings", len(one.warnings) - one.error_warnings),
            )
        )
        console.print(
            f"{one.tenant}: {one.status}{dry}, {figures}; run {one.run_id}", soft_wrap=True
        )


def print_runs(console: Console, runs: Sequence[RunState]) -> None:
    """Print a line for each run."""
    for one in runs:
        console.print(one_line(f"{one.id}  {one.status}  {one.description}"), soft_wrap=True)


def print_warnings(console: Console, warnings: Sequence[Mapping[str, Any]]) -> None:
    """Print the first warnings of a run, and how many more there are."""
    for one in warnings[:SHOWN_WARNINGS]:
        console.print(
            one_line(f"{one.get('status')}: {one.get('content') or '-'}: {one.get('message')}"),
            soft_wrap=True,
        )
    if len(warnings) > SHOWN_WARNINGS:
        console.print(f"… and {len(warnings) - SHOWN_WARNINGS} more warnings")
