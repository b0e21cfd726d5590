"""Rows of ``Content`` as entities, lists and pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.simulators.cloud_integration.answers import (
    Deferred,
    Entity,
    Moment,
    atom_collection,
    atom_entity,
    json_collection,
    json_entity,
)
from tests.simulators.cloud_integration.call import Call, only, selected
from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.filters import (
    Dialect,
    FilterError,
    Property,
    compile_filter,
    parse,
)
from tests.simulators.cloud_integration.key_predicates import write_literal
from tests.simulators.cloud_integration.operations import EntityType
from tests.simulators.cloud_integration.query_options import OptionError, Options
from tests.simulators.http_server import Answer

_NEVER_SHOWN = frozenset(
    {
        "Password",
        "ClientSecret",
        "SecureParam",
        "ArtifactContent",
        "ResourceContent",
        "PackageContent",
    }
)
"""Properties that SAP takes but answers with null."""

_FUNCTION = re.compile(
    r"(?:(?P<sub>substringof)\('(?P<part>(?:[^']|'')*)',\s*(?P<of>\w+)\)"
    r"|(?P<edge>startswith|endswith)\((?P<name>\w+),\s*'(?P<text>(?:[^']|'')*)'\))"
    r"(?:\s+eq\s+true)?\Z"
)

Expander = Callable[[Row, str], list[Entity] | Entity | None]


class Renderer:
    """Makes entities whose links begin with ``base``, and pages of at most ``page_size`` rows."""

    def __init__(self, base: str, page_size: int) -> None:
        """``base`` ends in a slash."""
        self.base = base
        self._page_size = page_size

    def entity(
        self, kind: EntityType, row: Row, expanded: Mapping[str, Any] | None = None
    ) -> Entity:
        """Return a row as its type says; ``expanded`` are the entities behind its navigations."""
        uri = f"{self.base}{kind.set}({_key(kind, row)})"
        values = {name: _shown(name, edm, row) for name, edm in kind.properties.items()}
        for link in kind.links:
            values[link] = Deferred(f"{uri}/{link}")
        media = row.get("@media")
        return Entity(
            kind.name, uri, values | dict(expanded or {}), None if media is None else media.type
        )

    def one(self, call: Call, kind: EntityType, entity: Entity, options: Options) -> Answer:
        """Answer with one entity, or with what ``$select`` leaves of it."""
        chosen = selected(options, selectable(kind))
        shown = only(entity, chosen) if chosen else entity
        return json_entity(shown) if call.wants_json else atom_entity(shown)

    def several(
        self,
        call: Call,
        kind: EntityType,
        rows: Sequence[Row],
        options: Options,
        make: Callable[[Row], Entity],
    ) -> Answer:
        """Answer with the page of the rows that the options ask for."""
        found = ordered(kind, matching(kind, rows, options), options)
        chosen = selected(options, selectable(kind))
        cut = call.lies.page(found, options, self._page_size)
        query = call.request.query
        following = call.lies.link(
            None if cut.following is None else f"{call.path}?{cut.following}",
            f"{call.path}?{query}" if query else call.path,
        )
        count = call.lies.count(len(found)) if options.wants_count else None
        entities = call.lies.rows([make(row) for row in cut.rows], next(iter(kind.keys)))
        if chosen:
            entities = [only(entity, chosen) for entity in entities]
        if call.wants_json:
            return json_collection(entities, count, following)
        return atom_collection(entities, count, following, self.base, kind.set)


def selectable(kind: EntityType) -> frozenset[str]:
    """Return what ``$select`` may name."""
    return frozenset({*kind.properties, *kind.links})


def matching(kind: EntityType, rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Return the rows that ``$filter`` finds; a function stands alone, as in SAP's examples."""
    text = options.values.get("$filter")
    if text is None:
        return rows
    function = _FUNCTION.match(text.strip())
    if function is not None:
        return [row for row in rows if _holds(function, kind, row)]
    dialect = Dialect(
        {
            name: Property(name, _getter(name, edm), is_moment=edm == "Edm.DateTime")
            for name, edm in kind.properties.items()
        }
    )
    verdict = compile_filter(parse(text, dialect))
    return [row for row in rows if verdict(row)]


def ordered(kind: EntityType, rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Return the rows in the order of ``$orderby``, null first."""
    result = list(rows)
    for term in reversed(options.values.get("$orderby", "").split(",")):
        name, _, direction = term.strip().partition(" ")
        if not name:
            continue
        if name not in kind.properties or direction not in ("", "asc", "desc"):
            raise OptionError(400, f"Invalid value: '{term}'.")
        result.sort(key=_order(name), reverse=direction == "desc")
    return result


def _order(name: str) -> Callable[[Row], Any]:
    return lambda row: (row.get(name) is not None, row.get(name) or "")


def _getter(name: str, edm: str) -> Callable[[Row], Any]:
    if edm in ("Edm.String", "Edm.DateTime"):
        return lambda row: row.get(name)
    return lambda row: None if row.get(name) is None else str(row[name])


def _holds(function: re.Match[str], kind: EntityType, row: Row) -> bool:
    name = function["of"] or function["name"]
    if name not in kind.properties:
        raise FilterError(f"Unknown property '{name}'")
    value = str(row.get(name) or "")
    if function["sub"]:
        return function["part"].replace("''", "'") in value
    text = function["text"].replace("''", "'")
    return value.startswith(text) if function["edge"] == "startswith" else value.endswith(text)


def _key(kind: EntityType, row: Row) -> str:
    written = {
        name: write_literal("" if row.get(name) is None else row[name], edm)
        for name, edm in kind.keys.items()
    }
    if len(written) == 1:
        return next(iter(written.values()))
    return ",".join(f"{name}={value}" for name, value in written.items())


def _shown(name: str, edm: str, row: Row) -> Any:
    value = row.get(name)
    if value is None or name in _NEVER_SHOWN:
        return None
    if edm == "Edm.DateTime":
        return Moment(value)
    if edm == "Edm.Int64":
        return str(value)
    if edm == "Edm.Binary":
        return base64.b64encode(value).decode()
    if edm == "Edm.Complex":
        return {
            inner: Moment(item) if inner == "DeployedOn" else item for inner, item in value.items()
        }
    return value
