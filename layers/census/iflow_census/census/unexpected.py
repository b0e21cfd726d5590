"""Unexpected errors, which fail only the tenant in whose work they happen."""

import logging
import traceback
from pathlib import Path
from types import TracebackType

from iflow_census.errors import CensusError, UnexpectedError

MAX_FRAMES = 12
"""Frames in the log; a recursion has a thousand."""

_log = logging.getLogger(__name__)


def as_census_error(error: Exception, subject: str) -> CensusError:
    """Return an expected error unchanged; log any other, and name its type.

    The text of an unexpected error is not repeated: it may contain a secret.
    """
    if isinstance(error, CensusError):
        return error
    name = type(error).__name__
    places = _places(error.__traceback__)
    _log.error("%s: unexpected %s in %s", subject, name, " < ".join(places))
    return UnexpectedError(
        f"unexpected error ({name} in {places[0]}); search the log for it, and report it"
    )


def _places(trace: TracebackType | None) -> list[str]:
    """Return file, line and function of each frame, the innermost first."""
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(trace)]
    return [
        f"{'/'.join(Path(code.co_filename).parts[-2:])}:{line} {code.co_name}"
        for code, line in reversed(frames[-MAX_FRAMES:])
    ] or ["unknown place"]
