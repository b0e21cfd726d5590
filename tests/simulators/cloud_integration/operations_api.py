"""All operations in the operation table, for requests that the census does not send.

The names in the path determine the operation. Method, keys, options and body are validated against
its definition before it is executed.
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
from tests.simulators.cloud_integration.bodies import parse_body
from tests.simulators.cloud_integration.content import Content
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.key_predicates import (
    MalformedError,
    PathSegment,
    bind,
    parse_literal,
    parse_path,
)
from tests.simulators.cloud_integration.landscape import Landscape, to_ms
from tests.simulators.cloud_integration.odata_request import ODataRequest
from tests.simulators.cloud_integration.operation_call import (
    Handler,
    OperationCall,
    State,
    Tenant,
)
from tests.simulators.cloud_integration.operations import Operation, operations_by_shape
from tests.simulators.cloud_integration.query_options import SYSTEM_OPTIONS, parse_options
from tests.simulators.cloud_integration.rendering import Renderer
from tests.simulators.cloud_integration.responses import error_response
from tests.simulators.cloud_integration.seeds_design import design_seeds
from tests.simulators.cloud_integration.seeds_partners import b2b_seeds, partner_seeds
from tests.simulators.cloud_integration.seeds_security import security_seeds
from tests.simulators.cloud_integration.seeds_stores import store_seeds
from tests.simulators.http_server import Response

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


_NOT_IMPLEMENTED = frozenset({("PATCH", "OAuth2ClientCredentials()"), ("PUT", "AccessPolicies()")})
"""Methods that are answered with 501 instead of 405, as observed on tenants."""


def seeded_content(landscape: Landscape, now: int) -> Content:
    """Return the initial tables of a tenant; ``now`` in milliseconds."""
    return Content(
        {
            **design_seeds(landscape, now),
            **store_seeds(now, landscape.name),
            **partner_seeds(now),
            **security_seeds(now),
            **b2b_seeds(now),
        }
    )


class OperationsApi:
    """Handles the operations in the table, one request at a time because they share state."""

    def __init__(
        self,
        tenant: Tenant,
        deployments: Deployments,
        *,
        clock: Callable[[], datetime],
        base: str,
        page_size: int,
    ) -> None:
        """``base`` is the address in ``__metadata``, with a trailing slash."""
        content = seeded_content(tenant.initial_landscape, to_ms(clock()))
        self._lock = threading.RLock()
        self._state = State(tenant, content, deployments, Renderer(base, page_size), clock)

    @property
    def content(self) -> Content:
        """The tables, which a test may read and change."""
        return self._state.content

    def reject_method(self, method: str, path: str) -> Response | None:
        """Return the error for a method that the path does not support, or None."""
        try:
            _operation(parse_path(path) if path.strip("/") else (), method)
        except MalformedError:
            return None  # rejected later, with 400
        except ODataError as odata_error:
            if odata_error.status == 405:
                return error_response(405, odata_error.code, odata_error.text, odata_error.headers)
        return None

    def handle(self, request: ODataRequest) -> Response:
        """Handle a request; raises ``ODataError``, ``FilterError`` or ``OptionError``."""
        try:
            segments = parse_path(request.path)
            operation = _operation(segments, request.http.method)
            keys = bind(operation, segments, self.content.key_names)
            if keys is None:
                raise not_found()
            call = OperationCall(
                replace(request, segments=()),
                operation,
                keys,
                _parameters(operation, request.http.query),
                parse_options(request.http.query, _system_options(operation)),
                parse_body(operation, request.http),
            )
        except MalformedError as malformed:
            raise ODataError(400, str(malformed)) from malformed
        with self._lock:
            return _HANDLERS.get(operation.name, generic.handle)(self._state, call)


def operation_role(method: str, path: str) -> str | None:
    """Return the role for an operation, or None if there is no such operation."""
    try:
        return _operation(parse_path(path), method).role
    except (MalformedError, ODataError):
        return None


def _operation(segments: tuple[PathSegment, ...], method: str) -> Operation:
    shape = tuple(segment.shape for segment in segments)
    methods = operations_by_shape().get(shape)
    if methods is None:
        raise not_found()
    if method not in methods and (method, *shape) in _NOT_IMPLEMENTED:
        raise ODataError(501, "Not implemented", "Not Found")
    if method not in methods:
        allowed = (("Allow", ", ".join(methods)),)
        raise ODataError(405, f"The method {method} is not allowed here.", headers=allowed)
    return methods[method]


def _system_options(operation: Operation) -> frozenset[str]:
    return frozenset(item.name for item in operation.query if item.name.startswith("$"))


def _parameters(operation: Operation, query: str) -> dict[str, Any]:
    """Return the options that are not system query options; raises ``MalformedError``."""
    parameters = {item.name: item for item in operation.query}
    values: dict[str, Any] = {}
    for part in query.split("&"):
        name, _, value = (unquote_plus(text) for text in part.partition("="))
        if not name or name in SYSTEM_OPTIONS:
            continue
        item = parameters.get(name)
        if item is None:
            if operation.is_function:
                raise MalformedError(f"Unknown parameter '{name}'.")
            continue
        literal = item.literal or (operation.is_function and item.type == "Edm.Boolean")
        values[name] = parse_literal(value, item) if literal else value
        if item.values and not set(str(values[name]).split(",")) <= set(item.values):
            raise MalformedError(f"Invalid value: '{values[name]}'.")
    for item in operation.query:
        if item.required and item.name not in values and operation.is_function:
            raise MalformedError(f"Parameter '{item.name}' is missing.")
    return values
