"""SAP's whole OData API, by the operation table: everything that the census does not ask for.

A request is matched to its operation by the names in its path; its method, keys, options and body
are then read as strictly as the operation's row says, before any state is looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from tests.simulators.cloud_integration import (
    artifacts,
    design_time,
    discover,
    generic,
    keystore,
    keystore_transfer,
    message_details,
    partners,
    runtime,
    security,
    stores,
)
from tests.simulators.cloud_integration.answers import error
from tests.simulators.cloud_integration.bodies import read_body
from tests.simulators.cloud_integration.call import Call
from tests.simulators.cloud_integration.content import Content
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.key_predicates import (
    MalformedError,
    PathSegment,
    bind,
    read_literal,
    read_path,
)
from tests.simulators.cloud_integration.landscape import Landscape, to_ms
from tests.simulators.cloud_integration.operation_call import (
    Handler,
    OperationCall,
    State,
    Tenant,
)
from tests.simulators.cloud_integration.operations import Operation, operations_by_shape
from tests.simulators.cloud_integration.query_options import SYSTEM_OPTIONS, read_options
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.cloud_integration.rendering import Renderer
from tests.simulators.cloud_integration.seeds_design import design_seeds
from tests.simulators.cloud_integration.seeds_partners import b2b_seeds, partner_seeds
from tests.simulators.cloud_integration.seeds_security import security_seeds
from tests.simulators.cloud_integration.seeds_stores import store_seeds
from tests.simulators.http_server import Answer

_HANDLERS: Mapping[str, Handler] = {
    **artifacts.HANDLERS,
    **design_time.HANDLERS,
    **discover.HANDLERS,
    **keystore.HANDLERS,
    **keystore_transfer.HANDLERS,
    **message_details.HANDLERS,
    **partners.HANDLERS,
    **runtime.HANDLERS,
    **security.HANDLERS,
    **stores.HANDLERS,
}


def seeded_content(landscape: Landscape, now: int) -> Content:
    """Return the tables that a tenant begins with; ``now`` in milliseconds."""
    return Content(
        {
            **design_seeds(landscape, now),
            **store_seeds(now, landscape.name),
            **partner_seeds(now),
            **security_seeds(now),
            **b2b_seeds(now),
        }
    )


class WholeApi:
    """Answers what the operation table names; one request at a time, as its state asks."""

    def __init__(
        self,
        tenant: Tenant,
        deployments: Deployments,
        *,
        clock: Callable[[], datetime],
        base: str,
        page_size: int,
    ) -> None:
        """``base`` stands in ``__metadata``, with a slash at the end."""
        content = seeded_content(tenant.begun_with, to_ms(clock()))
        self._lock = threading.RLock()
        self._state = State(tenant, content, deployments, Renderer(base, page_size), clock)

    @property
    def content(self) -> Content:
        """The tables, for a test to look into or to change."""
        return self._state.content

    def method_refusal(self, method: str, path: str) -> Answer | None:
        """Return the answer to a method that the path's set has not, or None."""
        try:
            _operation(read_path(path) if path.strip("/") else (), method)
        except MalformedError:
            return None  # Refused in its turn, with 400.
        except RefusedError as refusal:
            if refusal.status == 405:
                return error(405, refusal.code, refusal.text, refusal.headers)
        return None

    def answer(self, call: Call) -> Answer:
        """Answer a request, or raise ``RefusedError``, ``FilterError`` or ``OptionError``."""
        try:
            segments = read_path(call.path)
            operation = _operation(segments, call.request.method)
            keys = bind(operation, segments, self.content.key_names)
            if keys is None:
                raise not_found()
            asked = OperationCall(
                replace(call, segments=()),
                operation,
                keys,
                _parameters(operation, call.request.query),
                read_options(call.request.query, _system_options(operation)),
                read_body(operation, call.request),
            )
        except MalformedError as refusal:
            raise RefusedError(400, str(refusal)) from refusal
        with self._lock:
            return _HANDLERS.get(operation.name, generic.answer)(self._state, asked)


def role_of(method: str, path: str) -> str | None:
    """Return the role that an operation asks for, or None where there is no such operation."""
    try:
        return _operation(read_path(path), method).role
    except (MalformedError, RefusedError):
        return None


def _operation(segments: tuple[PathSegment, ...], method: str) -> Operation:
    methods = operations_by_shape().get(tuple(segment.shape for segment in segments))
    if methods is None:
        raise not_found()
    if method not in methods:
        allowed = (("Allow", ", ".join(methods)),)
        raise RefusedError(405, f"The method {method} is not allowed here.", headers=allowed)
    return methods[method]


def _system_options(operation: Operation) -> frozenset[str]:
    return frozenset(item.name for item in operation.query if item.name.startswith("$"))


def _parameters(operation: Operation, query: str) -> dict[str, Any]:
    """Return the options that are not OData's own; a function import's must be complete."""
    known = {item.name: item for item in operation.query}
    values: dict[str, Any] = {}
    for part in query.split("&"):
        name, _, value = (unquote_plus(text) for text in part.partition("="))
        if not name or name in SYSTEM_OPTIONS:
            continue
        item = known.get(name)
        if item is None:
            if operation.is_function:
                raise MalformedError(f"Unknown parameter '{name}'.")
            continue
        literal = item.literal or (operation.is_function and item.type == "Edm.Boolean")
        values[name] = read_literal(value, item) if literal else value
        if item.values and not set(str(values[name]).split(",")) <= set(item.values):
            raise MalformedError(f"Invalid value: '{values[name]}'.")
    for item in operation.query:
        if item.required and item.name not in values and operation.is_function:
            raise MalformedError(f"Parameter '{item.name}' is missing.")
    return values
