"""SAP's OData API for Cloud Integration as a table: all operations and entity types.

``operations.csv`` has one row per operation, in the order of SAP's seven OpenAPI files (Integration
Content, Message Processing Logs, Message Store, Log Files, Partner Directory, Security Content, B2B
Scenarios); rows with the source ``metadata`` are only in $metadata of live tenants.
``entity_types.csv`` has one row per entity type. Both only contain names, types and status codes.
Differences from the OpenAPI files:

- added: the rate-limit family (SAP Help, rate limits) and the role (SAP Help, tasks and
  permissions, role templates of Cloud Foundry);
- a read by key returns an entity, even if SAP's example shows a list;
- properties that are required according to SAP's text, but not its schema, are required;
- dates that are strings in SAP's schema, but ``/Date(ms)/`` in its examples, are dates.

Format of the cells: ``query`` and ``body`` are names separated by spaces; ``*`` marks a required
name, ``:Type`` an EDM type other than String, ``=a|b`` the allowed values; a name in quotes is a
parameter of a function import whose value is an OData literal. A body of ``<type/subtype>`` is raw.
``conflict_status`` is the status if the key of a new entity already exists.
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

    ``List`` and ``Complex`` are nested JSON. ``literal``: in a query string, the value is an OData
    literal, with strings in quotes.
    """

    name: str
    type: str = "Edm.String"
    required: bool = False
    values: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of SAP's API; see the module for the sources of the fields."""

    area: str
    method: str
    path: str
    """Relative to ``/api/v1/``, with SAP's placeholders; "" is the root of the service."""
    keys: tuple[Parameter, ...]
    """The placeholders of the path, in order."""
    query: tuple[Parameter, ...]
    body: tuple[Parameter, ...] | None
    media: str | None
    """The Content-Type of a raw body."""
    status: int
    conflict_status: int | None
    result: str
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
        """The entity set or function import that the path starts with."""
        return re.split(r"[/(]", self.path, maxsplit=1)[0]

    @property
    def is_function(self) -> bool:
        """Whether this is a function import: a POST with parameters in the query."""
        return self.method == "POST" and self.body is None and self.media is None

    @property
    def shape(self) -> tuple[str, ...]:
        """The segments without their keys: ``("Queues()", "Messages")``."""
        return tuple(re.sub(r"\(.*\)", "()", part) for part in split_template(self.path))


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type: its set, keys and properties by name, and its navigation properties."""

    name: str
    set: str
    keys: Mapping[str, str]
    properties: Mapping[str, str]
    links: tuple[str, ...]


def split_template(path: str) -> list[str]:
    """Return the segments of a path template."""
    return path.split("/") if path else []


def _parameters(cell: str) -> tuple[Parameter, ...]:
    parameters = []
    for word in cell.split():
        match = _WORD.match(word)
        if match is None:
            raise ValueError(word)
        quote, name, required, type_, values = match.groups()
        parameters.append(
            Parameter(
                name,
                f"Edm.{type_ or 'String'}",
                bool(required),
                tuple(values.split("|")) if values else (),
                bool(quote),
            )
        )
    return tuple(parameters)


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
        int(row["conflict_status"]) if row["conflict_status"] else None,
        row["result"],
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
"""All operations, in SAP's order."""


@functools.cache
def entity_types() -> Mapping[str, EntityType]:
    """Return the entity types by their names."""
    return {row["type"]: _entity_type(row) for row in _rows("entity_types.csv")}


@functools.cache
def operations_by_shape() -> Mapping[tuple[str, ...], Mapping[str, Operation]]:
    """Return operations by the shape of their path and by method."""
    by_shape: dict[tuple[str, ...], dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_shape.setdefault(operation.shape, {})[operation.method] = operation
    return by_shape
