"""Standard input and output that work with any encoding, closed, or on a full disk."""

import codecs
import errno
import io
import os
import sys

_ERRORS = "iflow-census"
_PLAIN = {"…": "...", "→": "->"}
_OUTPUT_FAILURES = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EINVAL}


def prepare_streams() -> None:
    """Make it possible to print any text: a character that the encoding lacks is escaped."""
    codecs.register_error(_ERRORS, _escape)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8", errors=_ERRORS))  # noqa: PTH123, SIM115
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def is_output_failure(error: OSError) -> bool:
    """Whether standard output could not be written; errors of files have been translated."""
    return error.filename is None and error.errno in _OUTPUT_FAILURES


def discard_output() -> None:
    """Drop what could not be written, so that Python does not try it again when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Return what is printed instead of characters, as JSON would escape them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character) or _code(character) for character in text), error.end


def _code(character: str) -> str:
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
