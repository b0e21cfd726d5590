"""`iflow-census anatomy`: what the iFlow in a zip file connects."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import reading
from iflow_census.cli.model_output import print_model
from iflow_census.cli.terminal import JsonResult, handle_errors
from iflow_census.errors import ConfigurationError
from iflow_census.scan.anatomy.archive import UnreadableModel
from iflow_census.scan.anatomy.reader import read_model


def anatomy(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.zip",
            help="An iFlow, as `iflow-census iflow download` saves it.",
            show_default=False,
        ),
    ],
    *,
    json_result: JsonResult = False,
) -> None:
    """Show what the iFlow in a zip file connects: triggers, systems, calls."""
    with handle_errors():
        try:
            with reading(file), file.open("rb") as content:
                model = read_model(content)
        except UnreadableModel as error:
            raise ConfigurationError(f"{file}: {error}; download the iFlow again") from None
        print_model(model, file.name, json_result=json_result)
