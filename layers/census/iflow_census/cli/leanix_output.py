"""Prints LeanIX runs, their outcomes and warnings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

from iflow_census.cli.progress import spinner
from iflow_census.cli.terminal import print_error
from iflow_census.errors import one_line
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState

MAX_PRINTED_WARNINGS = 20
LABELS = {"deleted": "archived"}


@contextmanager
def show_run_status(console: Console, label: str) -> Iterator[OnState]:
    """Show a spinner with the status of a run, on terminals only."""
    with spinner(console, f"{label}: preparing") as update:
        yield lambda state: update(f"{label}: run {state.id} is {state.status}")


def print_outcomes(outcomes: Sequence[LeanixOutcome]) -> None:
    """Print a line with the figures of each outcome."""
    for outcome in outcomes:
        dry_run = " (dry run, nothing was changed)" if outcome.test else ""
        counts = {
            **outcome.summary.fact_sheet_counts,
            "errors": outcome.errors,
            "warnings": len(outcome.warnings) - outcome.error_warnings,
        }
        figures = ", ".join(f"{count} {LABELS.get(name, name)}" for name, count in counts.items())
        typer.echo(
            one_line(
                f"{outcome.tenant}: {outcome.status}{dry_run}, {figures}; run {outcome.run_id}"
            )
        )


def print_setup(entry: Mapping[str, Any]) -> None:
    """Print what was changed, or would be, in a processor configuration."""
    for change in entry["changes"] or ["up to date"]:
        typer.echo(one_line(f"{entry['connector']}: {change}"))
    if entry["saved"]:
        typer.echo(f"{entry['connector']}: saved")


def print_runs(runs: Sequence[RunState]) -> None:
    """Print a line for each run."""
    for run in runs:
        typer.echo(one_line(f"{run.id}  {run.status}  {run.description}"))


def print_warnings(warnings: Sequence[Mapping[str, Any]]) -> None:
    """Print the first warnings of a run, and the number of the remaining ones."""
    for warning in warnings[:MAX_PRINTED_WARNINGS]:
        status, content = warning.get("status"), warning.get("content") or "-"
        print_error(one_line(f"{status}: {content}: {warning.get('message')}"))
    if len(warnings) > MAX_PRINTED_WARNINGS:
        print_error(f"… and {len(warnings) - MAX_PRINTED_WARNINGS} more warnings")
