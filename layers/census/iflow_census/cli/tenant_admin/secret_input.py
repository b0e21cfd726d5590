"""Reading a secret from a file or a hidden prompt; a secret is never an argument."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import read_text
from iflow_census.cli.tenant_admin import confirmation
from iflow_census.cli.terminal import ExitCode, InvalidUsage, as_usage_error

PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file with the password.  [default: prompt for it]",
        show_default=False,
    ),
]


def read_secret(title: str, file: Path | None, option: str, *, repeat: bool = True) -> str:
    """Read a secret from a file, without the trailing line end, or prompt for it.

    `option` names such a file. With `repeat`, the prompt is repeated, because the input is hidden.

    Raises:
        InvalidUsage: the file is empty or cannot be read, or standard input is not a terminal.
        Exit: the user aborted the prompt.
    """
    if file is not None:
        with as_usage_error():
            secret = read_text(file).rstrip("\r\n")
        if not secret:
            raise InvalidUsage(f"{file}: empty; it must contain only the {title}")
        return secret
    if not confirmation.is_interactive():
        raise InvalidUsage(
            f"cannot prompt for the {title} without a terminal; name a file with {option}"
        )
    try:
        typed = typer.prompt(
            title.capitalize(), hide_input=True, confirmation_prompt=repeat, err=True
        )
    except typer.Abort:
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    return str(typed)
