"""A path as a person types it."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from iflow_census.errors import ConfigurationError
from iflow_census.http.errors import one_line

_OUTSIDE_QUOTES = "/$(),=-._~*'%"
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_path(text: str) -> tuple[str, dict[str, str]]:
    """Make a path and query options of what a person typed.

    What stands in quotes is percent-encoded, slashes too; `%` and two hex digits is taken for
    encoded already.

    Args:
        text: such as `IntegrationPackages('My Package')/$value?a=b`, or with `/api/v1/` in front.

    Returns:
        The path below `/api/v1/`, encoded, and the query options, not encoded.

    Raises:
        ConfigurationError: it is empty, a URL, leads out of the API, or its quotes are odd.
    """
    shown = one_line(text)
    path = text.strip().lstrip("/").removeprefix("api/v1/").lstrip("/")
    if not path:
        raise ConfigurationError("the path is empty: name an entity set, such as ServiceEndpoints")
    if not path.isprintable() or "\\" in path:
        raise ConfigurationError(f"{shown!r} has characters that no path holds")
    if "://" in path.partition("'")[0]:
        raise ConfigurationError(f"{shown!r} is a URL: give what stands behind /api/v1/ alone")
    try:
        path, *options = _split(path, "?", "&")
    except ValueError:
        raise ConfigurationError(
            f"{shown!r}: a quote is not closed; one within a key is written twice"
        ) from None
    parts = [
        quote(_percent(part), safe="'%") if quoted else quote(_percent(part), safe=_OUTSIDE_QUOTES)
        for quoted, part in _by_quotes(path)
    ]
    encoded = "".join(parts)
    if ".." in unquote(encoded).split("/") or "." in encoded.split("/"):
        raise ConfigurationError(f"{shown!r} leads out of the API")
    query = dict(option.partition("=")[::2] for option in options if option)
    return encoded, {unquote(name): unquote(value) for name, value in query.items()}


def _percent(text: str) -> str:
    return _ESCAPE.sub("%25", text)


def _by_quotes(text: str) -> Iterator[tuple[bool, str]]:
    """The parts outside and inside quotes by turns; quotes belong to the inside."""
    for number, part in enumerate(re.split(r"('(?:[^']|'')*')", text)):
        yield number % 2 == 1, part


def _split(text: str, first: str, further: str) -> list[str]:
    """Split at the first `first`, then at each `further`, where they stand outside quotes."""
    parts, at, separators = [""], 0, first
    for quoted, part in _by_quotes(text):
        if quoted:
            parts[-1] += part
            continue
        if "'" in part:
            raise ValueError("a quote is not closed")
        for character in part:
            if character in separators:
                parts.append("")
                separators = further
            else:
                parts[-1] += character
            at += 1
    return parts
