"""The option --format."""

from collections.abc import Sequence
from typing import Any

import typer

from iflow_census.cli.completion import complete_list
from iflow_census.report.formats import FORMATS


def format_option(default: str) -> Any:
    """Return the option; `default` says in its help which formats are the default."""
    return typer.Option(
        "--format",
        metavar="NAMES",
        autocompletion=complete_list(FORMATS),
        help=f"{', '.join(FORMATS)}; several are separated by commas.  [default: {default}]",
    )


def split_formats(values: Sequence[str]) -> list[str]:
    """Return the formats in the values of --format, in lower case."""
    names = [name.strip().lower() for value in values for name in value.split(",")]
    return [name for name in names if name]
