"""Findings to act on: unused iFlows, edited SAP content, and edits that keep updates away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iflow_census.report.columns import select_columns
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month, Period
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.scan.snapshot import TenantSnapshot
from iflow_census.scan.usage import Usage


@dataclass(frozen=True, slots=True)
class UnusedIflow:
    """A deployed iFlow without messages, with what helps to decide whether to undeploy it.

    Attributes:
        unused_since: the first of the consecutive months in which it was unused; of a report of
            the last 30 days, that window.
        unused_months: how many months these are.
        since_is_known: whether it was used, not deployed, or did not exist in the month before.
            If not, that is not known, and it may be unused for longer.
        last_used: the newest month with messages; None if no report has one.
        endpoints: the URLs that it keeps open; None if they could not be read.
        decision: what was decided about it: "keep", "retire" or "watch"; None if nothing was.
        triggers: what can start it; None if its model was not read.
        undeploy_impact: what undeploying it would affect, in words; None if nothing is known.
    """

    tenant: str
    package_id: str | None
    package_name: str | None
    iflow_id: str
    iflow_name: str | None
    unused_since: str
    unused_months: int
    since_is_known: bool
    last_used: str | None
    deployed_at: datetime | None
    deployed_by: str | None
    endpoints: Sequence[str] | None
    decision: str | None
    owner: str | None
    decision_due: str | None
    triggers: Sequence[str] | None
    called_by: Sequence[str] | None
    undeploy_impact: str | None


UNUSED_NOTE = (
    "Unused iFlows were deployed throughout the period, and no message was missed. iFlows at log "
    "level NONE write no log either: check the level before you undeploy one."
)


@dataclass(frozen=True, slots=True)
class Unused:
    """The iFlows that are deployed and unused.

    Attributes:
        months: the months of the reports that were used, newest first.
        not_judged: by tenant, the number of deployed iFlows whose usage is unknown.
        iflows: those of production first, then those unused for longest.
    """

    note: str
    months: Sequence[str]
    not_judged: Mapping[str, int]
    iflows: Sequence[UnusedIflow]


def collect_unused(
    period: Period,
    months: Iterable[Month],
    iflows: Iterable[UnusedIflow],
    not_judged: Mapping[str, int],
    priorities: Mapping[str, int],
) -> Unused:
    """Return the unused iFlows of all tenants.

    `months` are the earlier months that have a report, and `not_judged` has the number of deployed
    iFlows whose usage is unknown, by tenant. Tenants with a lower priority come first.
    """
    ordered = sorted(
        iflows,
        key=lambda iflow: (
            priorities[iflow.tenant],
            -iflow.unused_months,
            -len(iflow.endpoints or ()),  # somebody may still call them
            iflow.tenant,
            iflow.package_id or "",
            iflow.iflow_id,
        ),
    )
    used_months = [str(period), *map(str, sorted(months, reverse=True))]
    return Unused(UNUSED_NOTE, used_months, not_judged, ordered)


def find_unused(
    period: Period, tenant: TenantResult, snapshots: Mapping[Month, TenantSnapshot]
) -> Sequence[UnusedIflow]:
    """Find the unused iFlows of a tenant, and since when they are."""
    unused = {row.iflow_id: row for row in tenant.iflows if row.usage is Usage.UNUSED}
    usages: dict[Month, Mapping[str, Usage]] = {
        month: {
            iflow.iflow_id: iflow.usage for iflow in snapshot.iflows if iflow.iflow_id in unused
        }
        for month, snapshot in snapshots.items()
    }
    return [_trace_back(row, period, usages, snapshots) for row in unused.values()]


def _trace_back(
    row: IflowRow,
    period: Period,
    usages: Mapping[Month, Mapping[str, Usage]],
    snapshots: Mapping[Month, TenantSnapshot],
) -> UnusedIflow:
    usage = {month: by_id[row.iflow_id] for month, by_id in usages.items() if row.iflow_id in by_id}
    since, count = period, 1
    while usage.get(since.previous()) is Usage.UNUSED:
        since, count = since.previous(), count + 1
    used = [month for month, value in usage.items() if value is Usage.USED]
    before = since.previous()
    return select_columns(
        row,
        UnusedIflow,
        unused_since=str(since),
        unused_months=count,
        since_is_known=_was_used_or_not_deployed(row, usage.get(before), snapshots.get(before)),
        last_used=str(max(used)) if used else None,
    )


def _was_used_or_not_deployed(
    row: IflowRow, usage: Usage | None, snapshot: TenantSnapshot | None
) -> bool:
    if snapshot is None or not snapshot.tenant.scanned:
        return False
    if usage is None:
        return not snapshot.tenant.may_have(row.package_id)
    return usage in (Usage.USED, Usage.NOT_DEPLOYED)


NOTE = (
    "This is a hint, not a bill: SAP does not charge for messages of unmodified SAP-to-SAP "
    "content, but does for modified content. The API does not say which content is SAP-to-SAP, "
    "edits are inferred from dates, and message processing logs are not chargeable messages."
)
SOURCE = 'SAP Help, "Handling Prepackaged SAP-to-SAP Integration Content"; SAP Note 3654389'


@dataclass(frozen=True, slots=True)
class EditedSapIflow:
    """An edited iFlow of a package by SAP that had messages; the names are those of `IflowRow`."""

    tenant: str
    package_id: str | None
    package_name: str | None
    package_version: str | None
    iflow_id: str
    iflow_name: str | None
    edit_reason: str
    modified_at: datetime | None
    modified_by: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class EditedSapContent:
    """Edited SAP content, which may cost money.

    Attributes:
        messages: the sum over all iFlows.
        iflows: those with the most messages first.
    """

    note: str
    source: str
    messages: int
    iflows: Sequence[EditedSapIflow]


def find_edited_sap_content(tenants: Iterable[TenantResult]) -> EditedSapContent:
    """Find edited iFlows with messages in packages whose vendor is SAP."""
    iflows = [
        select_columns(row, EditedSapIflow)
        for tenant in tenants
        for row in tenant.iflows
        if _is_sap(row.package_vendor) and row.edit_status is EditStatus.EDITED and row.messages
    ]
    iflows.sort(key=lambda iflow: (-iflow.messages, iflow.tenant, iflow.iflow_id))
    return EditedSapContent(NOTE, SOURCE, sum(iflow.messages for iflow in iflows), iflows)


def _is_sap(vendor: str | None) -> bool:
    return vendor is not None and vendor.strip().casefold() == "sap"


BLOCKED_UPDATES_NOTE = (
    "An update of the package is available, but updates leave out every iFlow that was edited: to "
    "get the new version, copy the package again and repeat the change there, or decide to keep "
    "your own version and maintain it yourself. Edits are inferred from dates."
)
BLOCKED_UPDATES_SOURCE = 'SAP Help, "Updates for SAP\'s Integration Packages"'


@dataclass(frozen=True, slots=True)
class BlockedUpdate:
    """An edited iFlow of a package with an update; the names are those of `IflowRow`."""

    tenant: str
    package_id: str | None
    package_name: str | None
    package_version: str | None
    iflow_id: str
    iflow_name: str | None
    iflow_version: str | None
    edit_reason: str
    modified_at: datetime | None
    modified_by: str | None
    messages: int | None


@dataclass(frozen=True, slots=True)
class BlockedUpdates:
    """Edited iFlows that updates of their packages leave out.

    Attributes:
        iflows: those of production first, then those with the most messages.
    """

    note: str
    source: str
    iflows: Sequence[BlockedUpdate]


def find_blocked_updates(tenants: Iterable[TenantResult]) -> BlockedUpdates:
    """Find edited iFlows in packages for which an update is available."""
    iflows: list[BlockedUpdate] = []
    priorities: dict[str, int] = {}
    for tenant in tenants:
        priorities[tenant.name] = tenant.profile.priority
        iflows.extend(
            select_columns(row, BlockedUpdate)
            for row in tenant.iflows
            if row.package_update_available and row.edit_status is EditStatus.EDITED
        )
    iflows.sort(
        key=lambda iflow: (
            priorities[iflow.tenant],
            -(iflow.messages or 0),
            iflow.tenant,
            iflow.iflow_id,
        )
    )
    return BlockedUpdates(BLOCKED_UPDATES_NOTE, BLOCKED_UPDATES_SOURCE, iflows)
