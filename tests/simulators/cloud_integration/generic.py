"""Operations without specific behavior: read, list, count, download, delete."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Parent, Row
from tests.simulators.cloud_integration.errors import not_found
from tests.simulators.cloud_integration.operation_call import (
    OperationCall,
    State,
    empty_response,
    media_response,
)
from tests.simulators.cloud_integration.operations import OPERATIONS, entity_types
from tests.simulators.cloud_integration.rendering import apply_filter
from tests.simulators.http_server import Response

_LANDSCAPE = frozenset({"IntegrationPackages", "IntegrationDesigntimeArtifacts"})
_NAVIGATION_ONLY = frozenset({"IdMapFromIds", "IdMapToIds"})
"""Sets that only support navigation; SAP returns an empty list for an unknown key."""


@functools.cache
def _navigation_targets() -> Mapping[tuple[str, str], str]:
    """Return the target set of navigation properties, by set and property."""
    targets = {}
    for operation in OPERATIONS:
        names = [part.removesuffix("()") for part in operation.shape if part[0] != "$"]
        if len(names) == 2 and operation.type:
            targets[names[0], names[1]] = entity_types()[operation.type].set
    return targets


def target_set(name: str, link: str) -> str:
    """Return the target set of a navigation property, by default its own name."""
    return _navigation_targets().get((name, link), link)


def handle(state: State, call: OperationCall) -> Response:
    """Handle a request according to the definition of its operation."""
    operation = call.operation
    if operation.method == "DELETE":
        name = operation.set
        state.content.remove(name, state.get_row(name, call.keys[0]))
        return empty_response(call)
    result = operation.result
    if result in ("list", "number"):
        rows = _rows(state, call)
        if result == "list":
            return state.list_response(call, rows)
        entity_type = next(item for item in entity_types().values() if item.set == _set(call))
        number = len(apply_filter(entity_type, rows, call.options))
        return Response(200, str(number).encode(), "text/plain;charset=utf-8")
    row = _row(state, call)
    return media_response(row["@media"]) if result == "media" else state.entity_response(call, row)


def _names(call: OperationCall) -> list[str]:
    shape = call.operation.shape
    return [part.removesuffix("()") for part in shape if part[0] != "$"]


def _set(call: OperationCall) -> str:
    names = _names(call)
    return names[0] if len(names) == 1 else _navigation_targets()[names[0], names[1]]


def _parent(state: State, call: OperationCall) -> Parent:
    """Return the entity that a path starts with; raises a 404."""
    name, key = call.operation.set, call.keys[0]
    if name == "IntegrationPackages":
        state.package(key[0])
    elif name == "IntegrationDesigntimeArtifacts":
        return name, (state.iflow(*key).id,)
    elif "DesigntimeArtifacts" in name:
        return name, (state.get_row(name, key)["Id"],)
    elif name not in _NAVIGATION_ONLY:
        state.get_row(name, key)
    return name, key


def _rows(state: State, call: OperationCall) -> list[Row]:
    if len(_names(call)) == 1:
        return state.content.rows(_set(call))
    return state.content.children(_set(call), _parent(state, call))


def _row(state: State, call: OperationCall) -> Row:
    """Return the row with the key in the path, or the target of a navigation to one entity."""
    if len(_names(call)) == 1:
        return state.get_row(_set(call), call.keys[0])
    parent = _parent(state, call)
    if not call.keys[1]:
        rows = state.content.children(_set(call), parent)
        if rows:
            return rows[0]
        raise not_found()
    row = state.content.find(_set(call), call.keys[1], parent)
    if row is None:
        raise not_found()
    return row
