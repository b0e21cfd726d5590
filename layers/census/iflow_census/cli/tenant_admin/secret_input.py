"""Secrets that a person gives to a command: typed in unseen, or in a file; never an argument."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import read_text
from iflow_census.cli.tenant_admin import session
from iflow_census.cli.terminal import ExitCode, InvalidUsage, as_usage_error

PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Holds the password.  [default: it is asked for]",
        show_default=False,
    ),
]


def read_secret(what: str, file: Path | None, option: str, *, twice: bool = True) -> str:
    """A secret from a file, without the end of its line, or from the person.

    Args:
        what: it is, as the person calls it.
        file: that holds it; None asks.
        option: which names such a file.
        twice: a person is asked twice, since nobody sees what is typed.

    Raises:
        InvalidUsage: the file is empty or cannot be read, or there is nobody to ask.
        Exit: the person gave none.
    """
    if file is not None:
        with as_usage_error():
            secret = read_text(file).rstrip("\r\n")
        if not secret:
            raise InvalidUsage(f"{file} is empty: it holds the {what} and nothing else")
        return secret
    if not session.is_interactive():
        raise InvalidUsage(f"nobody is there to type the {what}: name a file with {option}")
    try:
        typed = typer.prompt(
            what.capitalize(), hide_input=True, confirmation_prompt=twice, err=True
        )
    except typer.Abort:
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    return str(typed)
