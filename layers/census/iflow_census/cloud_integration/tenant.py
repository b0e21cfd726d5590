"""A tenant's Cloud Integration API, as the scan asks it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import odata, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.families import Family, RateLimits
from iflow_census.cloud_integration.health import CloudIntegrationHealth
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.errors import CensusError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal
from iflow_census.scan.results import ApiUsage
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)

_PACKAGES = ListRequest("IntegrationPackages", Family.DESIGN_TIME, ("Id",), {}, supports_skip=True)
_RUNTIME_ARTIFACTS = ListRequest(
    "IntegrationRuntimeArtifacts",
    Family.RUNTIME,
    ("Id",),
    {},
    supports_inlinecount=True,
    supports_skip=True,
)
_SERVICE_ENDPOINTS = ListRequest(
    "ServiceEndpoints",
    Family.RUNTIME,
    ("Id",),
    {"$expand": "EntryPoints"},
    supports_inlinecount=True,
    supports_skip=True,
)


class CloudIntegrationTenant:
    """Implements the scan's `Tenant` over a connection.

    Every list is read to its end and held against its own count; one that contradicts itself is
    read once more, because it may have changed meanwhile, and is a `DataError` if it does so again.
    """

    def __init__(self, connection: SapConnection) -> None:
        self._api = Api(connection)
        self.health = CloudIntegrationHealth(connection)

    def api_usage(self) -> ApiUsage:
        """What the connection has sent so far."""
        return self._api.use()

    def packages(self) -> Sequence[Package]:
        """All packages; `$select` and `$expand` answer 501 here on real tenants."""
        return self._api.read_list(_PACKAGES, rows.package)

    def iflows(self, package_id: str) -> Sequence[DesigntimeIflow]:
        """The iFlows of a package; SAP has no list over all packages."""
        package = odata.entity_path("IntegrationPackages", package_id)
        path = f"{package}/IntegrationDesigntimeArtifacts"
        found = ListRequest(path, Family.DESIGN_TIME, ("Id",), {})
        return self._api.read_list(found, partial(rows.designtime_iflow, package_id=package_id))

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        """All deployed artifacts."""
        return self._api.read_list(_RUNTIME_ARTIFACTS, rows.runtime_artifact)

    def runtime_error(self, artifact_id: str) -> str | None:
        """The error information of an artifact: SAP's text or JSON as it comes, or None."""
        artifact = odata.entity_path("IntegrationRuntimeArtifacts", artifact_id)
        return self._api.read_value(f"{artifact}/ErrorInformation/$value") or None

    def service_endpoints(self) -> Sequence[ServiceEndpoint]:
        """All endpoints with their URLs."""
        return self._api.read_list(_SERVICE_ENDPOINTS, rows.service_endpoint)

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """One `/$count`; a time-out is raised at once, since a smaller window may be answered."""
        return self._api.count(
            "MessageProcessingLogs",
            query={"$filter": _filter(query)},
            retry_timeout=False,
            fresh=fresh,
        )

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """The logs, newest first, so that logs forgotten meanwhile move no others."""
        found = ListRequest(
            "MessageProcessingLogs",
            Family.MESSAGE_LOGS,
            ("MessageGuid",),
            {
                "$filter": _filter(query),
                "$select": rows.SELECTED_LOG_PROPERTIES,
                "$orderby": "LogStart desc",
            },
            supports_inlinecount=True,
            supports_skip=True,
        )
        return self._api.read_list(found, rows.message_log)


def _filter(query: LogQuery) -> str:
    """Half-open on LogStart: each message is in one window, and windows add up."""
    terms = [
        f"LogStart ge {odata.datetime_literal(query.window.start)}",
        f"LogStart lt {odata.datetime_literal(query.window.end)}",
    ]
    if query.iflow_id is not None:
        # IntegrationFlowName is deprecated in filters (SAP OpenAPI: MessageProcessingLogs).
        terms.insert(0, f"IntegrationArtifact/Id eq {odata.string_literal(query.iflow_id)}")
    if query.statuses:
        any_of = " or ".join(f"Status eq {odata.string_literal(one)}" for one in query.statuses)
        terms.append(f"({any_of})" if len(query.statuses) > 1 else any_of)
    return " and ".join(terms)


def tenant_opener(
    key: str | CensusError, source: str, *, limits: RateLimits, retry_policy: RetryPolicy
) -> Callable[[Deadline, Journal], AbstractContextManager[CloudIntegrationTenant]]:
    """How to open a tenant, later and within a deadline.

    Args:
        key: the service key as text, or why it could not be had; that is raised on opening, so
            that it concerns this tenant alone.
        source: what to call the key in a message.
        limits: SAP's rate limits.
        retry_policy: time-outs and retries.
    """

    @contextmanager
    def opened(deadline: Deadline, journal: Journal) -> Iterator[CloudIntegrationTenant]:
        if isinstance(key, CensusError):
            raise key
        service_key = parse_service_key(key, source=source)
        with SapConnection(
            service_key, deadline, limits=limits, retry_policy=retry_policy, journal=journal
        ) as connection:
            yield CloudIntegrationTenant(connection)

    return opened
