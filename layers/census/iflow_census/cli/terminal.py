"""Shared by the commands: exit codes, one-line errors, the console and the clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from iflow_census.cli.completion import complete
from iflow_census.cli.verbosity import is_quiet
from iflow_census.clock import Clock
from iflow_census.errors import CensusError
from iflow_census.scan.period import LAST_30_DAYS, LAST_MONTH

NOTHING_CHANGED = "nothing was changed"

DEFAULT_FOLDER = Path("iflow-census")
"""Where `iflow-census run` writes, and where reports are read from if it exists."""

FOLDER_VARIABLE = "IFLOW_CENSUS_DIR"
"""The environment variable that names another folder."""

RELATIVE_PERIODS = (LAST_MONTH, LAST_30_DAYS)
PeriodOption = Annotated[
    str | None,
    typer.Option(
        metavar="PERIOD",
        autocompletion=complete(RELATIVE_PERIODS),
        help="YYYY-MM, last-month, or last-30-days: the last 29 days and 23 hours, which SAP "
        "always has.  [default: last-month]",
    ),
]
JsonResult = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output.")
]


class ExitCode(IntEnum):
    """The exit codes of the commands."""

    COMPLETE = 0
    FAILED = 1
    USAGE_ERROR = 2
    PARTIAL = 3
    INTERRUPTED = 130


class InvalidUsage(Exception):
    """The command was called with wrong arguments; the message says what is wrong."""


Number = TypeVar("Number", int, float, int | None)


def number_range(minimum: int, maximum: int) -> Callable[[Number], Number]:
    """Return a callback for an option, which rejects a number out of range, and NaN."""

    def check(number: Number) -> Number:
        if number is not None and not minimum <= number <= maximum:
            raise typer.BadParameter(f"{number} is not a number from {minimum} to {maximum}")
        return number

    return check


def get_clock(ctx: typer.Context) -> Clock:
    """Return the clock that the caller passed in `ctx.obj`, or the system clock."""
    return ctx.obj if isinstance(ctx.obj, Clock) else Clock()


def stderr_console() -> Console:
    """Return a console that prints plain text to standard error, and nothing with --quiet."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, quiet=is_quiet())


def print_error(text: str) -> None:
    """Print an error on standard error, even with --quiet."""
    typer.echo(text, err=True)


@contextmanager
def handle_errors(*, interrupt_note: str = NOTHING_CHANGED) -> Iterator[None]:
    """Turn an error in the block into one line on standard error and an exit code.

    After Ctrl-C, `interrupt_note` is printed: the state of the work.
    """
    try:
        yield
    except InvalidUsage as error:
        print_error(f"iflow-census: {error}")
        raise typer.Exit(ExitCode.USAGE_ERROR) from None
    except CensusError as error:
        print_error(f"iflow-census: {error}")
        raise typer.Exit(ExitCode.FAILED) from None
    except KeyboardInterrupt:
        print_error(f"iflow-census: interrupted; {interrupt_note}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


@contextmanager
def as_usage_error() -> Iterator[None]:
    """Turn a `CensusError` in the block into `InvalidUsage`: the caller's input caused it."""
    try:
        yield
    except CensusError as error:
        raise InvalidUsage(str(error)) from None
