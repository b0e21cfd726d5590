"""What earlier months say about the inventory of a tenant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iflow_census.scan.period import Month, Period
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.snapshot import TenantSnapshot
from iflow_census.scan.usage import Usage
from iflow_census.store.history import HistoryFile
from iflow_census.store.protocol import Store

MAX_MONTHS = 12


@dataclass(frozen=True, slots=True)
class RemovedIflow:
    """An iFlow that two complete scans did not find anymore.

    Attributes:
        removed_on: the date of the first scan without it, as LeanIX formats dates.
    """

    iflow_id: str
    removed_on: str


@dataclass(frozen=True, slots=True)
class Past:
    """The earlier months of a tenant, as far as its inventory needs them.

    Attributes:
        unused_months: for how many months, this one included, each unused iFlow is unused.
        removed: the iFlows that are gone.
    """

    unused_months: Mapping[str, int] = field(default_factory=dict)
    removed: Sequence[RemovedIflow] = ()


def read_past(store: Store, period: Period, tenant: TenantResult) -> Past:
    """Read the snapshots of earlier months; a month without one ends what is known.

    A rolling window has no past.

    Raises:
        CensusError: the store failed.
    """
    if not isinstance(period, Month):
        return Past()
    snapshots = list(_read_snapshots(store, period, tenant.name))
    return Past(_count_unused(tenant, snapshots), _find_removed(tenant, snapshots))


def _read_snapshots(store: Store, month: Month, tenant: str) -> Iterator[TenantSnapshot]:
    """The snapshots of the months before, newest first, without a gap."""
    for _ in range(MAX_MONTHS):
        month = month.previous()
        snapshot = HistoryFile(store, month, tenant).read().value
        if snapshot is None:
            return
        yield snapshot


def _count_unused(tenant: TenantResult, snapshots: Sequence[TenantSnapshot]) -> Mapping[str, int]:
    unused = {row.iflow_id for row in tenant.iflows if row.usage is Usage.UNUSED}
    months = dict.fromkeys(unused, 1)
    for snapshot in snapshots:
        unused &= {row.iflow_id for row in snapshot.iflows if row.usage is Usage.UNUSED}
        for iflow_id in unused:
            months[iflow_id] += 1
    return months


def _find_removed(
    tenant: TenantResult, snapshots: Sequence[TenantSnapshot]
) -> Sequence[RemovedIflow]:
    """Find the iFlows that this scan and that of the month before did not find.

    Both were complete, and could read its package and request its id, or it may still be there.
    """
    if not snapshots or snapshots[0].tenant.status is not TenantStatus.COMPLETE:
        return ()
    last_month = snapshots[0]
    present = {row.iflow_id for row in tenant.iflows}
    present |= {row.iflow_id for row in last_month.iflows}
    removed = []
    scan = last_month  # the first one without the iFlows that come next
    for snapshot in snapshots[1:]:
        for row in snapshot.iflows:
            if row.iflow_id in present:
                continue
            present.add(row.iflow_id)
            hidden = any(
                scanned.may_have(row.package_id, row.iflow_id)
                for scanned in (tenant, last_month.tenant)
            )
            scanned_at = scan.tenant.scanned_at
            if not hidden and scanned_at is not None:
                removed.append(RemovedIflow(row.iflow_id, scanned_at.date().isoformat()))
        scan = snapshot
    return sorted(removed, key=lambda iflow: iflow.iflow_id)
