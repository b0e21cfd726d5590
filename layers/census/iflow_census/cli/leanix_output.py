"""Prints LeanIX runs, their outcomes and warnings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from iflow_census.cli.progress import spinner
from iflow_census.errors import one_line
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState

MAX_PRINTED_WARNINGS = 20


@contextmanager
def show_run_status(console: Console, label: str) -> Iterator[OnState]:
    """Show a spinner with the status of a run, on terminals only."""
    with spinner(console, f"{label}: preparing") as update:
        yield lambda state: update(f"{label}: run {state.id} is {state.status}")


def print_outcomes(console: Console, outcomes: Sequence[LeanixOutcome]) -> None:
    """Print a line with the figures of each outcome."""
    for outcome in outcomes:
        dry_run = " (dry run, nothing was changed)" if outcome.test else ""
        figures = ", ".join(
            f"{'unknown' if count is None else count} {label}"
            for label, count in (
                ("created", outcome.summary.created),
                ("updated", outcome.summary.updated),
                ("unchanged", outcome.summary.unchanged),
                ("archived", outcome.summary.deleted),
                ("errors", outcome.errors),
                ("warnings", len(outcome.warnings) - outcome.error_warnings),
            )
        )
        console.print(
            f"{outcome.tenant}: {outcome.status}{dry_run}, {figures}; run {outcome.run_id}",
            soft_wrap=True,
        )


def print_runs(console: Console, runs: Sequence[RunState]) -> None:
    """Print a line for each run."""
    for run in runs:
        console.print(one_line(f"{run.id}  {run.status}  {run.description}"), soft_wrap=True)


def print_warnings(console: Console, warnings: Sequence[Mapping[str, Any]]) -> None:
    """Print the first warnings of a run, and the number of the remaining ones."""
    for warning in warnings[:MAX_PRINTED_WARNINGS]:
        status, content = warning.get("status"), warning.get("content") or "-"
        console.print(one_line(f"{status}: {content}: {warning.get('message')}"), soft_wrap=True)
    if len(warnings) > MAX_PRINTED_WARNINGS:
        console.print(f"… and {len(warnings) - MAX_PRINTED_WARNINGS} more warnings")
