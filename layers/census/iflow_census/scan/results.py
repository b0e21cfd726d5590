"""The result of scanning a tenant: a row per iFlow, totals and their coverage."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import TenantProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class IflowRow:
    """An iFlow; its fields are the columns of the report, in order. None means not known."""

    tenant: str
    package_id: str | None
    package_name: str | None
    package_vendor: str | None
    package_version: str | None
    package_mode: str | None
    iflow_id: str
    iflow_name: str | None
    iflow_version: str | None
    edit_status: EditStatus
    edit_reason: str
    draft: bool | None
    created_at: datetime | None
    created_by: str | None
    modified_at: datetime | None
    modified_by: str | None
    deployed: bool | None
    runtime_status: str | None
    runtime_version: str | None
    version_drift: bool | None
    deployed_at: datetime | None
    deployed_by: str | None
    runtime_error: str | None
    orphan: bool
    messages: int | None
    messages_completed: int | None
    messages_failed: int | None
    messages_other: int | None
    usage: Usage
    endpoints: tuple[str, ...] | None
    description: str | None = None
    sender: str | None = None
    receiver: str | None = None
    messages_discarded: int | None
    usage_reason: str
    package_update_available: bool | None = None
    package_modified_at: datetime | None = None
    package_modified_by: str | None = None
    last_message_at: datetime | None = None
    last_message_status: str | None = None
    log_level: str | None = None
    last_error: str | None = None
    runtime_locations: tuple[str, ...] = ()
    decision: str | None = None
    owner: str | None = None
    decision_due: str | None = None
    decision_note: str | None = None
    decision_overdue: bool | None = None
    last_message_url: str | None = None
    model: bool | None = None
    model_reason: str | None = "off"
    triggers: tuple[str, ...] | None = None
    senders: tuple[str, ...] | None = None
    receivers: tuple[str, ...] | None = None
    adapters: tuple[str, ...] | None = None
    calls: tuple[str, ...] | None = None
    called_by: tuple[str, ...] | None = None
    may_be_called_by: tuple[str, ...] | None = None
    undeploy_impact: str | None = None
    checks: tuple[str, ...] | None = None
    systems: tuple[str, ...] | None = None
    dependencies: tuple[str, ...] | None = None


class TenantStatus(StrEnum):
    """Whether a tenant has rows, and of which run; see `TenantResult`."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of the month that the message counts cover.

    Attributes:
        start: the first moment covered; None if nothing is.
        end: the end of the covered part (excluded); None if nothing is covered.
        complete: the entire month is covered.
        percent: how much of the month is covered; 100 only if all of it is.
        reason: why it is not, and what else affects the counts; None if nothing does.
    """

    start: datetime | None = None
    end: datetime | None = None
    complete: bool = field(kw_only=True)
    reason: str | None = None
    percent: int = 0


@dataclass(frozen=True, slots=True)
class TenantTotals:
    """Sums over a tenant; None means not counted.

    `messages` and `messages_failed` include all messages of the tenant, `messages_discarded` is
    not part of them. `messages_unattributed` are those of deleted iFlows and those without an
    iFlow. `unused` are the deployed iFlows that are UNUSED: only those can be. `at_level_error`
    are the deployed iFlows whose last log was at log level ERROR.
    """

    packages: int = 0
    iflows: int = 0
    deployed: int = 0
    edited: int = 0
    unused: int = 0
    orphans: int = 0
    messages: int | None = None
    messages_failed: int | None = None
    messages_unattributed: int | None = None
    messages_discarded: int | None = None
    at_level_error: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a tenant that could not be read.

    Attributes:
        part: what, for people.
        package_id: if it is a package: its iFlows are not known, and so not missing either.
        location: the id, if it is a runtime location: what is deployed there is not known.
        iflow_id: if it is an iFlow: it is not known whether it is in a package.
    """

    part: str
    reason: str
    package_id: str | None = None
    location: str | None = None
    iflow_id: str | None = None


