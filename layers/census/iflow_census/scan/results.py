"""What the scan of a tenant brings: a row per iFlow, totals, and what they cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.health import TenantHealth


class Usage(StrEnum):
    """Whether messages started in the month; UNKNOWN: none was seen, but some may be missing."""

    USED = "USED"
    UNUSED = "UNUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class IflowRow:
    """One iFlow; the fields are the columns of the report, in this order. None: not known."""

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
    deployed: bool
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
    endpoints: tuple[str, ...]
    description: str | None = None
    sender: str | None = None
    receiver: str | None = None
    package_modified_at: datetime | None = None


class TenantStatus(StrEnum):
    """How far the scan of a tenant came."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which part of the month the message counts cover.

    Attributes:
        start: the first moment covered; None where nothing is.
        end: the moment up to which (exclusive).
        complete: the whole month is covered.
        reason: why not, for a person; None where it is.
    """

    start: datetime | None
    end: datetime | None
    complete: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TenantTotals:
    """Sums over a tenant.

    `messages` and `messages_failed` are of the whole tenant; `messages_unattributed` are those of
    no iFlow in the rows: of iFlows deleted since, or without an iFlow. None: not counted.
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


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """What the scan cost: requests (retries included), retries, answers 429, seconds in all."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TenantResult:
    """The result for one tenant.

    Attributes:
        name: the tenant's.
        status: complete: its rows are whole and of this run; partial: they are of an earlier run
            of the same month, or not there yet; failed: there are none.
        error: what kept it from being complete.
        scanned_at: when the scan ended that the rows are from; None without rows.
        coverage: of the message counts.
        totals: sums.
        api: what the scan cost.
        iflows: the rows.
        messages_per_day: one count for each day of the month (UTC), None for a day that was not
            wholly counted; None where no day was.
        health: what else was found of the tenant; None where nothing was asked.
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

    @property
    def scanned(self) -> bool:
        """Whether there are rows; if not, nothing is known of the tenant."""
        return self.scanned_at is not None
