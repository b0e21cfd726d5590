"""Parse and write keys in paths, strictly by OData's rules.

Strings are in single quotes, which are doubled inside; an Int64 ends in L. Source: OData V2, URI
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
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+)(?P<long>[lL])?|(?P<boolean>true|false))"
    r"(?:,|\Z)"
)
_TEMPLATE_PART = re.compile(r"(?:(\w+)=)?('?)(?:\{([^}]+)\}|([^',]+))'?(?:,|\Z)")


class MalformedError(ValueError):
    """An invalid path, key or literal, which is rejected with 400."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal with the type of its notation."""

    value: str | int | bool
    type: str

    def matches_type(self, expected: str) -> bool:
        """Return whether the type matches; an Int32 may be used for an Int64."""
        return self.type == expected or (self.type, expected) == ("Edm.Int32", "Edm.Int64")


@dataclass(frozen=True, slots=True)
class PathSegment:
    """``Name`` or ``Name(keys)``; a key without a name has the name ""."""

    name: str
    keys: Mapping[str, Literal] | None

    @property
    def shape(self) -> str:
        """The name, followed by ``()`` if it has a key."""
        return self.name if self.keys is None else f"{self.name}()"


def parse_path(path: str) -> tuple[PathSegment, ...]:
    """Return the segments of a path relative to the API's root; raises ``MalformedError``."""
    segments = []
    for part in path.strip("/").split("/"):
        match = _SEGMENT.match(unquote(part))
        if match is None:
            raise MalformedError(f"Malformed URI segment: '{unquote(part)}'")
        keys = None if match[2] is None else _parse_keys(match[2])
        segments.append(PathSegment(match[1], keys))
    return tuple(segments)


def _parse_keys(text: str) -> dict[str, Literal]:
    keys: dict[str, Literal] = {}
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or (match["name"] or "") in keys:
            raise MalformedError(f"Invalid key predicate: '{text}'")
        keys[match["name"] or ""] = _literal(match)
        position = match.end()
    if not keys or text.endswith(",") or ("" in keys and len(keys) > 1):
        raise MalformedError(f"Invalid key predicate: '{text}'")
    return keys


def _literal(match: re.Match[str]) -> Literal:
    if match["text"] is not None:
        return Literal(match["text"].replace("''", "'"), "Edm.String")
    if match["boolean"] is not None:
        return Literal(match["boolean"] == "true", "Edm.Boolean")
    return Literal(int(match["number"]), "Edm.Int64" if match["long"] else "Edm.Int32")


def parse_literal(text: str, parameter: Parameter) -> str | int | bool:
    """Return the value of a function import's parameter; raises ``MalformedError``."""
    match = _PART.fullmatch(text)
    if match is None or match["name"] is not None or text.endswith(","):
        raise MalformedError(f"Unknown literal: '{text}'.")
    literal = _literal(match)
    if not literal.matches_type(parameter.type):
        raise MalformedError(f"Type of '{parameter.name}' must be {parameter.type}.")
    return literal.value


def bind(
    operation: Operation, segments: tuple[PathSegment, ...], names: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str | int | bool, ...], ...] | None:
    """Return each segment's keys in the template's order, or None if a constant key differs.

    ``names`` are the key properties of each set: ``Set('x')`` and ``Set(Name='x')`` are the same.
    Raises ``MalformedError`` for keys with wrong names or types.
    """
    types = {key.name: key.type for key in operation.keys}
    bound_keys = []
    for segment, template in zip(segments, split_template(operation.path), strict=True):
        predicate = template.partition("(")[2].removesuffix(")")
        parts = list(_TEMPLATE_PART.finditer(predicate)) if predicate else []
        keys = []
        for part in parts:
            name, _, placeholder, constant = part.groups()
            literal = _find_key(segment, name or "", len(parts), names)
            expected = types[placeholder] if placeholder else "Edm.String"
            if literal is None or not literal.matches_type(expected):
                raise MalformedError(f"Invalid key predicate: '{predicate}' is expected")
            if constant is not None and literal.value != constant:
                return None
            keys.append(literal.value)
        bound_keys.append(tuple(keys))
    return tuple(bound_keys)


def _find_key(
    segment: PathSegment, name: str, count: int, names: Mapping[str, tuple[str, ...]]
) -> Literal | None:
    keys = segment.keys or {}
    if len(keys) != count:
        return None
    if count == 1 and next(iter(keys)) in ("", name, *names.get(segment.name, ())):
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
        literal = write_literal(keys[key.name], key.type)
        path = path.replace(
            f"'{{{key.name}}}'" if key.type == "Edm.String" else f"{{{key.name}}}", literal
        )
    return path
