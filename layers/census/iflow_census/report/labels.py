"""Words and number formats of the documents for people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change, ChangeKind, Value
from iflow_census.report.findings import UnusedIflow
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.period import LAST_30_DAYS
from iflow_census.scan.results import TenantResult, TenantStatus

UNKNOWN = "\N{EN DASH}"

CHANGE_LABELS = {
    ChangeKind.NEW: "New",
    ChangeKind.REMOVED: "Removed",
    ChangeKind.EDITED: "Edited",
    ChangeKind.UPDATED: "Updated",
    ChangeKind.DEPLOYED: "Deployed",
    ChangeKind.UNDEPLOYED: "Undeployed",
    ChangeKind.VERSION_CHANGED: "Version changed",
    ChangeKind.NEWLY_UNUSED: "Newly unused",
    ChangeKind.IN_USE_AGAIN: "In use again",
    ChangeKind.MESSAGES_MOVED: "Volume changed",
}

HEALTH_LABELS = {
    "certificates": "Certificates that expire within 90 days",
    "jms": "JMS message broker",
    "artifacts_in_error": "Deployed artifacts in error",
    "message_mappings": "Message mappings",
    "value_mappings": "Value mappings",
    "script_collections_deployed": "Script collections (deployed)",
    "user_credentials": "User credentials",
    "oauth2_client_credentials": "OAuth2 client credentials",
    "data_stores": "Data stores",
}
"""The parts of a tenant's health."""

HEALTH_COUNTS = tuple(
    name for name in HEALTH_LABELS if name not in {"certificates", "jms", "artifacts_in_error"}
)
"""The parts that are numbers."""

UNMENTIONED_CREDENTIALS = "Credentials whose names are in no model that was read"

OTHER_ARTIFACTS = "Deployed artifacts other than iFlows"

HOW_COUNTED = (
    "Messages are message processing logs that started in the period (UTC), not SAP's chargeable "
    "messages. An iFlow at log level NONE writes no logs, and one at ERROR only those of failed "
    "messages: the others are in no figure."
)

MAX_UNREADABLE = 5
"""Parts that could not be read which are listed for each tenant."""


def format_count(value: int | None) -> str:
    """Format a count with thousands separators; a dash if it is unknown."""
    return UNKNOWN if value is None else f"{value:,}"


def format_megabytes(value: int | None) -> str:
    """Format bytes as MB (1,048,576 bytes), without the unit; a dash if they are unknown."""
    return format_count(None if value is None else round(value / 2**20))


def format_minute(timestamp: datetime | None) -> str:
    """Format a timestamp in UTC to the minute; a dash if it is unknown."""
    return UNKNOWN if timestamp is None else f"{timestamp.astimezone(UTC):%Y-%m-%d %H:%M}"


def format_value(value: Value) -> str:
    """Format a value of a change."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return format_minute(value)
        case str():
            return _STATUS.get(value, value)
        case _:
            return format_count(value)


_STATUS = {"EDITED": "edited", "NOT_EDITED": "not edited"}


def format_since(iflow: UnusedIflow) -> str:
    """Format the month since which an iFlow is unused, to follow "since"."""
    since = "30 days ago" if iflow.unused_since == LAST_30_DAYS else iflow.unused_since
    return ("" if iflow.since_is_known else "at least ") + since


def describe_change(change: Change) -> str:
    """Describe a change without its iFlow: "Version changed: 1.0.2 → 1.0.3"."""
    values = describe_values(change)
    return f"{CHANGE_LABELS[change.kind]}: {values}" if values else CHANGE_LABELS[change.kind]


def describe_values(change: Change) -> str:
    """Describe what changed: "deployed 1.0.2 → 1.0.3"; "" if the kind of the change says it."""
    if change.kind in (ChangeKind.DEPLOYED, ChangeKind.UNDEPLOYED, ChangeKind.NEW):
        return ""
    what = "deployed " if change.column == "runtime_version" else ""
    return f"{what}{format_value(change.before)} → {format_value(change.after)}"


def list_warnings(report: CensusReport) -> Sequence[str]:
    """Return what readers must know before they use the figures: what is missing, and why."""
    tenants = report.production_first
    warnings = [warning for tenant in tenants for warning in _tenant_warnings(tenant)]
    return [*warnings, *(f"{warning}." for warning in report.all_warnings())]


def _tenant_warnings(tenant: TenantResult) -> Sequence[str]:
    name, coverage, error = tenant.name, tenant.coverage, tenant.error or ""
    if not tenant.scanned:
        outcome = "failed" if tenant.status is TenantStatus.FAILED else "is not finished"
        return [f"{name}: the scan {outcome}, so the report has no data of this tenant. {error}"]
    warnings = []
    if tenant.status is not TenantStatus.COMPLETE:
        scanned_at = format_minute(tenant.scanned_at)
        warnings.append(
            f"{name}: the last scan is not complete; the data is of {scanned_at} UTC. {error}"
        )
    elif tenant.carried_over:
        warnings.append(
            f"{name}: not replaced by this run; the data is of "
            f"{format_minute(tenant.scanned_at)} UTC."
        )
    if not coverage.complete:
        warnings.append(
            f"{name}: the message counts do not cover the full period ({coverage.reason}). "
            "iFlows without messages are therefore not marked as unused."
        )
    elif coverage.reason:
        warnings.append(f"{name}: {coverage.reason}.")
    if tenant.unread_packages:
        warnings.append(
            f"{name}: the totals lack the iFlows of {len(tenant.unread_packages)} packages that "
            "could not be read."
        )
    warnings.extend(
        f"{name}: the message counts of location {location.id} do not cover the full period "
        f"({location.coverage.reason}). iFlows deployed there are not marked as unused."
        for location in tenant.locations
        if location.id != CLOUD and location.reason is None and not location.coverage.complete
    )
    shown = tenant.unreadable[:MAX_UNREADABLE]
    warnings.extend(f"{name}: {part.part} could not be read: {part.reason}." for part in shown)
    if len(shown) < len(tenant.unreadable):
        warnings.append(
            f"{name}: {len(tenant.unreadable) - len(shown)} more parts could not be read; "
            "report.json lists them."
        )
    return warnings
