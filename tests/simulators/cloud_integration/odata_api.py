"""The entity sets under ``/api/v1``: routes, query options and pages.

Sources: SAP OpenAPI: IntegrationContent and MessageProcessingLogs; SAP Help: OData API, query
options; what real tenants were seen to do (501 for ``$select`` and ``$expand`` on packages).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.cloud_integration.answers import (
    Entity,
    atom_collection,
    atom_entity,
    error,
    json_collection,
    json_entity,
    plain_text,
    xml_error,
)
from tests.simulators.cloud_integration.call import (
    NOTHING,
    Call,
    NotFoundError,
    only,
    selected,
)
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.entities import Entities
from tests.simulators.cloud_integration.filters import FilterError
from tests.simulators.cloud_integration.landscape import Landscape, MessageLog, to_ms
from tests.simulators.cloud_integration.lies import Lies
from tests.simulators.cloud_integration.message_index import EVERYTHING, MessageIndex
from tests.simulators.cloud_integration.query_options import OptionError, Options
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.cloud_integration.resource_path import split_path
from tests.simulators.cloud_integration.service_document import metadata, service_document
from tests.simulators.cloud_integration.set_options import (
    ENDPOINT_DIALECT,
    ENDPOINT_EXPAND,
    ENDPOINT_SELECT,
    MESSAGE_ORDERS,
    MESSAGE_SELECT,
    RUNTIME_DIALECT,
    RUNTIME_SELECT,
    in_order,
    matching,
    message_query,
    ordered_messages,
)
from tests.simulators.http_server import Answer, Request

if TYPE_CHECKING:
    from tests.simulators.cloud_integration.whole_api import WholeApi

_PAGING = frozenset({"$top", "$skip"})
_LIST = _PAGING | {"$filter", "$select", "$inlinecount"}
_COUNT = frozenset({"$filter"})
_SELECT = frozenset({"$select"})


class ODataApi:
    """Answers requests to the API of one tenant; knows nothing of users, limits or faults."""

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
        """``base`` stands in ``__metadata``, ``root`` before absolute ``__next`` links."""
        self._clock = clock
        self._retention = retention
        self._page_size = page_size
        self._root = root if absolute_links else ""
        self._rows = Entities(base)
        self.begun_with = landscape
        self._logs = MessageIndex(landscape.messages)
        self._whole: WholeApi | None = None
        self._making = threading.Lock()
        self.deployments = Deployments()
        self.change(landscape)
        self._routes: dict[tuple[str, ...], Callable[[Call], Answer]] = {
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

    def change(self, landscape: Landscape) -> None:
        """Put other packages, iFlows, runtime artifacts and endpoints in their place."""
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
        """Undo every change since the tenant was made."""
        self.change(self.begun_with)
        self.deployments = Deployments()
        self._whole = None

    def log(self, guid: str) -> MessageLog | None:
        """Return a message log that retention still keeps."""
        return self._logs.get(guid, *self._times())

    @property
    def entities(self) -> Entities:
        """How packages and iFlows are shown."""
        return self._rows

    @property
    def whole(self) -> WholeApi:
        """What the census does not ask for; made when it is asked for."""
        with self._making:
            if self._whole is None:
                # Imported here: a tenant for the census need not read the operation table.
                from tests.simulators.cloud_integration.whole_api import (  # noqa: PLC0415
                    WholeApi,
                )

                self._whole = WholeApi(
                    self,
                    self.deployments,
                    clock=self._clock,
                    base=self._rows.base,
                    page_size=self._page_size,
                )
            return self._whole

    def answer(self, request: Request, path: str, lies: Lies) -> Answer:
        """Answer a request; ``path`` is below the API's root, as sent."""
        call = Call(request, path, (), lies)
        if not path.strip("/"):
            return service_document(call.wants_json, self._rows.base)
        try:
            return self._route(call) if request.method == "GET" else self.whole.answer(call)
        except RefusedError as refusal:
            return self._refused(call, refusal)
        except NotFoundError:
            return self._refuse(call, 404, "Not Found", "Requested entity could not be found.")
        except FilterError as refusal:
            return self._refuse(call, 400, "Bad Request", str(refusal))
        except OptionError as refusal:
            code = "Not Found" if refusal.status == 501 else "Bad Request"
            return self._refuse(call, refusal.status, code, refusal.text)

    def _route(self, call: Call) -> Answer:
        segments = split_path(call.path) or ()
        route = tuple(segment.shape for segment in segments)
        if route == ("IntegrationDesigntimeArtifacts",):
            # SAP has no list of iFlows across packages.
            raise OptionError(501, "Not implemented")
        if route not in self._routes:
            return self.whole.answer(call)
        return self._routes[route](replace(call, segments=segments))

    def _refused(self, call: Call, refusal: RefusedError) -> Answer:
        answer = self._refuse(call, refusal.status, refusal.code, refusal.text)
        return replace(answer, headers=refusal.headers)

    def _refuse(self, call: Call, status: int, code: str, text: str) -> Answer:
        return (error if call.wants_json else xml_error)(status, code, text)

    def _collection(
        self,
        call: Call,
        rows: Sequence[Any],
        make: Callable[[Any], Entity],
        options: Options,
        *,
        key_name: str = "Id",
        selectable: frozenset[str] = NOTHING,
    ) -> Answer:
        """Cut the page out of the rows and render it."""
        chosen = selected(options, selectable)
        cut = call.lies.page(rows, options, self._page_size)
        query = call.request.query
        following = call.lies.link(
            None if cut.following is None else f"{call.path}?{cut.following}",
            f"{call.path}?{query}" if query else call.path,
        )
        if following is not None and "://" not in following:
            following = self._root + following
        count = call.lies.count(len(rows)) if options.wants_count else None
        entities = call.lies.rows([make(row) for row in cut.rows], key_name)
        if chosen:
            entities = [only(entity, chosen) for entity in entities]
        if call.wants_json:
            return json_collection(entities, count, following)
        return atom_collection(entities, count, following, self._rows.base, call.segments[-1].name)

    def _entity(self, call: Call, row: Entity, selectable: frozenset[str] = NOTHING) -> Answer:
        chosen = selected(call.options(_SELECT if selectable else NOTHING), selectable)
        shown = only(row, chosen) if chosen else row
        return json_entity(shown) if call.wants_json else atom_entity(shown)

    def _package(self, call: Call) -> Any:
        package = self._packages.get(call.key(0))
        if package is None:
            raise NotFoundError
        return package

    def _list_packages(self, call: Call) -> Answer:
        options = call.options(_PAGING)
        return self._collection(call, self._landscape.packages, self._rows.package, options)

    def _read_package(self, call: Call) -> Answer:
        return self._entity(call, self._rows.package(self._package(call)))

    def _list_iflows(self, call: Call) -> Answer:
        iflows = self._by_package.get(self._package(call).id, [])
        return self._collection(call, iflows, self._rows.iflow, call.options())

    def _read_iflow(self, call: Call) -> Answer:
        iflow = self._iflows.get(call.key(-1, "Id"))
        version = call.key(-1, "Version")
        if iflow is None or version not in ("active", iflow.version):
            raise NotFoundError
        if len(call.segments) == 2 and self._package(call).id != iflow.package_id:
            raise NotFoundError
        return self._entity(
            call, self._rows.iflow(iflow), frozenset({"Name", "Version", "PackageId"})
        )

    def _list_runtime(self, call: Call) -> Answer:
        options = call.options(_LIST | {"$orderby"})
        found = matching(self._landscape.runtime_artifacts, options, RUNTIME_DIALECT)
        rows = in_order(found, options, RUNTIME_SELECT)
        return self._collection(
            call, rows, self._rows.runtime_artifact, options, selectable=RUNTIME_SELECT
        )

    def _count_runtime(self, call: Call) -> Answer:
        options = call.options(_COUNT)
        found = matching(self._landscape.runtime_artifacts, options, RUNTIME_DIALECT)
        return plain_text(str(len(found)))

    def _read_runtime(self, call: Call) -> Answer:
        item = self._runtime.get(call.key(0))
        if item is None or self.deployments.hides(item.id):
            raise NotFoundError
        return self._entity(call, self._rows.runtime_artifact(item))

    def _read_error(self, call: Call) -> Answer:
        item = self._runtime.get(call.key(0))
        if item is None:
            raise NotFoundError
        if not item.error:
            return Answer(204, content_type=None)
        kind = "application/json" if item.error.startswith("{") else "text/plain;charset=utf-8"
        return Answer(200, item.error.encode(), kind)

    def _list_endpoints(self, call: Call) -> Answer:
        options = call.options(_LIST | {"$expand"})
        expand = frozenset(options.names("$expand"))
        if not expand <= ENDPOINT_EXPAND:
            raise OptionError(400, f"Invalid $expand: {options.values['$expand']}")
        return self._collection(
            call,
            matching(self._landscape.endpoints, options, ENDPOINT_DIALECT),
            lambda item: self._rows.endpoint(item, expand),
            options,
            selectable=ENDPOINT_SELECT,
        )

    def _count_endpoints(self, call: Call) -> Answer:
        found = matching(self._landscape.endpoints, call.options(_COUNT), ENDPOINT_DIALECT)
        return plain_text(str(len(found)))

    def _list_entry_points(self, call: Call) -> Answer:
        endpoint = self._endpoints.get(call.key(0))
        if endpoint is None:
            raise NotFoundError
        return self._collection(
            call, endpoint.entry_points, self._rows.entry_point, call.options(), key_name="Url"
        )

    def _times(self) -> tuple[int | None, int]:
        """Return the oldest moment that is not forgotten, and now."""
        now = self._clock()
        return (None if self._retention is None else to_ms(now - self._retention)), to_ms(now)

    def _list_logs(self, call: Call) -> Answer:
        options = call.options(_LIST | {"$orderby"})
        text = options.values.get("$filter")
        query = EVERYTHING if text is None else message_query(text)
        order = options.values.get("$orderby")
        if order is not None and order not in MESSAGE_ORDERS:
            raise OptionError(400, f"Invalid value: '{order}'.")
        rows = ordered_messages(self._logs.find(query, *self._times()), order)
        chosen = selected(options, MESSAGE_SELECT)
        return self._collection(
            call,
            rows,
            lambda row: self._rows.message_log(row, chosen),
            options,
            key_name="MessageGuid",
            selectable=MESSAGE_SELECT,
        )

    def _count_logs(self, call: Call) -> Answer:
        text = call.options(_COUNT).values.get("$filter")
        query = EVERYTHING if text is None else message_query(text)
        return plain_text(str(self._logs.count(query, *self._times())))

    def _read_log(self, call: Call) -> Answer:
        if "expand" in call.request.query:
            return self.whole.answer(call)
        log = self.log(call.key(0))
        if log is None:
            raise NotFoundError
        return self._entity(call, self._rows.message_log(log), MESSAGE_SELECT)
