"""What every command shares towards the person who calls it: exit codes, errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console

from iflow_census.clock import Clock
from iflow_census.errors import CensusError

UNCHANGED = "nothing was changed"

JsonResult = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output.")
]


class ExitCode(IntEnum):
    """How the command ended."""

    COMPLETE = 0
    FAILED = 1
    WRONG_USE = 2
    PARTIAL = 3
    INTERRUPTED = 130


class UsageError(Exception):
    """The call itself was wrong; the text says how."""


def clock_of(ctx: typer.Context) -> Clock:
    """The clock; the caller of a command may bring one along."""
    return ctx.obj if isinstance(ctx.obj, Clock) else Clock()


def console_for_people() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def told(console: Console, *, interrupted: str = UNCHANGED) -> Iterator[None]:
    """End the command with a line for the person where something goes wrong in the block.

    Args:
        console: of the person.
        interrupted: what to say of the state of things after an interrupt.
    """
    try:
        yield
    except UsageError as error:
        console.print(f"iflow-census: {error}", soft_wrap=True)
        raise typer.Exit(ExitCode.WRONG_USE) from None
    except CensusError as error:
        console.print(f"iflow-census: {error}", soft_wrap=True)
        raise typer.Exit(ExitCode.FAILED) from None
    except KeyboardInterrupt:
        console.print(f"iflow-census: interrupted; {interrupted}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


@contextmanager
def as_usage_error() -> Iterator[None]:
    """What is wrong in the block was wrong in the call."""
    try:
        yield
    except CensusError as error:
        raise UsageError(str(error)) from None
