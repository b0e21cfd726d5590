"""Responses with one entity or one page of a list, as JSON or Atom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulators.cloud_integration.odata_request import (
    NOTHING,
    ODataRequest,
    parse_select,
    select_properties,
)
from tests.simulators.cloud_integration.query_options import Options
from tests.simulators.cloud_integration.responses import (
    Entity,
    atom_collection,
    atom_entity,
    json_collection,
    json_entity,
)
from tests.simulators.http_server import Response

T = TypeVar("T")


def entity_response(
    request: ODataRequest, entity: Entity, options: Options, selectable: frozenset[str] = NOTHING
) -> Response:
    """Return an entity, or its properties in ``$select``."""
    names = parse_select(options, selectable)
    if names:
        entity = select_properties(entity, names)
    return json_entity(entity) if request.wants_json else atom_entity(entity)


def page_response(
    request: ODataRequest,
    rows: Sequence[T],
    make: Callable[[T], Entity],
    options: Options,
    *,
    page_size: int,
    base: str,
    set_name: str,
    key_name: str,
    selectable: frozenset[str],
    link_root: str = "",
) -> Response:
    """Return the page of the rows for the options; ``link_root`` makes ``__next`` absolute."""
    names = parse_select(options, selectable)
    page = request.page_faults.page(rows, options, page_size)
    query = request.http.query
    next_link = request.page_faults.link(
        None if page.next_link is None else f"{request.path}?{page.next_link}",
        f"{request.path}?{query}" if query else request.path,
    )
    if next_link is not None and "://" not in next_link:
        next_link = link_root + next_link
    count = request.page_faults.count(len(rows)) if options.wants_count else None
    entities = request.page_faults.rows([make(row) for row in page.rows], key_name)
    if names:
        entities = [select_properties(entity, names) for entity in entities]
    if request.wants_json:
        return json_collection(entities, count, next_link)
    return atom_collection(entities, count, next_link, base, set_name)
