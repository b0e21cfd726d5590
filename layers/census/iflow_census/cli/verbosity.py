"""How much the commands print on standard error: --verbose and --quiet."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import typer

REQUESTS = logging.getLogger("iflow_census.http")
"""The logger of the HTTP client, which logs each request at level DEBUG."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def is_quiet() -> bool:
    """Whether only results and errors are printed."""
    return _quiet.get()


@contextmanager
def verbosity(*, verbose: bool, quiet: bool) -> Iterator[None]:
    """Apply --verbose and --quiet to the block."""
    token = _quiet.set(quiet)
    handler, level = _RequestPrinter(), REQUESTS.level
    if verbose:
        REQUESTS.addHandler(handler)
        REQUESTS.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        REQUESTS.removeHandler(handler)
        REQUESTS.setLevel(level)
        _quiet.reset(token)


class _RequestPrinter(logging.Handler):
    """Prints on the standard error of the moment, which a progress bar may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)
