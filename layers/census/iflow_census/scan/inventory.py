"""Merges a tenant's design-time iFlows, runtime artifacts, endpoints and messages into rows."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta

from iflow_census.errors import DataError
from iflow_census.scan.counting import DISCARDED, count_messages
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.edit_status import EditStatus, determine_edit_status
from iflow_census.scan.health_scan import explain_unread
from iflow_census.scan.locations import CLOUD, RuntimeLocation
from iflow_census.scan.message_columns import message_columns
from iflow_census.scan.month_counts import MonthCounts
from iflow_census.scan.period import Window
from iflow_census.scan.results import (
    Coverage,
    IflowRow,
    LocationResult,
    TenantStatus,
    TenantTotals,
    Unreadable,
)
from iflow_census.scan.runtime_columns import RuntimeColumnsBuilder
from iflow_census.scan.runtime_scan import RuntimeContent
from iflow_census.scan.tenant_api import LEVEL_ERROR, DesigntimeIflow, Package, RuntimeArtifact
from iflow_census.scan.usage import Deployment, Usage, UsageEvidence, determine_usage


@dataclass(frozen=True, slots=True)
class Inventory:
    """The content of a tenant, without its messages.

    Attributes:
        runtimes: the runtime locations that could be read: the cloud first, then by id.
        unread_locations: why others could not be read.
    """

    design_time: DesignTime
    runtimes: Sequence[RuntimeContent]
    unread_locations: Mapping[RuntimeLocation, str] = field(default_factory=dict)

    @property
    def unreadable(self) -> Sequence[Unreadable]:
        """What could not be read, and why."""
        parts = [
            Unreadable(f"package {package_id}", reason, package_id)
            for package_id, reason in sorted(self.design_time.unread_packages.items())
        ]
        parts += [
            Unreadable(f"iFlow {iflow_id}", reason, iflow_id=iflow_id)
            for iflow_id, reason in sorted(self.design_time.unread_iflows.items())
        ]
        for runtime in self.runtimes:
            where = "" if runtime.location.is_cloud else f" of location {runtime.location.id}"
            if runtime.endpoints.value is None:
                parts.append(Unreadable(f"endpoints{where}", runtime.endpoints.reason or ""))
            errors = explain_unread("error texts", runtime.errors)
            if errors:
                parts.append(Unreadable(f"error texts{where}", errors))
        parts += [
            Unreadable(f"location {location.id}", reason, location=location.id)
            for location, reason in self.unread_locations.items()
        ]
        return parts

    @property
    def iflow_ids(self) -> Set[str]:
        """The ids of all iFlows, designed or deployed."""
        deployed = (iflow_id for runtime in self.runtimes for iflow_id in runtime.iflows)
        return {*self.design_time.iflow_ids, *deployed}

    @property
    def locations(self) -> Sequence[RuntimeLocation]:
        """All runtime locations, the cloud first, then by id."""
        cloud, *others = [runtime.location for runtime in self.runtimes]
        return [cloud, *sorted([*others, *self.unread_locations])]

    def running(self, iflow_id: str) -> Sequence[RuntimeContent]:
        """The runtime locations where an iFlow is deployed, in the order of `runtimes`."""
        return [runtime for runtime in self.runtimes if iflow_id in runtime.iflows]


def build_rows(
    tenant: str,
    inventory: Inventory,
    counts: MonthCounts,
    *,
    period: Window,
    coverage: Mapping[RuntimeLocation, Coverage],
    deployed_before: Set[tuple[str, str]] = frozenset(),
    earlier_levels: Mapping[str, str] | None = None,
    last_errors: bool = False,
    owners: Mapping[str, str] | None = None,
    tolerance: timedelta,
) -> list[IflowRow]:
    """Build one row per iFlow, sorted by package and id; iFlows without a design come last.

    `coverage` is that of `counts` at each runtime location. `deployed_before` has the locations and
    iFlows that were deployed there when the period began, as earlier reports or checkpoints show,
    and `earlier_levels` the log level of each iFlow that had a log before it. The tolerance is that
    of `determine_edit_status`.
    """
    design_time = inventory.design_time
    runtime_columns = RuntimeColumnsBuilder(inventory.runtimes, bool(inventory.unread_locations))

    def row(
        package: Package | None, iflow: DesigntimeIflow | None, artifact: _Artifact
    ) -> IflowRow:
        runtimes = inventory.running(artifact.id)
        messages = message_columns(
            counts,
            artifact.id,
            deployed_at=[runtime.location for runtime in runtimes],
            earlier_levels=earlier_levels or {},
            last_errors=last_errors,
        )
        edit_status, edit_reason = EditStatus.UNKNOWN, "no design-time artifact"
        if package and iflow:
            edit_status, edit_reason = determine_edit_status(package, iflow, tolerance)
        usage, usage_reason = determine_usage(
            UsageEvidence(
                period=period,
                messages=messages["messages"] or 0,
                last_message_at=messages["last_message_at"],
                discarded=messages["messages_discarded"] or 0,
                log_level=messages["log_level"],
                doubt=_doubt(counts, artifact.id, coverage, runtimes, deployed_before)
                or _unread(inventory, package, artifact.id),
                deployments=[
                    Deployment(
                        runtime.location,
                        runtime.iflows[artifact.id],
                        (runtime.location.id, artifact.id) in deployed_before,
                    )
                    for runtime in runtimes
                ],
            )
        )
        return IflowRow(
            tenant=tenant,
            package_id=package.id if package else None,
            package_name=package.name if package else None,
            package_vendor=package.vendor if package else None,
            package_version=package.version if package else None,
            package_mode=package.mode if package else None,
            package_update_available=package.update_available if package else None,
            package_modified_at=package.modified_at if package else None,
            package_modified_by=package.modified_by if package else None,
            iflow_id=artifact.id,
            iflow_name=artifact.name,
            iflow_version=iflow.version if iflow else None,
            edit_status=edit_status,
            edit_reason=edit_reason,
            draft=iflow.draft if iflow else None,
            created_at=iflow.created_at if iflow else None,
            created_by=iflow.created_by if iflow else None,
            modified_at=iflow.modified_at if iflow else None,
            modified_by=iflow.modified_by if iflow else None,
            **runtime_columns.build(iflow, artifact.id),
            orphan=iflow is None and artifact.id not in design_time.unread_iflows,
            **messages,
            usage=usage,
            usage_reason=usage_reason,
            description=iflow.description if iflow else None,
            sender=iflow.sender if iflow else None,
            receiver=iflow.receiver if iflow else None,
            owner=(owners or {}).get(package.id) if package else None,
        )

    designed = [
        row(package, iflow, iflow)
        for package in sorted(design_time.packages, key=lambda package: package.id)
        for iflow in sorted(design_time.iflows.get(package.id, ()), key=lambda iflow: iflow.id)
    ]
    designed_ids = {row.iflow_id for row in designed}
    deployed = {
        iflow_id: artifact
        for runtime in reversed(inventory.runtimes)
        for iflow_id, artifact in runtime.iflows.items()
    }
    orphans = [
        row(None, None, artifact)
        for iflow_id, artifact in sorted(deployed.items())
        if iflow_id not in designed_ids
    ]
    return [*designed, *orphans]


_Artifact = DesigntimeIflow | RuntimeArtifact


def _unread(inventory: Inventory, package: Package | None, iflow_id: str) -> str | None:
    """Why too little is known of an iFlow; None if all of it was read."""
    design_time = inventory.design_time
    for location in inventory.unread_locations:
        return f"location {location.id} could not be read"
    if package is not None and package.id in design_time.unread_packages:
        return "its package could not be read"
    if iflow_id in design_time.unread_iflows:
        return "it is not known whether the iFlow is in a package"
    return None


def _doubt(
    counts: MonthCounts,
    iflow_id: str,
    coverage: Mapping[RuntimeLocation, Coverage],
    runtimes: Sequence[RuntimeContent],
    deployed_before: Set[tuple[str, str]],
) -> str | None:
    """Why messages of an iFlow may be missing from the counts; None if none can be missing.

    Those of the cloud, and of where it is deployed, or was when a part of the period was counted.
    """
    if not counts.windows:
        return "no messages were counted"
    places = {CLOUD, *(runtime.location.id for runtime in runtimes)}
    places |= {part.location for part in counts.windows if iflow_id in part.deployed}
    for location, covered in coverage.items():
        ran_here = location.id in places or (location.id, iflow_id) in deployed_before
        if ran_here and not covered.complete:
            where = "" if location.is_cloud else f" at location {location.id}"
            return f"only {covered.percent} % of the period is covered{where}"
    if not counts.is_complete_for(iflow_id):
        return (
            "it was not listed yet when a part of the period was counted, and that part has "
            "messages not attributed to any iFlow"
        )
    return None


def summarize_locations(
    inventory: Inventory, counts: MonthCounts, coverage: Mapping[RuntimeLocation, Coverage]
) -> Sequence[LocationResult]:
    """Summarize each runtime location; arguments as for `build_rows`."""
    iflows = {runtime.location: len(runtime.iflows) for runtime in inventory.runtimes}
    results = []
    for location in inventory.locations:
        reason = inventory.unread_locations.get(location)
        counted = counts.at(location.id)
        results.append(
            LocationResult(
                id=location.id,
                status=TenantStatus.COMPLETE if reason is None else TenantStatus.FAILED,
                reason=reason,
                iflows_deployed=iflows.get(location),
                messages=count_messages(counted.total) if counted.windows else None,
                coverage=coverage[location],
            )
        )
    return results


def sum_totals(inventory: Inventory, rows: Sequence[IflowRow], counts: MonthCounts) -> TenantTotals:
    """Sum up a tenant's rows and check their messages against the tenant's total.

    Raises:
        DataError: the rows have more messages than the tenant.
    """
    totals = TenantTotals(
        packages=len(inventory.design_time.packages),
        iflows=len(rows),
        deployed=sum(row.deployed is True for row in rows),
        edited=sum(row.edit_status is EditStatus.EDITED for row in rows),
        unused=sum(row.usage is Usage.UNUSED for row in rows),
        orphans=sum(row.orphan for row in rows),
        at_level_error=sum(row.deployed is True and row.log_level == LEVEL_ERROR for row in rows),
    )
    if not counts.windows:
        return totals
    total, attributed = count_messages(counts.total), sum(row.messages or 0 for row in rows)
    if attributed > total:
        raise DataError(
            f"messages: the iFlows have {attributed}, but the tenant has {total}; run again"
        )
    return replace(
        totals,
        messages=total,
        messages_failed=counts.total.get("FAILED", 0),
        messages_unattributed=total - attributed,
        messages_discarded=counts.total.get(DISCARDED, 0),
    )
