"""What the documents for people call things."""

from collections.abc import Sequence
from datetime import UTC, datetime

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change, ChangeKind, Value
from iflow_census.scan.results import TenantResult, TenantStatus

NOT_KNOWN = "\N{EN DASH}"

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
    ChangeKind.MESSAGES_MOVED: "Messages moved",
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
"""Each part of a tenant's health, for a person."""

HEALTH_COUNTS = tuple(
    name for name in HEALTH_LABELS if name not in {"certificates", "jms", "artifacts_in_error"}
)
"""The parts that are numbers."""

HOW_COUNTED = (
    "Messages are message processing logs that started in the month (UTC). They are not SAP's "
    "count of chargeable messages, and an iFlow at log level NONE writes no log."
)


def number(value: int | None) -> str:
    """A count with separators; a dash where it is not known."""
    return NOT_KNOWN if value is None else f"{value:,}"


def megabytes(value: int | None) -> str:
    """A size in MB (1,048,576 bytes) without the unit; a dash where it is not known."""
    return number(None if value is None else round(value / 2**20))


def minute(moment: datetime | None) -> str:
    """A moment in UTC; a dash where it is not known."""
    return NOT_KNOWN if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def value_text(value: Value) -> str:
    """A value of a change."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return minute(value)
        case str():
            return _STATUS.get(value, value)
        case _:
            return number(value)


_STATUS = {"EDITED": "edited", "NOT_EDITED": "not edited"}


def change_text(change: Change) -> str:
    """A change in a line, without its iFlow: "Version changed: 1.0.2 → 1.0.3"."""
    label = CHANGE_LABELS[change.kind]
    if change.kind in (ChangeKind.DEPLOYED, ChangeKind.UNDEPLOYED, ChangeKind.NEW):
        return label
    what = " deployed" if change.column == "runtime_version" else ""
    return f"{label}:{what} {value_text(change.before)} → {value_text(change.after)}"


def warnings(report: CensusReport) -> Sequence[str]:
    """What a reader must know before the figures: what is missing, and why."""
    found: list[str] = []
    for tenant in report.tenants:
        found.extend(_tenant_warnings(tenant))
    return [*found, *(f"{one}." for one in report.warnings)]


def _tenant_warnings(tenant: TenantResult) -> Sequence[str]:
    name, coverage = tenant.name, tenant.coverage
    if tenant.scanned_at is None:
        how = "failed" if tenant.status is TenantStatus.FAILED else "is not finished"
        return [f"{name}: the scan {how}, so nothing is known of this tenant. {tenant.error or ''}"]
    found = []
    if tenant.status is not TenantStatus.COMPLETE:
        found.append(
            f"{name}: the last scan failed; its figures are of {minute(tenant.scanned_at)} UTC. "
            f"{tenant.error or ''}"
        )
    if not coverage.complete:
        found.append(
            f"{name}: the message counts do not cover the whole month ({coverage.reason}). "
            "An iFlow without a message is not called unused here."
        )
    elif coverage.reason:
        found.append(f"{name}: {coverage.reason}.")
    return found
