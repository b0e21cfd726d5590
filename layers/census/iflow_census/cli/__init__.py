"""The command line. Its libraries are installed by the extra `cli`."""

import os
import sys

from iflow_census.cli.streams import discard_output, is_output_failure, prepare_streams

INTERRUPTED = 130


def main() -> None:
    """Run the command `iflow-census`."""
    prepare_streams()
    try:
        from iflow_census.cli.commands import app  # noqa: PLC0415 - the extra may be missing

        app()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("rich", "typer"):
            raise
        sys.exit("iflow-census: libraries are missing; run: pip install 'iflow-census[cli]'")
    except OSError as error:
        if not is_output_failure(error):
            raise
        discard_output()
        sys.exit(f"iflow-census: standard output cannot be written: {error.strerror}")
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        # A normal exit would wait for threads whose tenants do not respond.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
