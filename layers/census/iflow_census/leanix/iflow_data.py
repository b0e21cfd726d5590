"""The data of an iFlow in the LDIF: a map of texts and lists of texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from iflow_census.leanix.names import FactSheetName
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.decisions import describe_decision
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Period
from iflow_census.scan.results import IflowRow
from iflow_census.scan.systems import Role, SystemRules
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import design_page


def build_iflow_data(
    row: IflowRow,
    period: Period,
    settings: LeanixSettings,
    name: FactSheetName,
    *,
    unused_months: int | None = None,
    systems: SystemRules | None = None,
    web_url: str | None = None,
    connections: Sequence[Connection] = (),
) -> Mapping[str, Any]:
    """Build the data of one iFlow; unknown values are omitted, so that LeanIX keeps its own.

    `unused_months` is for how many months it is unused; None if it is not, or that is not known.
    `connections` are its channels; there are none if its model was not read.
    """
    systems = systems or SystemRules()
    facts = _describe_facts(row)
    values: dict[str, str | None] = {
        "name": name.name,
        "description": _describe(row, facts, settings),
        "iflowId": row.iflow_id,
        "package": row.package_name or row.package_id,
        "packageId": row.package_id,
        "vendor": row.package_vendor,
        "version": row.iflow_version or row.runtime_version,
        "editStatus": str(row.edit_status),
        "deployed": _format_flag(row.deployed),
        "runtimeStatus": row.runtime_status,
        "usage": str(row.usage),
        "unusedMonths": None if unused_months is None else str(unused_months),
        "orphan": _format_flag(row.orphan),
        "versionDrift": _format_flag(row.version_drift),
        "updateBlocked": _format_flag(_is_update_blocked(row)),
        "messages": None if row.messages is None else str(row.messages),
        "period": str(period),
        "sender": row.sender,
        "receiver": row.receiver,
        "facts": facts,
        "decision": row.decision or "none",
        "owner": row.owner,
        "activeSince": _format_date(row.created_at) if row.deployed else None,
    }
    data: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
    link = _build_link(row, settings, web_url)
    data["alternativeNames"] = list(name.alternatives)
    data["providers"] = list(systems.applications(row, Role.PROVIDER, connections))
    data["consumers"] = list(systems.applications(row, Role.CONSUMER, connections))
    data["formerProviders"] = list(systems.former_applications(row, Role.PROVIDER, connections))
    data["formerConsumers"] = list(systems.former_applications(row, Role.CONSUMER, connections))
    data["links"] = [link] if link else []
    data["tags"] = [row.tenant] if settings.tag_group else []
    if settings.status_tag_group:
        tags = status_tags(row, settings, unused_months)
        data["statusTags"] = [tag for tag, applies in tags.items() if applies]
        data["formerStatusTags"] = [tag for tag, applies in tags.items() if applies is False]
    return data


def status_tags(
    row: IflowRow, settings: LeanixSettings, unused_months: int | None
) -> Mapping[str, bool | None]:
    """Whether each status tag applies to an iFlow; None if that is not known: it stays as it is."""
    is_unused = None if row.usage is Usage.UNKNOWN else row.usage is Usage.UNUSED
    edited = row.edit_status
    return {
        "Unused": is_unused,
        f"Unused for {settings.unused_months} months": is_unused
        and (None if unused_months is None else unused_months >= settings.unused_months),
        "Edited": None if edited is EditStatus.UNKNOWN else edited is EditStatus.EDITED,
        "Not deployed": None if row.deployed is None else not row.deployed,
        "Orphan": row.orphan,
        "Old version deployed": row.version_drift,
        "Update blocked by edits": _is_update_blocked(row),
        "To be retired": row.decision == "retire",
        "Decision overdue": bool(row.decision_overdue),
    }


def _is_update_blocked(row: IflowRow) -> bool | None:
    """Whether an edited iFlow stays on an old version although its package has an update."""
    if row.package_update_available is None:
        return None
    return row.package_update_available and row.edit_status is EditStatus.EDITED


def _describe(row: IflowRow, facts: str, settings: LeanixSettings) -> str | None:
    if "facts" in settings.fields:
        return row.description
    return f"Description: {row.description}\n{facts}" if row.description else facts


def _describe_facts(row: IflowRow) -> str:
    """Describe what changes rarely: a count would change each fact sheet each month."""
    deployed = row.runtime_status or {True: "yes", False: "no", None: "unknown"}[row.deployed]
    lines: Sequence[tuple[str, str | None]] = (
        ("iFlow", row.iflow_id),
        ("Tenant", row.tenant),
        ("Package", row.package_name or row.package_id),
        ("Vendor", row.package_vendor),
        ("Version", row.iflow_version or row.runtime_version),
        ("Sender", row.sender),
        ("Receiver", row.receiver),
        ("Edited", f"{row.edit_status} ({row.edit_reason})"),
        ("Deployed", deployed),
        ("Usage", str(row.usage)),
        ("Decision", _describe_decision(row)),
    )
    return "\n".join(f"{label}: {value}" for label, value in lines if value)


def _describe_decision(row: IflowRow) -> str | None:
    """Describe a decision and its note: "retire by 2026-11 (Purchasing): see Orders_v2"."""
    if row.decision is None:
        return None
    note = f": {row.decision_note}" if row.decision_note else ""
    return f"{describe_decision(row)}{note}"


def _format_flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _format_date(moment: datetime | None) -> str | None:
    """Format a date as LeanIX's lifecycle fields require (SAP Help, "Inbound processors")."""
    return moment.date().isoformat() if moment else None


def _build_link(row: IflowRow, settings: LeanixSettings, web_url: str | None) -> str | None:
    if settings.link is None:
        return design_page(web_url, row.package_id, row.iflow_id)
    if row.package_id is None:
        return None
    return settings.link.format(
        tenant=quote(row.tenant, safe=""),
        package_id=quote(row.package_id, safe=""),
        iflow_id=quote(row.iflow_id, safe=""),
    )
