"""Externalized parameters of an iFlow: their values, and texts that refer to them."""

import re
from collections.abc import Iterator, Mapping

MAX_VALUE = 10_000
"""Longer values are in no address, name or schedule, and are ignored."""

_REFERENCE = re.compile(r"\{\{([^{}]*)\}\}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_KEY_AND_VALUE = re.compile(r"((?:[^\\=:\s]|\\.)+)[ \t\f]*(?:[=:][ \t\f]*)?(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_parameters(content: bytes) -> dict[str, str]:
    """Parse `parameters.prop`, a file of java.util.Properties; what is not valid is skipped."""
    values: dict[str, str] = {}
    for line in _logical_lines(content.decode("utf-8", "replace")):
        match = _KEY_AND_VALUE.fullmatch(line) if len(line) <= 2 * MAX_VALUE else None
        if match and len(match[2]) <= MAX_VALUE:
            values[_unescape(match[1])] = _unescape(match[2])
    return values


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines without comments; a line that ends in a backslash continues."""
    parts: list[str] = []
    for line in _LINE_END.split(text):
        part = line.lstrip(" \t\f")
        if not parts and part[:1] in ("", "#", "!"):
            continue
        continues = (len(part) - len(part.rstrip("\\"))) % 2 == 1
        parts.append(part[:-1] if continues else part)
        if not continues:
            yield "".join(parts)
            parts = []
    yield "".join(parts)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return _LETTERS.get(match[2], match[2])

    # Java writes characters beyond U+FFFF as two surrogates.
    with_surrogates = _ESCAPE.sub(replace, text)
    return with_surrogates.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_externalized(text: str) -> bool:
    """Whether a text refers to a parameter."""
    return _REFERENCE.search(text) is not None


def resolve(text: str, parameters: Mapping[str, str]) -> str:
    """Replace `{{name}}` by the parameter's value; a parameter that has none is kept as it is."""
    if "{{" not in text:
        return text
    length = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal length
        value = parameters.get(match[1], parameters.get(match[1].strip()))
        if value is None or length + len(value) > MAX_VALUE:
            return match[0]
        length += len(value)
        return value

    return _REFERENCE.sub(replace, text)
