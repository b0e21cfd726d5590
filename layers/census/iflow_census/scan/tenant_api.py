"""The API of a tenant as the scan uses it, and the entities that it returns."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading

TENANT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""Tenant names are part of S3 keys, external ids and file names."""

TENANT_NAME_RULE = "use letters, digits, '_', '.' and '-'"
"""What to do about a name that is not valid."""

INTEGRATION_FLOW = "INTEGRATION_FLOW"
"""The `Type` of runtime artifacts that are iFlows (SAP OpenAPI: IntegrationRuntimeArtifacts)."""

DRAFT_VERSIONS = frozenset({"active", "draft"})
"""The `Version` of a draft, in lower case: "Active", or "Draft" if it was never saved as a version.

Source: observed on tenants.
"""

STARTED = "STARTED"
"""The `Status` of a runtime artifact that processes messages."""

LEVEL_ERROR = "ERROR"
"""The `LogLevel` at which only failed executions are logged (SAP Help, "Setting Log Levels")."""

LEVEL_NONE = "NONE"
"""The `LogLevel` at which nothing is logged."""

HIDING_LEVELS = frozenset({LEVEL_ERROR, LEVEL_NONE})
"""Levels at which successful messages leave no log."""

LEVEL_UNKNOWN = "UNKNOWN"
"""In the place of a log level: there is a last log, or may be one, but its level is not known.

It is not a level of SAP's. Without a level, no log is known of.
"""

IN_ERROR = "ERROR"
"""The `Status` of a runtime artifact that failed to start."""


@dataclass(frozen=True, slots=True)
class Package:
    """An integration package of the design workspace."""

    id: str
    name: str | None = None
    vendor: str | None = None
    version: str | None = None
    mode: str | None = None
    update_available: bool | None = None
    modified_at: datetime | None = None
    modified_by: str | None = None

    @property
    def configure_only(self) -> bool:
        """Whether its content can be configured but not edited."""
        return self.mode == "READ_ONLY"


@dataclass(frozen=True, slots=True)
class DesigntimeIflow:
    """An iFlow of the design workspace, in its current version."""

    id: str
    package_id: str
    name: str | None = None
    version: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    modified_at: datetime | None = None
    modified_by: str | None = None
    description: str | None = None
    sender: str | None = None
    receiver: str | None = None

    @property
    def draft(self) -> bool:
        """Whether it has changes that are not saved as a version."""
        return self.version is not None and self.version.casefold() in DRAFT_VERSIONS


@dataclass(frozen=True, slots=True)
class RuntimeArtifact:
    """A deployed artifact of any type."""

    id: str
    type: str | None
    name: str | None = None
    version: str | None = None
    status: str | None = None
    deployed_at: datetime | None = None
    deployed_by: str | None = None

    @property
    def is_iflow(self) -> bool:
        """Whether it is an iFlow, not a value mapping, a script collection or another type."""
        return self.type == INTEGRATION_FLOW

    @property
    def in_error(self) -> bool:
        """Whether it is deployed but failed to start."""
        return self.status == IN_ERROR


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """An endpoint of a deployed iFlow, with its URLs."""

    iflow_id: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A filter for message processing logs.

    Attributes:
        iflow_id: the log is of this iFlow; None does not filter by iFlow.
        statuses: the log has one of these statuses; empty does not filter by status.
        iflow_ids: the log is of one of these iFlows; empty does not filter by iFlow.
        excluded_status: the log does not have this status; None excludes none.
    """

    window: Window
    iflow_id: str | None = None
    statuses: tuple[str, ...] = ()
    iflow_ids: tuple[str, ...] = ()
    excluded_status: str | None = None


@dataclass(frozen=True, slots=True)
class MessageLog:
    """A message processing log; some logs have no iFlow. `web_url` is its page in the web UI."""

    guid: str
    iflow_id: str | None
    status: str
    started_at: datetime | None = None
    level: str | None = None
    web_url: str | None = None


class LogApi(Protocol):
    """Counts and reads message processing logs."""

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """Count logs.

        With `fresh`, the request is sent even if the journal has a response to it.

        Raises:
            ResponseTimeout: the window is too long.
        """
        ...

    def has_logs(self, query: LogQuery) -> bool:
        """Whether the list of logs has any; always sends the request."""
        ...

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """Read logs. Raises `ResponseTimeout` if the window is too long."""
        ...

    def newest_logs(self, query: LogQuery, limit: int) -> Reading[Sequence[MessageLog]]:
        """Read the logs that started last, an extra; newest first, at most `limit`."""
        ...

    def message_error(self, guid: str) -> Reading[str]:
        """Read the beginning of a failed message's error, an extra; "" if SAP has none."""
        ...


class RuntimeApi(LogApi, Protocol):
    """Reads a runtime location; every list is complete, or an error is raised.

    An empty list is confirmed by a different request. A `Reading` is an extra: it has a value or
    a reason, and raises only `DeadlineExceeded`.
    """

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        """All deployed artifacts, of every type."""
        ...

    def runtime_error(self, artifact_id: str) -> Reading[str]:
        """SAP's text on why an artifact is in error; "" if SAP has none."""
        ...

    def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
        """All endpoints of deployed iFlows."""
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime location with its API; `cancel` makes requests in progress fail soon."""

    location: RuntimeLocation
    api: RuntimeApi
    cancel: Callable[[], None]


class TenantApi(RuntimeApi, Protocol):
    """Reads a tenant: its design workspace, its cloud runtime, and its other runtime locations."""

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        """All integration packages; `fresh` as for `count_logs`."""
        ...

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        """The iFlows of a package; `fresh` as for `count_logs`."""
        ...

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        """An iFlow of any package; None if there is none with this id."""
        ...

    def edge_runtimes(self) -> Sequence[Runtime]:
        """The runtime locations other than the cloud, by id; no request is sent."""
        ...
