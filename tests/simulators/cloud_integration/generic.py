"""What an operation does that needs no code of its own: read, list, count, download, delete."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Parent, Row
from tests.simulators.cloud_integration.operation_call import (
    OperationCall,
    State,
    done,
    media,
)
from tests.simulators.cloud_integration.operations import OPERATIONS, entity_types
from tests.simulators.cloud_integration.refusals import not_found
from tests.simulators.cloud_integration.rendering import matching
from tests.simulators.http_server import Answer

_LANDSCAPE = frozenset({"IntegrationPackages", "IntegrationDesigntimeArtifacts"})
_UNLISTED = frozenset({"IdMapFromIds", "IdMapToIds"})
"""Sets that can be navigated from, but not read: SAP answers an unknown key with an empty list."""


@functools.cache
def _behind() -> Mapping[tuple[str, str], str]:
    """Return the set behind each navigation, by the set and the navigation's name."""
    found = {}
    for operation in OPERATIONS:
        names = [part.removesuffix("()") for part in operation.shape if part[0] != "$"]
        if len(names) == 2 and operation.type:
            found[names[0], names[1]] = entity_types()[operation.type].set
    return found


def set_behind(name: str, link: str) -> str:
    """Return the set behind a navigation, or the navigation's own name."""
    return _behind().get((name, link), link)


def answer(state: State, asked: OperationCall) -> Answer:
    """Answer as the operation's row says."""
    operation = asked.operation
    if operation.method == "DELETE":
        name = operation.set
        state.content.remove(name, state.found(name, asked.keys[0]))
        return done(asked)
    kind = operation.answer
    if kind in ("list", "number"):
        rows = _rows(state, asked)
        if kind == "list":
            return state.list(asked, rows)
        counted = next(item for item in entity_types().values() if item.set == _set(asked))
        number = len(matching(counted, rows, asked.options))
        return Answer(200, str(number).encode(), "text/plain;charset=utf-8")
    row = _row(state, asked)
    return media(row["@media"]) if kind == "media" else state.entity(asked, row)


def _names(asked: OperationCall) -> list[str]:
    shape = asked.operation.shape
    return [part.removesuffix("()") for part in shape if part[0] != "$"]


def _set(asked: OperationCall) -> str:
    names = _names(asked)
    return names[0] if len(names) == 1 else _behind()[names[0], names[1]]


def _parent(state: State, asked: OperationCall) -> Parent:
    """Return the entity that a path begins with, or refuse with 404."""
    name, key = asked.operation.set, asked.keys[0]
    if name == "IntegrationPackages":
        state.package(key[0])
    elif name == "IntegrationDesigntimeArtifacts":
        return name, (state.iflow(*key).id,)
    elif "DesigntimeArtifacts" in name:
        return name, (state.found(name, key)["Id"],)
    elif name not in _UNLISTED:
        state.found(name, key)
    return name, key


def _rows(state: State, asked: OperationCall) -> list[Row]:
    if len(_names(asked)) == 1:
        return state.content.rows(_set(asked))
    return state.content.children(_set(asked), _parent(state, asked))


def _row(state: State, asked: OperationCall) -> Row:
    """Return the one row of a keyed path, or the first behind a navigation to one."""
    if len(_names(asked)) == 1:
        return state.found(_set(asked), asked.keys[0])
    parent = _parent(state, asked)
    if not asked.keys[1]:
        rows = state.content.children(_set(asked), parent)
        if rows:
            return rows[0]
        raise not_found()
    row = state.content.find(_set(asked), asked.keys[1], parent)
    if row is None:
        raise not_found()
    return row
