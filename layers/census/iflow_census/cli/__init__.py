"""The command line. Imported by nothing else; its libraries come with the extra `cli`."""

import sys


def main() -> None:
    """Run the command `iflow-census`."""
    try:
        from iflow_census.cli.commands import app  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("rich", "typer"):
            raise
        sys.exit("iflow-census: the command line needs more: pip install 'iflow-census[cli]'")
    app()
