"""A request for a known operation, the state of the tenant, and common responses."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from tests.simulators.cloud_integration.content import Content, Key, Media, Row
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.entities import Entities
from tests.simulators.cloud_integration.errors import not_found
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    Landscape,
    MessageLog,
    Package,
    to_ms,
)
from tests.simulators.cloud_integration.odata_request import ODataRequest
from tests.simulators.cloud_integration.operations import EntityType, Operation, entity_types
from tests.simulators.cloud_integration.query_options import Options
from tests.simulators.cloud_integration.rendering import Renderer
from tests.simulators.cloud_integration.responses import (
    Entity,
    atom_entity,
    json_entity,
    json_response,
)
from tests.simulators.http_server import Response

USER = "api.client@example.com"
NO_CONTENT = Response(204, content_type=None)


class Tenant(Protocol):
    """The part of the simulator that the census uses, shared with the rest of the API."""

    initial_landscape: Landscape

    @property
    def landscape(self) -> Landscape:
        """Packages, iFlows, runtime artifacts, endpoints and logs as they are now."""

    def set_landscape(self, landscape: Landscape) -> None:
        """Replace packages, iFlows, runtime artifacts and endpoints."""

    def find_log(self, guid: str) -> MessageLog | None:
        """Return a message log that has not expired."""

    @property
    def entities(self) -> Entities:
        """Converts packages and iFlows to OData entities."""


@dataclass(frozen=True, slots=True)
class OperationCall:
    """A request for an operation."""

    request: ODataRequest
    operation: Operation
    keys: tuple[Key, ...]
    """The keys of each segment of the path; an empty tuple for a segment without."""
    parameters: Mapping[str, Any]
    """Decoded options other than system query options: values for function imports, else texts."""
    options: Options
    body: Mapping[str, Any]

    def is_true(self, name: str) -> bool:
        """Return whether an option is set to true."""
        return self.parameters.get(name) in (True, "true")


@dataclass(slots=True)
class State:
    """The data that operations read and change."""

    tenant: Tenant
    content: Content
    deployments: Deployments
    renderer: Renderer
    clock: Callable[[], datetime]

    def now(self) -> int:
        """Return the current time in milliseconds."""
        return to_ms(self.clock())

    def entity_type(self, call: OperationCall) -> EntityType:
        """Return the entity type of the operation's response."""
        return entity_types()[call.operation.type]

    def package(self, key: str) -> Package:
        """Return a package; raises a 404."""
        for package in self.tenant.landscape.packages:
            if package.id == key:
                return package
        raise not_found()

    def iflow(self, key: str, version: str = "active") -> DesigntimeIflow:
        """Return an iFlow, which has only one version; raises a 404."""
        for iflow in self.tenant.landscape.iflows:
            if iflow.id == key and version in ("active", iflow.version):
                return iflow
        raise not_found()

    def get_row(self, name: str, key: Key) -> Row:
        """Return a row, where version ``active`` is the only version; raises a 404."""
        for row in self.content.rows(name):
            if "DesigntimeArtifacts" in name:
                if row["Id"] == key[0] and key[1:2] in ((), ("active",), (row["Version"],)):
                    return row
            elif self.content.key_of(name, row) == key:
                return row
        raise not_found()

    def list_response(self, call: OperationCall, rows: list[Row]) -> Response:
        """Return a page of rows."""
        kind = self.entity_type(call)
        return self.renderer.list_response(
            call.request, kind, rows, call.options, lambda row: self.renderer.entity(kind, row)
        )

    def entity_response(
        self, call: OperationCall, row: Row, expanded: Mapping[str, Any] | None = None
    ) -> Response:
        """Return a row, with the status of the operation."""
        kind = self.entity_type(call)
        entity = self.renderer.entity(kind, row, expanded)
        response = self.renderer.entity_response(call.request, kind, entity, call.options)
        return with_status(response, call.operation.status)


def with_status(response: Response, status: int) -> Response:
    """Return the response with a different status."""
    return replace(response, status=status)


def created_response(call: OperationCall, entity: Entity) -> Response:
    """Return a new entity."""
    response = json_entity(entity) if call.request.wants_json else atom_entity(entity)
    return with_status(response, call.operation.status)


def empty_response(call: OperationCall) -> Response:
    """Return a response without a body."""
    return Response(call.operation.status, content_type=None)


def media_response(content: Media) -> Response:
    """Return the content of a ``/$value``."""
    name = content.file_name
    headers = () if name is None else (("Content-Disposition", f'attachment; filename="{name}"'),)
    return Response(200, content.content, content.type, headers)


def text_row_response(text: str) -> Response:
    """Return one row with one nameless property, as SAP does for its switches."""
    return json_response(200, {"d": {"results": [{"": text}]}})


def new_id() -> str:
    """Return a new id in SAP's format."""
    return secrets.token_hex(16)


Handler = Callable[[State, OperationCall], Response]
