"""The content of a simulated tenant that the census reads.

Times are milliseconds since 1970 in UTC, the resolution of SAP's API.
Sources: SAP OpenAPI: IntegrationContent and MessageProcessingLogs; $metadata of live tenants.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES = (
    "COMPLETED",
    "FAILED",
    "PROCESSING",
    "RETRY",
    "ESCALATED",
    "CANCELLED",
    "DISCARDED",
    "ABANDONED",
)
"""Source: SAP Help: message status."""


def to_ms(moment: datetime) -> int:
    """Convert an aware datetime to milliseconds since 1970, without rounding."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def iso(ms: int | None) -> str | None:
    """Return ISO 8601 in UTC with milliseconds."""
    if ms is None:
        return None
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Package:
    """An integration package.

    ``mode`` is EDIT_ALLOWED or READ_ONLY; ``update_available`` is None where SAP does not say.
    """

    id: str
    name: str
    vendor: str = ""
    version: str = ""
    mode: str = "EDIT_ALLOWED"
    short_text: str = ""
    description: str = ""
    created_at: int | None = None
    created_by: str | None = None
    modified_at: int | None = None
    modified_by: str | None = None
    update_available: bool | None = False


DRAFT_VERSIONS = ("Active", "Draft")
"""The versions of a draft: "Draft" if it was never saved as a version (observed on tenants)."""


@dataclass(frozen=True, slots=True)
class DesigntimeIflow:
    """A design-time iFlow in a package, in its newest version."""

    id: str
    package_id: str
    name: str
    version: str
    description: str = ""
    created_at: int | None = None
    created_by: str | None = None
    modified_at: int | None = None
    modified_by: str | None = None
    sender: str = ""
    receiver: str = ""
    content: bytes | None = field(default=None, repr=False)
    """The zip file of its design; None stands for one with the simulator's own model."""

    @property
    def is_draft(self) -> bool:
        """Whether it has changes that are not saved as a version."""
        return self.version in DRAFT_VERSIONS


@dataclass(frozen=True, slots=True)
class RuntimeArtifact:
    """A deployed artifact of any type; ``error`` is the body of its ErrorInformation."""

    id: str
    name: str
    version: str
    type: str = "INTEGRATION_FLOW"
    status: str = "STARTED"
    deployed_by: str = "deployer@example.com"
    deployed_on: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """An address under which an endpoint is called."""

    name: str
    url: str
    type: str = "PROD"
    additional_information: str = ""


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """An endpoint of a deployed iFlow; ``name`` is the iFlow's id."""

    id: str
    name: str
    protocol: str
    version: str = "1.0.0"
    title: str = ""
    last_updated: int = 0
    entry_points: tuple[EntryPoint, ...] = ()


class LogArtifact(NamedTuple):
    """The properties of an iFlow in its message logs; shared by all logs of the iFlow."""

    id: str
    name: str
    package_id: str
    package_name: str
    sender: str | None = None
    receiver: str | None = None
    log_level: str = "INFO"
    type: str = "INTEGRATION_FLOW"


class MessageLog(NamedTuple):
    """A message processing log; small, because there may be half a million.

    ``artifact`` and ``start`` are None in the rows that real tenants show for messages that have
    just started. ``end`` is None for messages that do not end.
    """

    guid: str
    artifact: LogArtifact | None
    status: str
    start: int | None
    end: int | None
    custom_status: str | None = None


CLOUD = "cloudintegration"
"""The id of the cloud among the runtime locations."""


@dataclass(frozen=True, slots=True)
class EdgeLocation:
    """A runtime location other than the cloud: an Edge Integration Cell.

    It shares the design workspace. Source: SAP Help: integration content, message processing logs;
    job management for the retention of its logs.
    """

    id: str
    runtime_artifacts: tuple[RuntimeArtifact, ...] = ()
    endpoints: tuple[ServiceEndpoint, ...] = ()
    messages: tuple[MessageLog, ...] = ()
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class Landscape:
    """The content of a tenant; what is deployed and logged is that of the cloud.

    ``hidden`` are executions of which the tenant has no log, because of an iFlow's log level.
    """

    name: str
    packages: tuple[Package, ...] = ()
    iflows: tuple[DesigntimeIflow, ...] = ()
    runtime_artifacts: tuple[RuntimeArtifact, ...] = ()
    endpoints: tuple[ServiceEndpoint, ...] = ()
    messages: tuple[MessageLog, ...] = ()
    hidden: tuple[MessageLog, ...] = ()
    edges: tuple[EdgeLocation, ...] = ()

    def at(self, edge: EdgeLocation) -> Landscape:
        """Return the tenant as the API of a location shows it."""
        return replace(
            self,
            runtime_artifacts=edge.runtime_artifacts,
            endpoints=edge.endpoints,
            messages=edge.messages,
            edges=(),
        )


def log_at(log: MessageLog, now: int) -> MessageLog:
    """Return the log as shown at ``now``: with status PROCESSING until its end."""
    if log.end is None or log.end <= now:
        return log
    return log._replace(status="PROCESSING", end=None, custom_status=None)
