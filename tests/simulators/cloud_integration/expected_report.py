"""Compute the expected report of a tenant from its landscape.

The server, its index and its filters are not used, so that their errors are noticed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.cloud_integration.expected_locations import EdgeScan, ExpectedLocations
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    Landscape,
    MessageLog,
    Package,
    RuntimeArtifact,
    iso,
    log_at,
    to_ms,
)

DAY = 86_400_000
"""In milliseconds; all days in UTC have the same length."""

_OF_MODELS = (
    "model",
    "triggers",
    "senders",
    "receivers",
    "adapters",
    "calls",
    "called_by",
    "may_be_called_by",
    "undeploy_impact",
    "dependencies",
    "checks",
    "systems",
)
"""The columns that only the models of iFlows have."""

_DESIGN_ONLY = (
    "package_id",
    "package_name",
    "package_vendor",
    "package_version",
    "package_mode",
    "package_update_available",
    "package_modified_at",
    "package_modified_by",
    "iflow_version",
    "draft",
    "created_at",
    "created_by",
    "modified_at",
    "modified_by",
)

_DECISIONS = (
    "decision",
    "owner",
    "decision_due",
    "decision_note",
    "decision_overdue",
)


def expected_report(
    landscape: Landscape,
    month_start: datetime,
    month_end: datetime,
    *,
    now: datetime,
    retention: timedelta | None,
    tolerance_ms: int = 1000,
    earlier_levels: Mapping[str, str] | None = None,
    edges: Mapping[str, EdgeScan] | None = None,
) -> dict[str, Any]:
    """Return what a report of a window has of the tenant.

    A message belongs to the window and the UTC day in which it started. Only messages count that
    the tenant has at ``now``: those that started within ``retention`` and not after ``now``.
    Messages that have not ended are in PROCESSING. The rows have the columns of report.json except
    ``edit_reason`` and ``usage_reason``, which are texts, ``last_error`` and ``last_message_url``.
    ``earlier_levels``
    are the log levels that an earlier report has, by iFlow. ``edges`` are the locations that were
    not read as the cloud was, by id.
    """
    locations = ExpectedLocations(
        landscape, month_start, month_end, now=now, retention=retention, edges=edges or {}
    )
    logs = [log for logs in locations.logs_at.values() for log in logs]
    counts = _count(logs, now)
    packages = {package.id: package for package in landscape.packages}
    rows = [
        _design_columns(landscape.name, packages[iflow.package_id], iflow, tolerance_ms)
        for iflow in sorted(landscape.iflows, key=lambda item: (item.package_id, item.id))
    ]
    designed = {iflow.id for iflow in landscape.iflows}
    for iflow_id, runtime in sorted(locations.deployed().items()):
        if iflow_id not in designed:
            rows.append(_orphan_columns(landscape.name, runtime))
    known = {iflow.id: iflow for iflow in landscape.iflows}
    last_logs = _last_logs(logs, now)
    for row in rows:
        row.update(_message_columns(counts[row["iflow_id"]]))
        row.update(_last_columns(row["iflow_id"], last_logs, earlier_levels or {}))
        version = None if row["draft"] is not False else row["iflow_version"]
        row.update(locations.columns(row["iflow_id"], version))
        row["usage"] = locations.usage(row)
        design = known.get(row["iflow_id"])
        row["description"] = (design and design.description) or None
        row["sender"] = (design and design.sender) or None
        row["receiver"] = (design and design.receiver) or None
        # Decisions are written by people, not read from the tenant.
        row.update(dict.fromkeys(_DECISIONS))
        row.update(dict.fromkeys(_OF_MODELS) | {"model_reason": "off"})
    return {
        "tenant": landscape.name,
        "totals": _totals(landscape, rows, counts),
        "messages_per_day": _per_day(logs, month_start, month_end),
        "other_artifacts": _other_artifacts(landscape),
        "locations": locations.summary(),
        "iflows": rows,
    }


def _per_day(
    logs: Sequence[MessageLog], month_start: datetime, month_end: datetime
) -> dict[str, int]:
    first, last = to_ms(month_start) // DAY, (to_ms(month_end) - 1) // DAY
    started = Counter(
        log.start // DAY for log in logs if log.start is not None and log.status != "DISCARDED"
    )
    return {(iso(day * DAY) or "")[:10]: started[day] for day in range(first, last + 1)}


def _other_artifacts(landscape: Landscape) -> list[dict[str, Any]]:
    kinds = [
        (item.type, item.status)
        for item in landscape.runtime_artifacts
        if item.type != "INTEGRATION_FLOW"
    ]
    return [
        {"type": kind, "status": status, "count": kinds.count((kind, status))}
        for kind, status in sorted(set(kinds))
    ]


def _count(logs: Sequence[MessageLog], now: datetime) -> dict[str | None, Counter[str]]:
    moment = to_ms(now)
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for log in logs:
        running = log.end is not None and log.end > moment
        status = "PROCESSING" if running else log.status
        counts[None if log.artifact is None else log.artifact.id][status] += 1
    return counts


def _design_columns(
    tenant: str, package: Package, iflow: DesigntimeIflow, tolerance_ms: int
) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "package_id": package.id,
        "package_name": package.name or None,
        "package_vendor": package.vendor or None,
        "package_version": package.version or None,
        "package_mode": package.mode or None,
        "package_update_available": package.update_available,
        "package_modified_at": iso(package.modified_at),
        "package_modified_by": package.modified_by or None,
        "iflow_id": iflow.id,
        "iflow_name": iflow.name,
        "iflow_version": iflow.version,
        "edit_status": _edit_status(package, iflow, tolerance_ms),
        "draft": iflow.is_draft,
        "created_at": iso(iflow.created_at),
        "created_by": iflow.created_by or None,
        "modified_at": iso(iflow.modified_at),
        "modified_by": iflow.modified_by or None,
        "orphan": False,
    }


def _edit_status(package: Package, iflow: DesigntimeIflow, tolerance_ms: int) -> str:
    if package.mode == "READ_ONLY":
        return "NOT_EDITED"
    if iflow.is_draft:
        return "EDITED"
    if iflow.created_at is None or iflow.modified_at is None:
        return "UNKNOWN"
    apart = abs(iflow.modified_at - iflow.created_at)
    return "NOT_EDITED" if apart <= tolerance_ms else "EDITED"


def _orphan_columns(tenant: str, runtime: RuntimeArtifact) -> dict[str, Any]:
    return dict.fromkeys(_DESIGN_ONLY) | {
        "tenant": tenant,
        "iflow_id": runtime.id,
        "iflow_name": runtime.name,
        "edit_status": "UNKNOWN",
        "orphan": True,
    }


def _message_columns(counts: Counter[str]) -> dict[str, Any]:
    discarded = counts["DISCARDED"]
    total = sum(counts.values()) - discarded
    completed, failed = counts["COMPLETED"], counts["FAILED"]
    return {
        "messages": total,
        "messages_completed": completed,
        "messages_failed": failed,
        "messages_other": total - completed - failed,
        "messages_discarded": discarded,
    }


def _last_logs(logs: Sequence[MessageLog], now: datetime) -> dict[str, MessageLog]:
    """Return the log of the last message of each iFlow; the first guid if some started together."""
    last: dict[str, MessageLog] = {}
    for log in sorted(logs, key=lambda log: (-(log.start or 0), log.guid)):
        if log.artifact is not None and log.status != "DISCARDED":
            last.setdefault(log.artifact.id, log)
    return {iflow_id: log_at(log, to_ms(now)) for iflow_id, log in last.items()}


def _last_columns(
    iflow_id: str, last: Mapping[str, MessageLog], earlier_levels: Mapping[str, str]
) -> dict[str, Any]:
    log = last.get(iflow_id)
    if log is None or log.artifact is None:
        return {
            "last_message_at": None,
            "last_message_status": None,
            "log_level": earlier_levels.get(iflow_id),
        }
    return {
        "last_message_at": iso(log.start),
        "last_message_status": log.status,
        "log_level": log.artifact.log_level,
    }


def _totals(
    landscape: Landscape, rows: list[dict[str, Any]], counts: dict[str | None, Counter[str]]
) -> dict[str, int]:
    discarded = sum(statuses["DISCARDED"] for statuses in counts.values())
    messages = sum(sum(statuses.values()) for statuses in counts.values()) - discarded
    return {
        "packages": len(landscape.packages),
        "iflows": len(rows),
        "deployed": sum(row["deployed"] is True for row in rows),
        "edited": sum(row["edit_status"] == "EDITED" for row in rows),
        "unused": sum(row["usage"] == "UNUSED" for row in rows),
        "orphans": sum(row["orphan"] for row in rows),
        "messages": messages,
        "messages_failed": sum(statuses["FAILED"] for statuses in counts.values()),
        "messages_unattributed": messages - sum(row["messages"] for row in rows),
        "messages_discarded": discarded,
        "at_level_error": sum(
            row["deployed"] is True and row["log_level"] == "ERROR" for row in rows
        ),
    }
