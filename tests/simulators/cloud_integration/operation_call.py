"""A request that has been matched to its operation, and the state that it is answered from."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tests.simulators.cloud_integration.answers import (
    Entity,
    atom_entity,
    json_answer,
    json_entity,
)
from tests.simulators.cloud_integration.call import Call
from tests.simulators.cloud_integration.content import Content, Key, Media, Row
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.entities import Entities
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    Landscape,
    MessageLog,
    Package,
    to_ms,
)
from tests.simulators.cloud_integration.operations import EntityType, Operation, entity_types
from tests.simulators.cloud_integration.query_options import Options
from tests.simulators.cloud_integration.refusals import not_found
from tests.simulators.cloud_integration.rendering import Renderer
from tests.simulators.http_server import Answer

USER = "api.client@example.com"
EMPTY = Answer(204, content_type=None)


class Tenant(Protocol):
    """What the census' part of the simulator holds, shared with the rest of the API."""

    begun_with: Landscape
    """What it held when it was made."""

    @property
    def landscape(self) -> Landscape:
        """Packages, iFlows, runtime artifacts, endpoints and logs as they are now."""

    def change(self, landscape: Landscape) -> None:
        """Put other packages, iFlows, runtime artifacts and endpoints in their place."""

    def log(self, guid: str) -> MessageLog | None:
        """Return a message log that retention still keeps."""

    @property
    def entities(self) -> Entities:
        """How packages and iFlows are shown."""


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One request to one operation."""

    call: Call
    operation: Operation
    keys: tuple[Key, ...]
    """The keys of each segment of the path; an empty tuple for a segment without."""
    parameters: Mapping[str, Any]
    """What is no system query option, decoded: a function import's as values, others as text."""
    options: Options
    body: Mapping[str, Any]

    def says(self, name: str) -> bool:
        """Return whether an option is set to true."""
        return self.parameters.get(name) in (True, "true")


@dataclass(slots=True)
class State:
    """Everything that an operation can read and change."""

    tenant: Tenant
    content: Content
    deployments: Deployments
    renderer: Renderer
    clock: Callable[[], datetime]

    def now(self) -> int:
        """Return the moment in milliseconds."""
        return to_ms(self.clock())

    def type(self, asked: OperationCall) -> EntityType:
        """Return the type of the operation's answer."""
        return entity_types()[asked.operation.type]

    def package(self, key: str) -> Package:
        """Return a package, or refuse with 404."""
        for package in self.tenant.landscape.packages:
            if package.id == key:
                return package
        raise not_found()

    def iflow(self, key: str, version: str = "active") -> DesigntimeIflow:
        """Return an iFlow, or refuse with 404; there is but one version of it."""
        for iflow in self.tenant.landscape.iflows:
            if iflow.id == key and version in ("active", iflow.version):
                return iflow
        raise not_found()

    def found(self, name: str, key: Key) -> Row:
        """Return a row, or refuse with 404; the version ``active`` is the one there is."""
        for row in self.content.rows(name):
            if "DesigntimeArtifacts" in name:
                if row["Id"] == key[0] and key[1:2] in ((), ("active",), (row["Version"],)):
                    return row
            elif self.content.key_of(name, row) == key:
                return row
        raise not_found()

    def list(self, asked: OperationCall, rows: list[Row]) -> Answer:
        """Answer with a page of rows."""
        kind = self.type(asked)
        return self.renderer.several(
            asked.call, kind, rows, asked.options, lambda row: self.renderer.entity(kind, row)
        )

    def entity(
        self, asked: OperationCall, row: Row, expanded: Mapping[str, Any] | None = None
    ) -> Answer:
        """Answer with one row; 201 where the operation says so."""
        kind = self.type(asked)
        entity = self.renderer.entity(kind, row, expanded)
        answer = self.renderer.one(asked.call, kind, entity, asked.options)
        return with_status(answer, asked.operation.status)


def with_status(answer: Answer, status: int) -> Answer:
    """Return the same answer with another status."""
    return Answer(status, answer.body, answer.content_type, answer.headers, answer.cut_after)


def created(asked: OperationCall, entity: Entity) -> Answer:
    """Answer with a new entity."""
    made = json_entity(entity) if asked.call.wants_json else atom_entity(entity)
    return with_status(made, asked.operation.status)


def done(asked: OperationCall) -> Answer:
    """Answer without a body."""
    return Answer(asked.operation.status, content_type=None)


def media(content: Media) -> Answer:
    """Answer with the bytes behind a ``/$value``."""
    name = content.file_name
    headers = () if name is None else (("Content-Disposition", f'attachment; filename="{name}"'),)
    return Answer(200, content.content, content.type, headers)


def text_rows(text: str) -> Answer:
    """Answer with one row of one nameless property, as SAP's switches do."""
    return json_answer(200, {"d": {"results": [{"": text}]}})


def new_id() -> str:
    """Return a fresh id of the form that SAP gives its own."""
    return secrets.token_hex(16)


Handler = Callable[[State, OperationCall], Answer]
