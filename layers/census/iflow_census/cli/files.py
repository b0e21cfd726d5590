"""Reading and writing the files that are named on the command line."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iflow_census.errors import ConfigurationError


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises:
        ConfigurationError: the file cannot be read or is not text.
    """
    with reading(path):
        content = path.read_bytes()
    return decode_text(content, str(path))


def decode_text(content: bytes, source: str) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Raises:
        ConfigurationError: it is not text; `source` says where it comes from.
    """
    # Without a byte order mark, UTF-16 has a zero byte in each ASCII character.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:2]:
        raise ConfigurationError(
            f"{source}: the encoding is UTF-16, which > writes in Windows PowerShell; save it as "
            "UTF-8"
        )
    try:
        # Like a file opened as text, with the line ends of any system.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{source}: not a text file") from None


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
