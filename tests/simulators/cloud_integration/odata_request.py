"""A parsed OData request, and query options that are common to all entity sets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulators.cloud_integration.page_faults import PageFaults
from tests.simulators.cloud_integration.query_options import OptionError, Options, parse_options
from tests.simulators.cloud_integration.resource_path import Segment
from tests.simulators.cloud_integration.responses import Entity
from tests.simulators.http_server import Request

NOTHING: frozenset[str] = frozenset()


class NotFoundError(Exception):
    """The entity does not exist; SAP sends the same 404 whatever is missing."""


@dataclass(frozen=True, slots=True)
class ODataRequest:
    """A request to the OData API."""

    http: Request
    path: str
    """Relative to the API's root, still encoded."""
    segments: tuple[Segment, ...]
    page_faults: PageFaults

    @property
    def wants_json(self) -> bool:
        """Whether the client accepts JSON; SAP's default for every set is Atom XML."""
        query = self.http.query.replace("%24", "$")
        if "$format=" in query:
            return "$format=json" in query
        return "json" in self.http.headers.get("accept", "")

    def key(self, position: int, name: str = "") -> str:
        """Return a key of a segment, by name or as the only one."""
        keys = self.segments[position].keys or {}
        if name not in keys:
            raise NotFoundError
        return keys[name]

    def options(self, allowed: frozenset[str] = NOTHING) -> Options:
        """Return the query options; raises ``OptionError`` for others than those allowed."""
        return parse_options(self.http.query, allowed)


def parse_select(options: Options, selectable: frozenset[str]) -> frozenset[str]:
    """Return the names in ``$select``; raises ``OptionError`` for an unknown one."""
    names = frozenset(options.names("$select"))
    if not names <= selectable:
        raise OptionError(400, f"Invalid $select: {', '.join(sorted(names - selectable))}")
    return names


def select_properties(entity: Entity, names: frozenset[str]) -> Entity:
    """Return the entity with only these properties."""
    values = {name: value for name, value in entity.values.items() if name in names}
    return replace(entity, values=values)
