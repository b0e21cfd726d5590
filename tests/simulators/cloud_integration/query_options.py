"""Parse OData query options, and split lists into pages.

Sources: SAP Help: OData API, query options (at most 1000 entries, then a link with ``$skiptoken``);
SAP OpenAPI for what each set allows; a recorded response of a real tenant for the format of the
link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

SYSTEM_OPTIONS = frozenset(
    {
        "$filter",
        "$top",
        "$skip",
        "$skiptoken",
        "$select",
        "$orderby",
        "$expand",
        "$inlinecount",
        "$format",
    }
)
_EVERYWHERE = frozenset({"$format", "$skiptoken"})


class OptionError(ValueError):
    """A rejected query option: 501 if SAP does not implement it, else 400."""

    def __init__(self, status: int, text: str) -> None:
        """``text`` is the text of the response."""
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a request; ``pairs`` are still encoded."""

    pairs: tuple[tuple[str, str], ...]
    values: Mapping[str, str]
    """Decoded; of a repeated option, as in SAP's own links, the last value."""
    top: int | None
    skip: int
    skiptoken: int

    @property
    def wants_count(self) -> bool:
        """Whether ``__count`` is requested."""
        return self.values.get("$inlinecount") == "allpages"

    def names(self, option: str) -> list[str]:
        """Return the comma-separated names of ``$select`` or ``$expand``."""
        return [name.strip() for name in self.values.get(option, "").split(",") if name.strip()]


def parse_options(query: str, allowed: frozenset[str]) -> Options:
    """Parse a query string; raises ``OptionError`` for unsupported options.

    A ``+`` is a space, as most HTTP libraries encode ``$filter``.
    """
    pairs = tuple(
        (name, value)
        for name, _, value in (part.partition("=") for part in query.split("&") if part)
    )
    values = {unquote_plus(name): unquote_plus(value) for name, value in pairs}
    for name in values:
        if not name.startswith("$") or name in allowed or name in _EVERYWHERE:
            continue
        if name in SYSTEM_OPTIONS:
            raise OptionError(501, f"{name} is not supported.")
        raise OptionError(400, f"Invalid system query option '{name}'.")
    if values.get("$inlinecount", "none") not in ("allpages", "none"):
        raise OptionError(400, f"Invalid value: '{values['$inlinecount']}'.")
    return Options(
        pairs,
        values,
        _number(values, "$top"),
        _number(values, "$skip") or 0,
        _number(values, "$skiptoken") or 0,
    )


def _number(values: Mapping[str, str], name: str) -> int | None:
    text = values.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise OptionError(400, f"Invalid value: '{text}'.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and the query string of the next page or None."""

    rows: Sequence[Any]
    next_link: str | None


def page(rows: Sequence[Any], options: Options, size: int) -> Page:
    """Return the page for the options."""
    first = options.skip + options.skiptoken
    page_size = size if options.top is None else min(size, options.top)
    page_rows = rows[first : first + page_size]
    remaining = None if options.top is None else options.top - len(page_rows)
    if first + len(page_rows) >= len(rows) or not page_rows or remaining == 0:
        return Page(page_rows, None)
    return Page(page_rows, _following(options, options.skiptoken + len(page_rows), remaining))


def _following(options: Options, skiptoken: int, top: int | None) -> str:
    """Return the query of the next page: all options, and a second, reduced ``$top``."""
    pairs = []
    seen_top = False
    for name, value in options.pairs:
        decoded = unquote_plus(name)
        if decoded == "$skiptoken" or (decoded == "$top" and seen_top):
            continue
        seen_top = seen_top or decoded == "$top"
        pairs.append(f"{name}={value}")
    pairs.append(f"$skiptoken={skiptoken}")
    if top is not None:
        pairs.append(f"$top={top}")
    return "&".join(pairs)
