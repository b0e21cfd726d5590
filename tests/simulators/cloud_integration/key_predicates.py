"""Keys as they stand in a path, read as strictly as OData asks, and written as it asks.

A string stands in single quotes, doubled inside; an Int64 ends in L. Source: OData V2, URI
conventions: literals and key predicates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from tests.simulators.cloud_integration.operations import Operation, Parameter, split_template

_SEGMENT = re.compile(r"(\$?[A-Za-z0-9_]+)(?:\((.*)\))?\Z", re.DOTALL)
_PART = re.compile(
    r"(?:(?P<name>[A-Za-z_]\w*)=)?"
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+)(?P<long>[lL])?|(?P<truth>true|false))"
    r"(?:,|\Z)"
)
_TEMPLATE_PART = re.compile(r"(?:(\w+)=)?('?)(?:\{([^}]+)\}|([^',]+))'?(?:,|\Z)")


class MalformedError(ValueError):
    """A path, key or literal that is answered with 400."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal with the type that it was written in."""

    value: str | int | bool
    type: str

    def fits(self, wanted: str) -> bool:
        """Return whether it may stand for this type; a shorter number may stand for a longer."""
        return self.type == wanted or (self.type, wanted) == ("Edm.Int32", "Edm.Int64")


@dataclass(frozen=True, slots=True)
class PathSegment:
    """``Name`` or ``Name(keys)``; a key without a name has the name ""."""

    name: str
    keys: Mapping[str, Literal] | None

    @property
    def shape(self) -> str:
        """The name, followed by ``()`` if it has a key."""
        return self.name if self.keys is None else f"{self.name}()"


def read_path(path: str) -> tuple[PathSegment, ...]:
    """Return the segments of a path below the API's root; raises ``MalformedError``."""
    segments = []
    for part in path.strip("/").split("/"):
        match = _SEGMENT.match(unquote(part))
        if match is None:
            raise MalformedError(f"Malformed URI segment: '{unquote(part)}'")
        keys = None if match[2] is None else _read_keys(match[2])
        segments.append(PathSegment(match[1], keys))
    return tuple(segments)


def _read_keys(text: str) -> dict[str, Literal]:
    keys: dict[str, Literal] = {}
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or (match["name"] or "") in keys:
            raise MalformedError(f"Invalid key predicate: '{text}'")
        keys[match["name"] or ""] = _literal(match)
        at = match.end()
    if not keys or text.endswith(",") or ("" in keys and len(keys) > 1):
        raise MalformedError(f"Invalid key predicate: '{text}'")
    return keys


def _literal(match: re.Match[str]) -> Literal:
    if match["text"] is not None:
        return Literal(match["text"].replace("''", "'"), "Edm.String")
    if match["truth"] is not None:
        return Literal(match["truth"] == "true", "Edm.Boolean")
    return Literal(int(match["number"]), "Edm.Int64" if match["long"] else "Edm.Int32")


def read_literal(text: str, wanted: Parameter) -> str | int | bool:
    """Return the value of a function import's parameter; raises ``MalformedError``."""
    match = _PART.fullmatch(text)
    if match is None or match["name"] is not None or text.endswith(","):
        raise MalformedError(f"Unknown literal: '{text}'.")
    literal = _literal(match)
    if not literal.fits(wanted.type):
        raise MalformedError(f"Type of '{wanted.name}' must be {wanted.type}.")
    return literal.value


def bind(
    operation: Operation, segments: tuple[PathSegment, ...], names: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str | int | bool, ...], ...] | None:
    """Return each segment's keys in the template's order, or None where a fixed key differs.

    ``names`` are the key properties of each set: ``Set('x')`` and ``Set(Name='x')`` are the same.
    Raises ``MalformedError`` for keys with wrong names or types.
    """
    types = {key.name: key.type for key in operation.keys}
    bound = []
    for segment, template in zip(segments, split_template(operation.path), strict=True):
        inside = template.partition("(")[2].removesuffix(")")
        wanted = list(_TEMPLATE_PART.finditer(inside)) if inside else []
        keys = []
        for part in wanted:
            name, _, placeholder, fixed = part.groups()
            literal = _given(segment, name or "", len(wanted), names)
            expected = types[placeholder] if placeholder else "Edm.String"
            if literal is None or not literal.fits(expected):
                raise MalformedError(f"Invalid key predicate: '{inside}' is expected")
            if fixed is not None and literal.value != fixed:
                return None
            keys.append(literal.value)
        bound.append(tuple(keys))
    return tuple(bound)


def _given(
    segment: PathSegment, name: str, wanted: int, names: Mapping[str, tuple[str, ...]]
) -> Literal | None:
    keys = segment.keys or {}
    if len(keys) != wanted:
        return None
    if wanted == 1 and next(iter(keys)) in ("", name, *names.get(segment.name, ())):
        return next(iter(keys.values()))
    return keys.get(name)


def write_literal(value: str | int | bool, kind: str = "Edm.String") -> str:
    """Return a literal, percent-encoded."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if kind == "Edm.Int64" else str(value)
    return "'" + quote(value.replace("'", "''"), safe="") + "'"


def write_path(operation: Operation, keys: Mapping[str, Any]) -> str:
    """Return the operation's path with these keys, encoded."""
    path = operation.path
    for key in operation.keys:
        written = write_literal(keys[key.name], key.type)
        path = path.replace(
            f"'{{{key.name}}}'" if key.type == "Edm.String" else f"{{{key.name}}}", written
        )
    return path
