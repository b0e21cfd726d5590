"""The command line. Imported by nothing else; its libraries come with the extra `cli`."""

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command `iflow-census`."""
    try:
        from iflow_census.cli.commands import app  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("rich", "typer"):
            raise
        sys.exit("iflow-census: the command line needs more: pip install 'iflow-census[cli]'")
    try:
        app()
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        # Python would wait for the threads, and they for tenants that are silent.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
