"""One request to the OData API, read as far as all entity sets have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulators.cloud_integration.answers import Entity
from tests.simulators.cloud_integration.lies import Lies
from tests.simulators.cloud_integration.query_options import OptionError, Options, read_options
from tests.simulators.cloud_integration.resource_path import Segment
from tests.simulators.http_server import Request

NOTHING: frozenset[str] = frozenset()


class NotFoundError(Exception):
    """Answered with 404; SAP's words for it are the same whatever is missing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through the API."""

    request: Request
    path: str
    """Below the API's root, as sent."""
    segments: tuple[Segment, ...]
    lies: Lies

    @property
    def wants_json(self) -> bool:
        """Whether JSON was asked for; Atom XML is SAP's default for every set."""
        query = self.request.query.replace("%24", "$")
        if "$format=" in query:
            return "$format=json" in query
        return "json" in self.request.headers.get("accept", "")

    def key(self, position: int, name: str = "") -> str:
        """Return a key of a segment, by name or as the only one."""
        keys = self.segments[position].keys or {}
        if name not in keys:
            raise NotFoundError
        return keys[name]

    def options(self, allowed: frozenset[str] = NOTHING) -> Options:
        """Return the query options, where the set allows no others."""
        return read_options(self.request.query, allowed)


def selected(options: Options, selectable: frozenset[str]) -> frozenset[str]:
    """Return the names in ``$select``; raises ``OptionError`` for one that the set lacks."""
    chosen = frozenset(options.names("$select"))
    if not chosen <= selectable:
        raise OptionError(400, f"Invalid $select: {', '.join(sorted(chosen - selectable))}")
    return chosen


def only(entity: Entity, names: frozenset[str]) -> Entity:
    """Return the entity with these properties alone."""
    kept = {name: value for name, value in entity.values.items() if name in names}
    return replace(entity, values=kept)
