"""What the census asks of a tenant, and what it is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from iflow_census.scan.period import Window

TENANT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""A tenant's name becomes part of keys in S3, of external ids and of file names."""

INTEGRATION_FLOW = "INTEGRATION_FLOW"
"""The `Type` of runtime artifacts that are iFlows (SAP OpenAPI: IntegrationRuntimeArtifacts)."""

IN_ERROR = "ERROR"
"""`Status` of a runtime artifact that could not start."""


@dataclass(frozen=True, slots=True)
class Package:
    """An integration package of the design workspace."""

    id: str
    name: str | None = None
    vendor: str | None = None
    version: str | None = None
    mode: str | None = None
    modified_at: datetime | None = None

    @property
    def configure_only(self) -> bool:
        """Its content can be configured but not changed."""
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
        """It has changes that were not saved as a version: SAP then calls the version "Active"."""
        return self.version is not None and self.version.casefold() == "active"


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
        """Value mappings, script collections and others are deployed too, but are no iFlows."""
        return self.type == INTEGRATION_FLOW

    @property
    def in_error(self) -> bool:
        """It is deployed, but could not start."""
        return self.status == IN_ERROR


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """A door that a deployed iFlow keeps open, with its URLs."""

    iflow_id: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A question about message processing logs.

    Attributes:
        window: the log started in this window.
        iflow_id: the log is of this iFlow; None asks about the whole tenant.
        statuses: the log has one of these statuses; none given asks about all.
    """

    window: Window
    iflow_id: str | None = None
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageLog:
    """One message processing log. SAP leaves the iFlow null on some logs."""

    guid: str
    iflow_id: str | None
    status: str


class TenantApi(Protocol):
    """The questions that a scan asks; every list is whole or an error, never shorter."""

    def packages(self) -> Sequence[Package]:
        """All integration packages."""
        ...

    def iflows(self, package_id: str) -> Sequence[DesigntimeIflow]:
        """The iFlows of one package."""
        ...

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        """All deployed artifacts, of every type."""
        ...

    def runtime_error(self, artifact_id: str) -> str | None:
        """Why an artifact is in error, in SAP's words; None where SAP does not say."""
        ...

    def service_endpoints(self) -> Sequence[ServiceEndpoint]:
        """All endpoints of deployed iFlows."""
        ...

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """How many logs there are. Raises `ResponseTimeout` where the window is too wide.

        Answers may be remembered; `fresh` asks for one of this very moment.
        """
        ...

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """The logs themselves. Raises `ResponseTimeout` where the window is too wide."""
        ...
