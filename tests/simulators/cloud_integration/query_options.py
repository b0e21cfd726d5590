"""OData query options and pages.

Sources: SAP Help: OData API, query options (at most 1000 entries, then a link with ``$skiptoken``);
SAP OpenAPI for what each set allows; a recorded page of a real tenant for the form of the link.
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
    """A query option that is refused: 501 where SAP has not implemented it, else 400."""

    def __init__(self, status: int, text: str) -> None:
        """``text`` goes into the answer."""
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one request. ``pairs`` are as sent, names and values still encoded."""

    pairs: tuple[tuple[str, str], ...]
    values: Mapping[str, str]
    """Decoded; where an option stands twice, as in SAP's own links, the last one holds."""
    top: int | None
    skip: int
    skiptoken: int

    @property
    def wants_count(self) -> bool:
        """Whether ``__count`` was asked for."""
        return self.values.get("$inlinecount") == "allpages"

    def names(self, option: str) -> list[str]:
        """Return the comma-separated names of ``$select`` or ``$expand``."""
        return [name.strip() for name in self.values.get(option, "").split(",") if name.strip()]


def read_options(query: str, allowed: frozenset[str]) -> Options:
    """Decode a query string; raises ``OptionError`` for what the set does not know.

    A ``+`` is a space: the form in which most HTTP libraries send ``$filter``.
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
    """The rows of one page and the query string of the next, None at the end."""

    rows: Sequence[Any]
    following: str | None


def page(rows: Sequence[Any], options: Options, size: int) -> Page:
    """Cut the page that the options ask for."""
    first = options.skip + options.skiptoken
    wanted = size if options.top is None else min(size, options.top)
    cut = rows[first : first + wanted]
    left = None if options.top is None else options.top - len(cut)
    if first + len(cut) >= len(rows) or not cut or left == 0:
        return Page(cut, None)
    return Page(cut, _following(options, options.skiptoken + len(cut), left))


def _following(options: Options, skiptoken: int, top: int | None) -> str:
    """Return the next page's query: all options survive, and ``$top`` is repeated, reduced."""
    kept = []
    seen_top = False
    for name, value in options.pairs:
        decoded = unquote_plus(name)
        if decoded == "$skiptoken" or (decoded == "$top" and seen_top):
            continue
        seen_top = seen_top or decoded == "$top"
        kept.append(f"{name}={value}")
    kept.append(f"$skiptoken={skiptoken}")
    if top is not None:
        kept.append(f"$top={top}")
    return "&".join(kept)
