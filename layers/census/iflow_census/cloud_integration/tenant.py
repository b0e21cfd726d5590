"""Implement the scan's tenant API for SAP Cloud Integration."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import odata, pagination, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.content import model_or_reason, models_of_package
from iflow_census.cloud_integration.error_information import first_line, parse_error_information
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.health import CloudIntegrationHealth
from iflow_census.cloud_integration.optional_reads import OptionalReads
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.errors import DataError, NotFound
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.owner_scan import CustomTags
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import ApiUsage
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    Runtime,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.scan.web_ui import TenantProfile

T = TypeVar("T")

_PACKAGES = ListRequest("IntegrationPackages", ("Id",), {}, supports_skip=True)
_RUNTIME_ARTIFACTS = ListRequest(
    "IntegrationRuntimeArtifacts",
    ("Id",),
    {},
    supports_inlinecount=True,
    supports_skip=True,
)
_SERVICE_ENDPOINTS = ListRequest(
    "ServiceEndpoints",
    ("Id",),
    {"$expand": "EntryPoints"},
    supports_inlinecount=True,
    supports_skip=True,
)

EDGE_SHARE = 0.5
"""How much of the time that is left a location may take that the scan can do without."""

ENDPOINTS_SECONDS = 120.0
"""Limit for the list of endpoints, which has a page for each thousand of them."""

LAST_MESSAGE_SECONDS = 15.0
"""Limit for a single log or its error. There may be thousands, and a scan waits for all of them."""


class CloudIntegrationTenant:
    """Implements the scan's `TenantApi` over a connection, and its `RuntimeApi` at a location.

    All lists are complete: their length is checked, and an inconsistent list is read a second time,
    because it may have changed in between. If it is still inconsistent, `DataError` is raised.
    """

    def __init__(
        self,
        connection: SapConnection,
        locations: Sequence[RuntimeLocation] = (),
        profile: TenantProfile | None = None,
    ) -> None:
        self.profile = profile or TenantProfile()
        self._connection = connection
        self._locations = locations
        self._api = Api(connection)
        self._optional = OptionalReads(connection)
        self.health = CloudIntegrationHealth(connection)

    def edge_runtimes(self) -> Sequence[Runtime]:
        """Return the Edge Integration Cells; only their runtime is read."""
        return [self._runtime(location) for location in self._locations]

    def _runtime(self, location: RuntimeLocation) -> Runtime:
        deadline = self._connection.deadline
        deadline = deadline.child(deadline.remaining() * EDGE_SHARE)
        connection = self._connection.at_location(location.id, deadline)
        return Runtime(location, CloudIntegrationTenant(connection), deadline.cancel)

    def api_usage(self) -> ApiUsage:
        """Return the number of requests so far."""
        return self._api.usage()

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        """Read all packages; real tenants reject `$select`, `$expand` and counts here with 501."""
        # Not recorded if listed again: the iFlows that the next attempt has from the journal are of
        # the first list, and only that one shows which packages have changed since.
        connection = self._connection.without_journal() if fresh else self._connection
        packages = pagination.fetch_all(connection, _PACKAGES, rows.parse_package)
        if not packages:
            one = replace(_PACKAGES, query={"$top": "1"})
            if any(True for _ in pagination.iter_entries(self._connection, one, fresh=True)):
                raise DataError("GET IntegrationPackages: empty, but with $top=1 it has a package")
        return packages

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        """Read the iFlows of a package; SAP only lists them per package."""
        package = odata.entity_path("IntegrationPackages", package_id)
        path = f"{package}/IntegrationDesigntimeArtifacts"
        request = ListRequest(path, ("Id",), {})
        parse = partial(rows.parse_designtime_iflow, package_id=package_id)
        return self._api.read_list(request, parse, fresh=fresh)

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        """Read an iFlow by its id, whatever package it is in; None if there is none (404)."""
        key = {"Id": iflow_id, "Version": "active"}
        path = odata.entity_path("IntegrationDesigntimeArtifacts", key)
        try:
            document = self._connection.get(path, odata.parse_json)
        except NotFound:
            return None
        entity = odata.parse_entity(document, f"GET {path}")
        package_id = entity.get("PackageId")
        if not isinstance(package_id, str) or not package_id:
            raise DataError(f"GET {path}: the iFlow has no PackageId")
        return rows.parse_designtime_iflow(entity, package_id)

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        """Read all deployed artifacts."""
        return _read_list(self._connection, _RUNTIME_ARTIFACTS, rows.parse_runtime_artifact)

    def iflow_model(
        self, iflow_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[ModelResult]:
        """Read the model of an iFlow, if it takes no longer than these seconds."""
        return model_or_reason(self._optional, iflow_id, seconds, names)

    def package_models(
        self, package_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[Mapping[str, ModelResult]]:
        """Read the models of a package in one request, an extra."""
        return models_of_package(self._optional, package_id, seconds, names)

    def custom_tags(self, package_id: str, seconds: float) -> Reading[CustomTags]:
        """Read the custom tags of a package, if it takes no longer than these seconds."""
        path = f"{odata.entity_path('IntegrationPackages', package_id)}/CustomTags"
        request = ListRequest(path, ("Name",), {})

        def fetch(connection: SapConnection) -> CustomTags:
            return dict(map(rows.parse_custom_tag, pagination.iter_entries(connection, request)))

        return self._optional.read(path, CustomTags, fetch, seconds=seconds)

    def runtime_error(self, artifact_id: str) -> Reading[str]:
        """Read the words of an artifact's error information; "" if it has none yet (204)."""
        artifact = odata.entity_path("IntegrationRuntimeArtifacts", artifact_id)

        def fetch(connection: SapConnection) -> str:
            text = Api(connection).read_value(f"{artifact}/ErrorInformation/$value")
            return parse_error_information(text)

        return self._optional.read(
            f"error of {artifact}",
            str,
            fetch,
            not_found="the artifact was undeployed meanwhile",
        )

    def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
        """Read all endpoints with their URLs."""

        def fetch(connection: SapConnection) -> Sequence[ServiceEndpoint]:
            return _read_list(connection, _SERVICE_ENDPOINTS, rows.parse_service_endpoint)

        return self._optional.read(
            "endpoints", Sequence[ServiceEndpoint], fetch, seconds=ENDPOINTS_SECONDS
        )

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """Send one `/$count`, without retries after a timeout: a smaller window may work."""
        return self._api.count(
            "MessageProcessingLogs",
            query={"$filter": _filter(query)},
            retry_timeout=False,
            fresh=fresh,
        )

    def has_logs(self, query: LogQuery) -> bool:
        """Read one log, to confirm a count of 0 by a different request."""
        options = {"$filter": _filter(query), "$select": "MessageGuid", "$top": "1"}
        request = ListRequest("MessageProcessingLogs", (), options)
        return any(True for _ in pagination.iter_entries(self._connection, request, fresh=True))

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """Read logs, newest first, so that expiring logs do not shift the others."""
        request = ListRequest(
            "MessageProcessingLogs",
            ("MessageGuid",),
            {
                "$filter": _filter(query),
                "$select": rows.SELECTED_LOG_PROPERTIES,
                "$orderby": "LogStart desc",
            },
            supports_inlinecount=True,
            supports_skip=True,
        )
        return self._api.read_list(request, rows.parse_message_log)

    def newest_logs(self, query: LogQuery, limit: int) -> Reading[Sequence[MessageLog]]:
        """Read the first entries of the list of logs, newest first."""
        log_filter = _filter(query)
        options = {
            "$filter": log_filter,
            "$select": rows.SELECTED_LOG_PROPERTIES,
            "$orderby": "LogStart desc",
            "$top": str(limit),
        }
        request = ListRequest("MessageProcessingLogs", (), options)

        def fetch(connection: SapConnection) -> Sequence[MessageLog]:
            entries = pagination.iter_entries(connection, request, limit=limit)
            logs = [rows.parse_message_log(row) for row in entries]
            before = query.window.end
            for log in logs:
                if log.started_at is None or not query.window.contains(log.started_at):
                    raise DataError(f"GET {request.path}: a log that is not in the filter")
                if log.started_at > before:
                    raise DataError(f"GET {request.path}: the logs are not newest first")
                before = log.started_at
            return logs

        return self._optional.read(
            f"newest {limit} logs: {log_filter}",
            Sequence[MessageLog],
            fetch,
            seconds=LAST_MESSAGE_SECONDS,
        )

    def message_error(self, guid: str) -> Reading[str]:
        """Read the first line of a message's error information; "" if it has none."""
        log = odata.entity_path("MessageProcessingLogs", guid)

        def fetch(connection: SapConnection) -> str:
            text = Api(connection).read_value(f"{log}/ErrorInformation/$value")
            return first_line(parse_error_information(text))

        return self._optional.read(
            f"error of {log}",
            str,
            fetch,
            seconds=LAST_MESSAGE_SECONDS,
            not_found="SAP has no error of the message, or has deleted its log",
        )


