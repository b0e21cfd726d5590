"""Parse the path of a request that a user typed."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from iflow_census.errors import ConfigurationError, one_line

_SAFE_OUTSIDE_QUOTES = "/$(),=-._~*'%"
_UNENCODED_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_path(text: str) -> tuple[str, dict[str, str]]:
    """Split a typed path into an encoded path and query options.

    Quoted text is percent-encoded, including slashes; a `%` followed by two hex digits is taken as
    already encoded.

    Args:
        text: such as `IntegrationPackages('My Package')/$value?a=b`, optionally after `/api/v1/`.

    Returns:
        The encoded path relative to `/api/v1/`, and the query options, not encoded.

    Raises:
        ConfigurationError: the text is empty, a URL, points outside the API, or has an open quote.
    """
    shown = one_line(text)
    path = text.strip().lstrip("/").removeprefix("api/v1/").lstrip("/")
    if not path:
        raise ConfigurationError("the path is empty; enter an entity set, such as ServiceEndpoints")
    if not path.isprintable() or "\\" in path:
        raise ConfigurationError(
            f"{shown!r}: contains characters that are not allowed in a path; percent-encode them"
        )
    if "://" in path.partition("'")[0]:
        raise ConfigurationError(f"{shown!r}: is a URL; enter only the part after /api/v1/")
    try:
        path, *options = _split(path, "?", "&")
    except ValueError:
        raise ConfigurationError(
            f"{shown!r}: a quote is not closed; double the quotes inside a key"
        ) from None
    encoded = "".join(
        quote(_encode_percent(part), safe="'%" if is_quoted else _SAFE_OUTSIDE_QUOTES)
        for is_quoted, part in _split_by_quotes(path)
    )
    if ".." in unquote(encoded).split("/") or "." in encoded.split("/"):
        raise ConfigurationError(f"{shown!r}: points outside the API; remove '.' and '..'")
    query = dict(option.partition("=")[::2] for option in options if option)
    return encoded, {unquote(name): unquote(value) for name, value in query.items()}


def _encode_percent(text: str) -> str:
    return _UNENCODED_PERCENT.sub("%25", text)


def _split_by_quotes(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts outside and inside quotes in turn; the quotes are in the inside parts."""
    for number, part in enumerate(re.split(r"('(?:[^']|'')*')", text)):
        yield number % 2 == 1, part


def _split(text: str, first: str, others: str) -> list[str]:
    """Split at the first `first`, then at each of `others`, outside quotes.

    Raises:
        ValueError: a quote is not closed.
    """
    parts, separators = [""], first
    for is_quoted, part in _split_by_quotes(text):
        if is_quoted:
            parts[-1] += part
            continue
        if "'" in part:
            raise ValueError("a quote is not closed")
        for character in part:
            if character in separators:
                parts.append("")
                separators = others
            else:
                parts[-1] += character
    return parts
