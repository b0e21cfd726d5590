"""Convert rows of ``Content`` to entities and pages, with filter, order and selection."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.filters import (
    Dialect,
    FilterError,
    Property,
    compile_filter,
    parse,
)
from tests.simulators.cloud_integration.key_predicates import write_literal
from tests.simulators.cloud_integration.odata_request import (
    ODataRequest,
)
from tests.simulators.cloud_integration.operations import EntityType
from tests.simulators.cloud_integration.paging import entity_response, page_response
from tests.simulators.cloud_integration.query_options import OptionError, Options
from tests.simulators.cloud_integration.responses import (
    Deferred,
    Entity,
    Timestamp,
)
from tests.simulators.http_server import Response

_WRITE_ONLY = frozenset(
    {
        "Password",
        "ClientSecret",
        "SecureParam",
        "ArtifactContent",
        "ResourceContent",
        "PackageContent",
    }
)
"""Properties that SAP accepts but returns as null."""

_FUNCTION = re.compile(
    r"(?:(?P<sub>substringof)\('(?P<part>(?:[^']|'')*)',\s*(?P<of>\w+)\)"
    r"|(?P<edge>startswith|endswith)\((?P<name>\w+),\s*'(?P<text>(?:[^']|'')*)'\))"
    r"(?:\s+eq\s+true)?\Z"
)

Expander = Callable[[Row, str], list[Entity] | Entity | None]


class Renderer:
    """Creates entities with links that start with ``base``, and pages of ``page_size`` rows."""

    def __init__(self, base: str, page_size: int) -> None:
        """``base`` ends with a slash."""
        self.base = base
        self._page_size = page_size

    def entity(
        self, entity_type: EntityType, row: Row, expanded: Mapping[str, Any] | None = None
    ) -> Entity:
        """Return a row as an entity; ``expanded`` are the values of navigation properties."""
        uri = f"{self.base}{entity_type.set}({_key(entity_type, row)})"
        values = {name: _json_value(name, edm, row) for name, edm in entity_type.properties.items()}
        for link in entity_type.links:
            values[link] = Deferred(f"{uri}/{link}")
        media = row.get("@media")
        return Entity(
            entity_type.name,
            uri,
            values | dict(expanded or {}),
            None if media is None else media.type,
        )

    def entity_response(
        self, request: ODataRequest, entity_type: EntityType, entity: Entity, options: Options
    ) -> Response:
        """Return an entity, or the properties in ``$select``."""
        return entity_response(request, entity, options, selectable(entity_type))

    def list_response(
        self,
        request: ODataRequest,
        entity_type: EntityType,
        rows: Sequence[Row],
        options: Options,
        make: Callable[[Row], Entity],
    ) -> Response:
        """Return the page of the rows for the options."""
        return page_response(
            request,
            apply_orderby(entity_type, apply_filter(entity_type, rows, options), options),
            make,
            options,
            page_size=self._page_size,
            base=self.base,
            set_name=entity_type.set,
            key_name=next(iter(entity_type.keys)),
            selectable=selectable(entity_type),
        )


def selectable(entity_type: EntityType) -> frozenset[str]:
    """Return the names that ``$select`` may contain."""
    return frozenset({*entity_type.properties, *entity_type.links})


def apply_filter(entity_type: EntityType, rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Return the rows that match ``$filter``: a single function, or comparisons."""
    text = options.values.get("$filter")
    if text is None:
        return rows
    function = _FUNCTION.match(text.strip())
    if function is not None:
        return [row for row in rows if _evaluate(function, entity_type, row)]
    dialect = Dialect(
        {
            name: Property(name, _getter(name, edm), is_date=edm == "Edm.DateTime")
            for name, edm in entity_type.properties.items()
        }
    )
    predicate = compile_filter(parse(text, dialect))
    return [row for row in rows if predicate(row)]


def apply_orderby(entity_type: EntityType, rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Return the rows in the order of ``$orderby``, null first."""
    result = list(rows)
    for term in reversed(options.values.get("$orderby", "").split(",")):
        name, _, direction = term.strip().partition(" ")
        if not name:
            continue
        if name not in entity_type.properties or direction not in ("", "asc", "desc"):
            raise OptionError(400, f"Invalid value: '{term}'.")
        result.sort(key=_sort_key(name), reverse=direction == "desc")
    return result


def _sort_key(name: str) -> Callable[[Row], Any]:
    return lambda row: (row.get(name) is not None, row.get(name) or "")


def _getter(name: str, edm: str) -> Callable[[Row], Any]:
    if edm in ("Edm.String", "Edm.DateTime"):
        return lambda row: row.get(name)
    return lambda row: None if row.get(name) is None else str(row[name])


def _evaluate(function: re.Match[str], entity_type: EntityType, row: Row) -> bool:
    name = function["of"] or function["name"]
    if name not in entity_type.properties:
        raise FilterError(f"Unknown property '{name}'")
    value = str(row.get(name) or "")
    if function["sub"]:
        return function["part"].replace("''", "'") in value
    text = function["text"].replace("''", "'")
    return value.startswith(text) if function["edge"] == "startswith" else value.endswith(text)


def _key(entity_type: EntityType, row: Row) -> str:
    literals = {
        name: write_literal("" if row.get(name) is None else row[name], edm)
        for name, edm in entity_type.keys.items()
    }
    if len(literals) == 1:
        return next(iter(literals.values()))
    return ",".join(f"{name}={value}" for name, value in literals.items())


def _json_value(name: str, edm: str, row: Row) -> Any:
    value = row.get(name)
    if value is None or name in _WRITE_ONLY:
        return None
    if edm == "Edm.DateTime":
        return Timestamp(value)
    if edm == "Edm.Int64":
        return str(value)
    if edm == "Edm.Binary":
        return base64.b64encode(value).decode()
    if edm == "Edm.Complex":
        return {
            inner: Timestamp(item) if inner == "DeployedOn" else item
            for inner, item in value.items()
        }
    return value