def _read_list(
    connection: SapConnection, request: ListRequest, parse: Callable[[odata.Row], T]
) -> Sequence[T]:
    """Read a list of which `/$count` confirms that it is empty, if it is."""
    entries = pagination.fetch_all(connection, request, parse)
    if not entries:
        count = pagination.count_entries(connection, request, fresh=True)
        if count:
            raise DataError(f"GET {request.path}: empty, but $count has {count}")
    return entries


def _filter(query: LogQuery) -> str:
    """Return the `$filter`, half-open on LogStart so that adjacent windows do not overlap."""
    terms = [
        f"LogStart ge {odata.datetime_literal(query.window.start)}",
        f"LogStart lt {odata.datetime_literal(query.window.end)}",
    ]
    # IntegrationFlowName is deprecated in filters (SAP OpenAPI: MessageProcessingLogs).
    iflow_ids = query.iflow_ids if query.iflow_id is None else (query.iflow_id,)
    if iflow_ids:
        terms.insert(0, _any_of("IntegrationArtifact/Id", iflow_ids))
    if query.statuses:
        terms.append(_any_of("Status", query.statuses))
    if query.excluded_status is not None:
        terms.append(f"Status ne {odata.string_literal(query.excluded_status)}")
    return " and ".join(terms)


def _any_of(name: str, values: Sequence[str]) -> str:
    condition = " or ".join(f"{name} eq {odata.string_literal(value)}" for value in values)
    return f"({condition})" if len(values) > 1 else condition


def tenant_opener(
    read_key: Callable[[], str], source: str, *, limits: RateLimits, retry_policy: RetryPolicy
) -> Callable[[Deadline, Journal], AbstractContextManager[CloudIntegrationTenant]]:
    """Return a function that opens a tenant within a deadline.

    `read_key` is called when the tenant is opened; an error in it is raised then, so that it
    affects no other tenant.
    """

    @contextmanager
    def open_tenant(deadline: Deadline, journal: Journal) -> Iterator[CloudIntegrationTenant]:
        service_key = parse_service_key(read_key(), source=source)
        with SapConnection(
            service_key, deadline, limits=limits, retry_policy=retry_policy, journal=journal
        ) as connection:
            yield CloudIntegrationTenant(connection, service_key.locations, service_key.profile)

    return open_tenant
