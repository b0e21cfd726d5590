"""The content of one simulated tenant: plain frozen records, without behaviour.

Times are milliseconds since 1970 in UTC, the resolution of SAP's API.
Source of the fields: SAP OpenAPI: IntegrationContent and MessageProcessingLogs, and the types of a
live tenant's $metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """Return milliseconds since 1970 of an aware moment, without a detour over floats."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Package:
    """An integration package. ``mode`` is EDIT_ALLOWED or READ_ONLY."""

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


@dataclass(frozen=True, slots=True)
class DesigntimeIflow:
    """An iFlow in the design-time of a package. ``version`` "Active" is an unsaved draft."""

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
    """What a message log tells of its iFlow; shared by all logs of that iFlow."""

    id: str
    name: str
    package_id: str
    package_name: str
    sender: str | None = None
    receiver: str | None = None
    log_level: str = "INFO"
    type: str = "INTEGRATION_FLOW"


class MessageLog(NamedTuple):
    """A message processing log, as small as half a million of them require.

    ``artifact`` and ``start`` are None in the null-heavy rows that real tenants show for messages
    they have only just begun. ``end`` is None while the message has not come to its end.
    """

    guid: str
    artifact: LogArtifact | None
    status: str
    start: int | None
    end: int | None
    custom_status: str | None = None


@dataclass(frozen=True, slots=True)
class Landscape:
    """Everything one tenant holds."""

    name: str
    packages: tuple[Package, ...] = ()
    iflows: tuple[DesigntimeIflow, ...] = ()
    runtime_artifacts: tuple[RuntimeArtifact, ...] = ()
    endpoints: tuple[ServiceEndpoint, ...] = ()
    messages: tuple[MessageLog, ...] = ()


def seen_at(log: MessageLog, now: int) -> MessageLog:
    """Return the log as the tenant shows it at ``now``: in PROCESSING until its end has come."""
    if log.end is None or log.end <= now:
        return log
    return log._replace(status="PROCESSING", end=None, custom_status=None)
