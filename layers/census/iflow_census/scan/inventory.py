"""Merges a tenant's design-time iFlows, runtime artifacts, endpoints and messages into rows."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict

from iflow_census.errors import DataError
from iflow_census.scan.counting import DISCARDED, count_messages
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.edit_status import EditStatus, determine_edit_status
from iflow_census.scan.health_scan import explain_unread
from iflow_census.scan.message_columns import message_columns
from iflow_census.scan.month_counts import MonthCounts
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Coverage, IflowRow, TenantTotals, Unreadable
from iflow_census.scan.tenant_api import (
    LEVEL_ERROR,
    DesigntimeIflow,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.scan.usage import Usage, UsageEvidence, determine_usage


@dataclass(frozen=True, slots=True)
class Inventory:
    """The content of a tenant, without its messages.

    Attributes:
        design_time: packages and their iFlows.
        runtime: the deployed iFlows by id, without artifacts of other types.
        runtime_errors: SAP's text for each iFlow in error.
        endpoints: all service endpoints.
    """

    design_time: DesignTime
    runtime: Mapping[str, RuntimeArtifact]
    runtime_errors: Mapping[str, Reading[str]]
    endpoints: Reading[Sequence[ServiceEndpoint]]

    @property
    def unreadable(self) -> Sequence[Unreadable]:
        """What could not be read, and why."""
        parts = [
            Unreadable(f"package {package_id}", reason, package_id)
            for package_id, reason in sorted(self.design_time.unread_packages.items())
        ]
        parts += [
            Unreadable(f"iFlow {iflow_id}", reason)
            for iflow_id, reason in sorted(self.design_time.unread_iflows.items())
        ]
        if self.endpoints.value is None:
            parts.append(Unreadable("endpoints", self.endpoints.reason or ""))
        errors = explain_unread("error texts", self.runtime_errors)
        if errors:
            parts.append(Unreadable("error texts", errors))
        return parts


def build_rows(
    tenant: str,
    inventory: Inventory,
    counts: MonthCounts,
    *,
    period: Window,
    coverage: Coverage,
    deployed_before: Set[str] = frozenset(),
    earlier_levels: Mapping[str, str] | None = None,
    last_errors: bool = False,
    tolerance: timedelta,
) -> list[IflowRow]:
    """Build one row per iFlow, sorted by package and id; iFlows without a design come last.

    Args:
        tenant: the tenant's name.
        inventory: its content.
        counts: its messages.
        period: the period of the report.
        coverage: how much of it `counts` covers.
        deployed_before: iFlows that were deployed when the period began, as earlier reports or
            checkpoints show.
        earlier_levels: the log level of each iFlow's last log before the period, as far as known.
        last_errors: whether the rows show errors of messages.
        tolerance: see `determine_edit_status`.
    """
    design_time = inventory.design_time
    urls: dict[str, set[str]] = {}
    for endpoint in inventory.endpoints.value or ():
        urls.setdefault(endpoint.iflow_id, set()).update(endpoint.urls)

    def row(
        package: Package | None, iflow: DesigntimeIflow | None, artifact: _Artifact
    ) -> IflowRow:
        runtime = inventory.runtime.get(artifact.id)
        messages = message_columns(
            counts, artifact.id, earlier_levels=earlier_levels or {}, last_errors=last_errors
        )
        return IflowRow(
            tenant=tenant,
            **_package_columns(package),
            iflow_id=artifact.id,
            iflow_name=artifact.name,
            **_design_columns(package, iflow, tolerance),
            **_runtime_columns(iflow, runtime),
            runtime_error=_runtime_error(inventory, artifact.id),
            orphan=iflow is None and artifact.id not in design_time.unread_iflows,
            **messages,
            **_usage_columns(
                UsageEvidence(
                    period=period,
                    messages=messages["messages"] or 0,
                    last_message_at=messages["last_message_at"],
                    discarded=messages["messages_discarded"] or 0,
                    doubt=_doubt(counts, artifact.id, coverage)
                    or _unread(design_time, package, artifact.id),
                    runtime=runtime,
                    log_level=messages["log_level"],
                    deployed_before=artifact.id in deployed_before,
                )
            ),
            endpoints=None
            if inventory.endpoints.value is None
            else tuple(sorted(urls.get(artifact.id, ()))),
            description=iflow.description if iflow else None,
            sender=iflow.sender if iflow else None,
            receiver=iflow.receiver if iflow else None,
        )

    designed = [
        row(package, iflow, iflow)
        for package in sorted(design_time.packages, key=lambda package: package.id)
        for iflow in sorted(design_time.iflows.get(package.id, ()), key=lambda iflow: iflow.id)
    ]
    designed_ids = {row.iflow_id for row in designed}
    orphans = [
        row(None, None, artifact)
        for iflow_id, artifact in sorted(inventory.runtime.items())
        if iflow_id not in designed_ids
    ]
    return [*designed, *orphans]


_Artifact = DesigntimeIflow | RuntimeArtifact


class _PackageColumns(TypedDict):
    package_id: str | None
    package_name: str | None
    package_vendor: str | None
    package_version: str | None
    package_mode: str | None
    package_update_available: bool | None
    package_modified_at: datetime | None
    package_modified_by: str | None


def _package_columns(package: Package | None) -> _PackageColumns:
    return {
        "package_id": package.id if package else None,
        "package_name": package.name if package else None,
        "package_vendor": package.vendor if package else None,
        "package_version": package.version if package else None,
        "package_mode": package.mode if package else None,
        "package_update_available": package.update_available if package else None,
        "package_modified_at": package.modified_at if package else None,
        "package_modified_by": package.modified_by if package else None,
    }


class _DesignColumns(TypedDict):
    iflow_version: str | None
    edit_status: EditStatus
    edit_reason: str
    draft: bool | None
    created_at: datetime | None
    created_by: str | None
    modified_at: datetime | None
    modified_by: str | None


def _design_columns(
    package: Package | None, iflow: DesigntimeIflow | None, tolerance: timedelta
) -> _DesignColumns:
    status, reason = EditStatus.UNKNOWN, "no design-time artifact"
    if package and iflow:
        status, reason = determine_edit_status(package, iflow, tolerance)
    return {
        "iflow_version": iflow.version if iflow else None,
        "edit_status": status,
        "edit_reason": reason,
        "draft": iflow.draft if iflow else None,
        "created_at": iflow.created_at if iflow else None,
        "created_by": iflow.created_by if iflow else None,
        "modified_at": iflow.modified_at if iflow else None,
        "modified_by": iflow.modified_by if iflow else None,
    }


class _RuntimeColumns(TypedDict):
    deployed: bool
    runtime_status: str | None
    runtime_version: str | None
    version_drift: bool | None
    deployed_at: datetime | None
    deployed_by: str | None


def _runtime_columns(
    iflow: DesigntimeIflow | None, runtime: RuntimeArtifact | None
) -> _RuntimeColumns:
    return {
        "deployed": runtime is not None,
        "runtime_status": runtime.status if runtime else None,
        "runtime_version": runtime.version if runtime else None,
        "version_drift": _has_drift(iflow, runtime),
        "deployed_at": runtime.deployed_at if runtime else None,
        "deployed_by": runtime.deployed_by if runtime else None,
    }


class _UsageColumns(TypedDict):
    usage: Usage
    usage_reason: str


def _usage_columns(evidence: UsageEvidence) -> _UsageColumns:
    usage, reason = determine_usage(evidence)
    return {"usage": usage, "usage_reason": reason}


def _runtime_error(inventory: Inventory, iflow_id: str) -> str | None:
    error = inventory.runtime_errors.get(iflow_id)
    return (error.value or None) if error else None


def _unread(design_time: DesignTime, package: Package | None, iflow_id: str) -> str | None:
    """Why too little is known of an iFlow; None if all of it was read."""
    if package is not None and package.id in design_time.unread_packages:
        return "its package could not be read"
    if iflow_id in design_time.unread_iflows:
        return "it is not known whether the iFlow is in a package"
    return None


def _doubt(counts: MonthCounts, iflow_id: str, coverage: Coverage) -> str | None:
    """Why messages of an iFlow may be missing from the counts; None if none can be missing."""
    if not counts.windows:
        return "no messages were counted"
    if not coverage.complete:
        return f"only {coverage.percent} % of the month is covered"
    if not counts.is_complete_for(iflow_id):
        return (
            "it was not listed yet when a part of the month was counted, and that part has "
            "messages not attributed to any iFlow"
        )
    return None


def _has_drift(iflow: DesigntimeIflow | None, runtime: RuntimeArtifact | None) -> bool | None:
    """Whether the deployed version differs from the designed one; None if one is not known."""
    if iflow is None or runtime is None or iflow.draft:
        return None
    if iflow.version is None or runtime.version is None:
        return None
    return iflow.version != runtime.version


def sum_totals(inventory: Inventory, rows: Sequence[IflowRow], counts: MonthCounts) -> TenantTotals:
    """Sum up a tenant's rows and check their messages against the tenant's total.

    Args:
        inventory: the tenant's content.
        rows: all its rows.
        counts: its messages.

    Raises:
        DataError: the rows have more messages than the tenant.
    """
    totals = TenantTotals(
        packages=len(inventory.design_time.packages),
        iflows=len(rows),
        deployed=sum(row.deployed for row in rows),
        edited=sum(row.edit_status is EditStatus.EDITED for row in rows),
        unused=sum(row.usage is Usage.UNUSED for row in rows),
        orphans=sum(row.orphan for row in rows),
        at_level_error=sum(row.deployed and row.log_level == LEVEL_ERROR for row in rows),
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
