"""Reading and writing the files that are named on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iflow_census.errors import ConfigurationError


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises:
        ConfigurationError: the file cannot be read or is not text.
    """
    try:
        with reading(path):
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not a text file") from None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an `OSError` in the block, which reads the file, into a `ConfigurationError`."""
    try:
        yield
    except IsADirectoryError:
        raise ConfigurationError(f"{path}: a folder, not a file") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an `OSError` in the block, which writes the file, into a `ConfigurationError`."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
