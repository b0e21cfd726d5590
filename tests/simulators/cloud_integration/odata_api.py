"""The entity sets that the census reads: routes, query options and pages.

Sources: SAP OpenAPI: IntegrationContent and MessageProcessingLogs; SAP Help: OData API, query
options; observed behavior of real tenants (501 for ``$select`` and ``$expand`` on packages).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.entities import Entities
from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.filters import FilterError
from tests.simulators.cloud_integration.landscape import Landscape, MessageLog, to_ms
from tests.simulators.cloud_integration.message_index import ALL_LOGS, MessageIndex
from tests.simulators.cloud_integration.odata_request import (
    NOTHING,
    NotFoundError,
    ODataRequest,
    parse_select,
)
from tests.simulators.cloud_integration.page_faults import PageFaults
from tests.simulators.cloud_integration.paging import entity_response, page_response
from tests.simulators.cloud_integration.query_options import OptionError, Options
from tests.simulators.cloud_integration.resource_path import split_path
from tests.simulators.cloud_integration.responses import (
    Entity,
    error_response,
    plain_text,
    xml_error_response,
)
from tests.simulators.cloud_integration.service_document import metadata, service_document
from tests.simulators.cloud_integration.set_options import (
    ENDPOINT_DIALECT,
    ENDPOINT_EXPAND,
    ENDPOINT_SELECT,
    MESSAGE_ORDERS,
    MESSAGE_SELECT,
    RUNTIME_DIALECT,
    RUNTIME_SELECT,
    apply_filter,
    message_query,
    sort_artifacts,
    sort_messages,
)
from tests.simulators.http_server import Request, Response

if TYPE_CHECKING:
    from tests.simulators.cloud_integration.operations_api import OperationsApi

_PAGING = frozenset({"$top", "$skip"})
_LIST = _PAGING | {"$filter", "$select", "$inlinecount"}
_COUNT = frozenset({"$filter"})
_SELECT = frozenset({"$select"})


class ODataApi:
    """Handles requests to the API of one tenant, after access, limits and faults."""

    def __init__(
        self,
        landscape: Landscape,
        *,
        clock: Callable[[], datetime],
        retention: timedelta | None,
        page_size: int,
        base: str,
        root: str,
        absolute_links: bool,
    ) -> None:
        """``base`` is the address in ``__metadata``, ``root`` that in absolute ``__next`` links."""
        self._clock = clock
        self._retention = retention
        self._page_size = page_size
        self._root = root if absolute_links else ""
        self._rows = Entities(base)
        self.initial_landscape = landscape
        self._logs = MessageIndex(landscape.messages)
        self._operations_api: OperationsApi | None = None
        self._creation_lock = threading.Lock()
        self.deployments = Deployments()
        self.set_landscape(landscape)
        self._routes: dict[tuple[str, ...], Callable[[ODataRequest], Response]] = {
            ("IntegrationPackages",): self._list_packages,
            ("IntegrationPackages()",): self._read_package,
            ("IntegrationPackages()", "IntegrationDesigntimeArtifacts"): self._list_iflows,
            ("IntegrationPackages()", "IntegrationDesigntimeArtifacts()"): self._read_iflow,
            ("IntegrationDesigntimeArtifacts()",): self._read_iflow,
            ("IntegrationRuntimeArtifacts",): self._list_runtime,
            ("IntegrationRuntimeArtifacts", "$count"): self._count_runtime,
            ("IntegrationRuntimeArtifacts()",): self._read_runtime,
            ("IntegrationRuntimeArtifacts()", "ErrorInformation", "$value"): self._read_error,
            ("ServiceEndpoints",): self._list_endpoints,
            ("ServiceEndpoints", "$count"): self._count_endpoints,
            ("ServiceEndpoints()", "EntryPoints"): self._list_entry_points,
            ("MessageProcessingLogs",): self._list_logs,
            ("MessageProcessingLogs", "$count"): self._count_logs,
            ("MessageProcessingLogs()",): self._read_log,
            ("$metadata",): lambda _call: metadata(),
        }

    @property
    def landscape(self) -> Landscape:
        """Packages, iFlows, runtime artifacts, endpoints and logs as they are now."""
        return self._landscape

    def set_landscape(self, landscape: Landscape) -> None:
        """Replace packages, iFlows, runtime artifacts and endpoints."""
        by_package = defaultdict(list)
        for iflow in landscape.iflows:
            by_package[iflow.package_id].append(iflow)
        self._landscape = landscape
        self._packages = {package.id: package for package in landscape.packages}
        self._iflows = {iflow.id: iflow for iflow in landscape.iflows}
        self._by_package = by_package
        self._runtime = {item.id: item for item in landscape.runtime_artifacts}
        self._endpoints = {item.id: item for item in landscape.endpoints}

    def restore(self) -> None:
        """Undo all changes since the tenant was created."""
        self.set_landscape(self.initial_landscape)
        self.deployments = Deployments()
        self._operations_api = None

    def find_log(self, guid: str) -> MessageLog | None:
        """Return a message log that has not expired."""
        return self._logs.get(guid, *self._retention_period())

    @property
    def entities(self) -> Entities:
        """Converts packages and iFlows to OData entities."""
        return self._rows

    @property
    def operations_api(self) -> OperationsApi:
        """The other operations; created on first use."""
        with self._creation_lock:
            if self._operations_api is None:
                # Imported on first use: reading the operation table takes time.
                from tests.simulators.cloud_integration.operations_api import (  # noqa: PLC0415
                    OperationsApi,
                )

                self._operations_api = OperationsApi(
                    self,
                    self.deployments,
                    clock=self._clock,
                    base=self._rows.base,
                    page_size=self._page_size,
                )
            return self._operations_api

    def handle(self, http: Request, path: str, page_faults: PageFaults) -> Response:
        """Handle a request; ``path`` is relative to the API's root, still encoded."""
        request = ODataRequest(http, path, (), page_faults)
        if not path.strip("/"):
            return service_document(request.wants_json, self._rows.base)
        try:
            return (
                self._route(request)
                if http.method == "GET"
                else self.operations_api.handle(request)
            )
        except ODataError as odata_error:
            return self._odata_error(request, odata_error)
        except NotFoundError:
            return self._error(request, 404, "Not Found", "Requested entity could not be found.")
        except FilterError as filter_error:
            return self._error(request, 400, "Bad Request", str(filter_error))
        except OptionError as option_error:
            code = "Not Found" if option_error.status == 501 else "Bad Request"
            return self._error(request, option_error.status, code, option_error.text)

    def _route(self, request: ODataRequest) -> Response:
        segments = split_path(request.path) or ()
        route = tuple(segment.shape for segment in segments)
        if route == ("IntegrationDesigntimeArtifacts",):
            # SAP does not list iFlows across packages.
            raise OptionError(501, "Not implemented")
        if route not in self._routes:
            return self.operations_api.handle(request)
        return self._routes[route](replace(request, segments=segments))

    def _odata_error(self, request: ODataRequest, odata_error: ODataError) -> Response:
        response = self._error(request, odata_error.status, odata_error.code, odata_error.text)
        return replace(response, headers=odata_error.headers)

    def _error(self, request: ODataRequest, status: int, code: str, text: str | None) -> Response:
        return (error_response if request.wants_json else xml_error_response)(status, code, text)

    def _collection(
        self,
        request: ODataRequest,
        rows: Sequence[Any],
        make: Callable[[Any], Entity],
        options: Options,
        *,
        key_name: str = "Id",
        selectable: frozenset[str] = NOTHING,
    ) -> Response:
        request.page_faults.check_options(options)
        return page_response(
            request,
            rows,
            make,
            options,
            page_size=self._page_size,
            base=self._rows.base,
            set_name=request.segments[-1].name,
            key_name=key_name,
            selectable=selectable,
            link_root=self._root,
        )

    def _entity(
        self, request: ODataRequest, entity: Entity, selectable: frozenset[str] = NOTHING
    ) -> Response:
        options = request.options(_SELECT if selectable else NOTHING)
        return entity_response(request, entity, options, selectable)

    def _package(self, request: ODataRequest) -> Any:
        package = self._packages.get(request.key(0))
        if package is None:
            raise NotFoundError
        return package

    def _list_packages(self, request: ODataRequest) -> Response:
        options = request.options(_PAGING)
        return self._collection(request, self._landscape.packages, self._rows.package, options)

    def _read_package(self, request: ODataRequest) -> Response:
        return self._entity(request, self._rows.package(self._package(request)))

    def _list_iflows(self, request: ODataRequest) -> Response:
        iflows = self._by_package.get(self._package(request).id, [])
        return self._collection(request, iflows, self._rows.iflow, request.options())

    def _read_iflow(self, request: ODataRequest) -> Response:
        iflow = self._iflows.get(request.key(-1, "Id"))
        version = request.key(-1, "Version")
        if iflow is None or version not in ("active", iflow.version):
            raise NotFoundError
        if len(request.segments) == 2 and self._package(request).id != iflow.package_id:
            raise NotFoundError
        return self._entity(
            request, self._rows.iflow(iflow), frozenset({"Name", "Version", "PackageId"})
        )

    def _list_runtime(self, request: ODataRequest) -> Response:
        options = request.options(_LIST | {"$orderby"})
        artifacts = apply_filter(self._landscape.runtime_artifacts, options, RUNTIME_DIALECT)
        rows = sort_artifacts(artifacts, options, RUNTIME_SELECT)
        return self._collection(
            request, rows, self._rows.runtime_artifact, options, selectable=RUNTIME_SELECT
        )

    def _count_runtime(self, request: ODataRequest) -> Response:
        options = request.options(_COUNT)
        artifacts = apply_filter(self._landscape.runtime_artifacts, options, RUNTIME_DIALECT)
        return plain_text(str(len(artifacts)))

    def _read_runtime(self, request: ODataRequest) -> Response:
        self.deployments.advance_removal(request.key(0))
        item = self._runtime.get(request.key(0))
        if item is None or self.deployments.is_hidden(item.id):
            raise NotFoundError
        return self._entity(request, self._rows.runtime_artifact(item))

    def _read_error(self, request: ODataRequest) -> Response:
        item = self._runtime.get(request.key(0))
        if item is None:
            raise NotFoundError
        if not item.error:
            return Response(204, content_type=None)
        is_json = item.error.startswith("{")
        content_type = "application/json" if is_json else "text/plain;charset=utf-8"
        return Response(200, item.error.encode(), content_type)

    def _list_endpoints(self, request: ODataRequest) -> Response:
        options = request.options(_LIST | {"$expand"})
        expand = frozenset(options.names("$expand"))
        if not expand <= ENDPOINT_EXPAND:
            raise OptionError(400, f"Invalid $expand: {options.values['$expand']}")
        return self._collection(
            request,
            apply_filter(self._landscape.endpoints, options, ENDPOINT_DIALECT),
            lambda item: self._rows.endpoint(item, expand),
            options,
            selectable=ENDPOINT_SELECT,
        )

    def _count_endpoints(self, request: ODataRequest) -> Response:
        endpoints = apply_filter(
            self._landscape.endpoints, request.options(_COUNT), ENDPOINT_DIALECT
        )
        return plain_text(str(len(endpoints)))

    def _list_entry_points(self, request: ODataRequest) -> Response:
        endpoint = self._endpoints.get(request.key(0))
        if endpoint is None:
            raise NotFoundError
        return self._collection(
            request,
            endpoint.entry_points,
            self._rows.entry_point,
            request.options(),
            key_name="Url",
        )

    def _retention_period(self) -> tuple[int | None, int]:
        """Return the start of the retention period and the current time."""
        now = self._clock()
        return (None if self._retention is None else to_ms(now - self._retention)), to_ms(now)

    def _list_logs(self, request: ODataRequest) -> Response:
        options = request.options(_LIST | {"$orderby"})
        text = options.values.get("$filter")
        query = ALL_LOGS if text is None else message_query(text)
        order = options.values.get("$orderby")
        if order is not None and order not in MESSAGE_ORDERS:
            raise OptionError(400, f"Invalid value: '{order}'.")
        rows = sort_messages(self._logs.find(query, *self._retention_period()), order)
        names = parse_select(options, MESSAGE_SELECT)
        return self._collection(
            request,
            rows,
            lambda row: self._rows.message_log(row, names),
            options,
            key_name="MessageGuid",
            selectable=MESSAGE_SELECT,
        )

    def _count_logs(self, request: ODataRequest) -> Response:
        text = request.options(_COUNT).values.get("$filter")
        query = ALL_LOGS if text is None else message_query(text)
        return plain_text(str(self._logs.count(query, *self._retention_period())))

    def _read_log(self, request: ODataRequest) -> Response:
        if "expand" in request.http.query:
            return self.operations_api.handle(request)
        log = self.find_log(request.key(0))
        if log is None:
            raise NotFoundError
        return self._entity(request, self._rows.message_log(log), MESSAGE_SELECT)
