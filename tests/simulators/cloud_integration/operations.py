"""SAP's OData API for Cloud Integration as a table: every operation, and the types of its answers.

``operations.csv`` has one row per operation, in the order of SAP's seven OpenAPI files (Integration
Content, Message Processing Logs, Message Store, Log Files, Partner Directory, Security Content, B2B
Scenarios); rows with the source ``metadata`` come from the $metadata of a live tenant and stand in
none of these files. ``entity_types.csv`` has one row per entity type. Both hold facts alone: names,
types, status codes. What they say beyond these files:

- the rate-limit family: SAP Help, rate limits; the role: SAP Help, tasks and permissions (the
  role templates of Cloud Foundry);
- a keyed read is an entity, also where SAP's example shows a list, as OData has it;
- properties that SAP's text, but not its schema, calls required are required;
- dates that SAP's schema calls strings, but its examples show as ``/Date(ms)/``, are dates.

How a cell is read: ``query`` and ``body`` are names separated by blanks, ``*`` marks a required
one, ``:Type`` an EDM type other than String, ``=a|b`` its only values; a name in quotes is a
parameter of a function import whose value is an OData literal. A body of ``<type/subtype>`` is raw.
``taken`` is the status of a creation whose key exists already.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_WORD = re.compile(r"(')?([$\w]+)'?(\*)?(?::(\w+))?(?:=(\S+))?\Z")
_PLACEHOLDER = re.compile(r"('?)\{([^}]+)\}")
_MEDIA = re.compile(r"<(.+)>\Z")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A key, a query option or a property. ``type`` is an EDM type ("Edm.String", "Edm.Int64").

    ``List`` and ``Complex`` stand for nested JSON. ``literal``: in a query string the value is
    written as an OData literal, strings in quotes.
    """

    name: str
    type: str = "Edm.String"
    required: bool = False
    values: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of SAP's API; see the module for what the fields are taken from."""

    area: str
    method: str
    path: str
    """Below ``/api/v1/``, as SAP writes it, with placeholders; "" is the service's root."""
    keys: tuple[Parameter, ...]
    """The placeholders of the path, in their order."""
    query: tuple[Parameter, ...]
    body: tuple[Parameter, ...] | None
    media: str | None
    """The Content-Type of a raw body."""
    status: int
    taken: int | None
    answer: str
    """``entity``, ``list``, ``number``, ``text``, ``media`` or ``none``."""
    type: str
    family: str
    role: str
    documented: bool

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def set(self) -> str:
        """The entity set or function import that the path begins with."""
        return re.split(r"[/(]", self.path, maxsplit=1)[0]

    @property
    def is_function(self) -> bool:
        """Whether this is a function import: called by POST, with parameters in the query."""
        return self.method == "POST" and self.body is None and self.media is None

    @property
    def shape(self) -> tuple[str, ...]:
        """The segments without their keys: ``("Queues()", "Messages")``."""
        return tuple(re.sub(r"\(.*\)", "()", part) for part in split_template(self.path))


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type: its set, keys and properties by name, and its navigations."""

    name: str
    set: str
    keys: Mapping[str, str]
    properties: Mapping[str, str]
    links: tuple[str, ...]


def split_template(path: str) -> list[str]:
    """Return the segments of a template; its slashes stand between segments alone."""
    return path.split("/") if path else []


def _parameters(cell: str) -> tuple[Parameter, ...]:
    found = []
    for word in cell.split():
        match = _WORD.match(word)
        if match is None:
            raise ValueError(word)
        quote, name, required, kind, values = match.groups()
        found.append(
            Parameter(
                name,
                f"Edm.{kind or 'String'}",
                bool(required),
                tuple(values.split("|")) if values else (),
                bool(quote),
            )
        )
    return tuple(found)


def _keys(path: str) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, "Edm.String" if quote else "Edm.Int64", required=True)
        for quote, name in _PLACEHOLDER.findall(path)
    )


def _operation(row: Mapping[str, str]) -> Operation:
    media = _MEDIA.match(row["body"])
    return Operation(
        row["area"],
        row["method"],
        row["path"],
        _keys(row["path"]),
        _parameters(row["query"]),
        _parameters(row["body"]) if row["body"] and media is None else None,
        media[1] if media else None,
        int(row["status"]),
        int(row["taken"]) if row["taken"] else None,
        row["answer"],
        row["type"],
        row["family"],
        row["role"],
        row["source"] == "openapi",
    )


def _entity_type(row: Mapping[str, str]) -> EntityType:
    return EntityType(
        row["type"],
        row["set"],
        {item.name: item.type for item in _parameters(row["keys"])},
        {item.name: item.type for item in _parameters(row["properties"])},
        tuple(row["links"].split()),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", quoting=csv.QUOTE_NONE))


OPERATIONS: tuple[Operation, ...] = tuple(_operation(row) for row in _rows("operations.csv"))
"""Every operation, in SAP's order."""


@functools.cache
def entity_types() -> Mapping[str, EntityType]:
    """Return the entity types by their names."""
    return {row["type"]: _entity_type(row) for row in _rows("entity_types.csv")}


@functools.cache
def operations_by_shape() -> Mapping[tuple[str, ...], Mapping[str, Operation]]:
    """Return, for each shape of a path, its operations by method."""
    found: dict[tuple[str, ...], dict[str, Operation]] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.shape, {})[operation.method] = operation
    return found