@dataclass(frozen=True, slots=True)
class LocationResult:
    """A runtime location of a tenant: the cloud, or an Edge Integration Cell.

    Attributes:
        status: complete, or failed if it could not be read.
        reason: why it could not be read.
        iflows_deployed: the number of iFlows that are deployed there; None if not known.
        messages: those that were counted there; None if none were counted.
    """

    id: str
    status: TenantStatus
    reason: str | None
    iflows_deployed: int | None
    messages: int | None
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The cost of a scan.

    Attributes:
        requests: the number of requests, including retries.
        throttled: the number of responses with status 429.
        seconds: the duration of the scan.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TenantResult:
    """The result for one tenant.

    Attributes:
        status: complete: all rows are of this run; partial: the rows are of an earlier run of the
            month, or the next attempt will continue the scan; failed: there are no rows.
        scanned_at: when the scan that found the rows ended; None without rows.
        coverage: of the message counts in the cloud.
        messages_per_day: the number of messages on each day of the month (UTC), None for a day
            that was not counted in full; None if no day was.
        health: the tenant's health; None if it was not read.
        other_artifacts: the deployed artifacts in the cloud that are not iFlows; None if not known.
        locations: the runtime locations, the cloud first; empty if nothing was scanned.
        connections: the channels of the iFlows whose models were read.
        carried_over: the rows are of an earlier run: this one did not scan the tenant, or covers
            less of the month.
        profile: its environment and web UI, as its key has them.
    """

    name: str
    status: TenantStatus
    error: str | None
    scanned_at: datetime | None
    coverage: Coverage
    totals: TenantTotals
    api: ApiUsage
    iflows: Sequence[IflowRow]
    messages_per_day: Sequence[int | None] | None = None
    health: TenantHealth | None = None
    unreadable: Sequence[Unreadable] = field(default_factory=list)
    other_artifacts: Sequence[ArtifactCount] | None = None
    locations: Sequence[LocationResult] = field(default_factory=list)
    connections: Sequence[Connection] = field(default_factory=list)
    carried_over: bool = False
    profile: TenantProfile = field(default_factory=TenantProfile)

    @property
    def unread_packages(self) -> Set[str]:
        """The ids of packages whose iFlows are not known, and so are not missing either."""
        return {part.package_id for part in self.unreadable if part.package_id is not None}

    @property
    def unread_locations(self) -> Set[str]:
        """The ids of runtime locations of which it is not known what is deployed there."""
        return {part.location for part in self.unreadable if part.location is not None}

    @property
    def is_counted_completely(self) -> bool:
        """Whether the counts cover the full month at every runtime location."""
        return all(
            coverage.complete
            for coverage in (self.coverage, *(location.coverage for location in self.locations))
        )

    @property
    def percent_covered(self) -> int:
        """How much of the period the counts cover where they cover the least."""
        return min(
            coverage.percent
            for coverage in (self.coverage, *(location.coverage for location in self.locations))
        )

    @property
    def can_find_unused(self) -> bool:
        """Whether any iFlow could have been called unused."""
        return self.coverage.complete and not self.unread_locations

    def without_rows(self) -> "TenantResult":
        """The tenant without its iFlows and their connections, which need most of the memory."""
        return replace(self, iflows=[], connections=[])

    def may_have(self, package_id: str | None, iflow_id: str | None = None) -> bool:
        """Whether an iFlow may exist although it has no row.

        Args:
            package_id: its package; None for an orphan, which only a runtime location shows.
            iflow_id: its id, if it was requested by it.
        """
        if iflow_id is not None and any(part.iflow_id == iflow_id for part in self.unreadable):
            return True
        if package_id is None:
            return bool(self.unread_locations)
        return package_id in self.unread_packages

    def is_newer_than(self, other: "TenantResult") -> bool:
        """Whether its rows are of a later scan; False if one of the two has none."""
        if self.scanned_at is None or other.scanned_at is None:
            return False
        return self.scanned_at > other.scanned_at

    @property
    def scanned(self) -> bool:
        """Whether there are rows; if not, nothing is known of the tenant."""
        return self.scanned_at is not None
