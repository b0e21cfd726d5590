"""What a person may want to act on: iFlows nobody uses, and SAP's own content that was edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iflow_census.report.earlier import EarlierReport
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult, Usage


@dataclass(frozen=True, slots=True)
class UnusedIflow:
    """A deployed iFlow without a message, and what speaks for switching it off.

    Attributes:
        tenant: where.
        package_id: its package.
        package_name: the same.
        iflow_id: the iFlow.
        iflow_name: its name.
        unused_since: the first month of the unbroken row of whole months without a message.
        unused_months: how many months that row has.
        since_is_known: it was used, or not there, in the month before; else the reports do not
            reach back further, and it may be unused for longer.
        last_used: the newest month with messages; None where no report has one.
        deployed_at: its last deployment.
        deployed_by: by whom.
        endpoints: what it keeps open.
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
    endpoints: Sequence[str]


@dataclass(frozen=True, slots=True)
class Unused:
    """The list for a clean-up.

    Attributes:
        months: those that were looked at: of the report and the earlier ones, newest first.
        not_judged: per tenant, deployed iFlows without a message whose counts may be short.
        iflows: those unused for longest first.
    """

    months: Sequence[str]
    not_judged: Mapping[str, int]
    iflows: Sequence[UnusedIflow]


def unused(
    month: Month, tenants: Sequence[TenantResult], earlier: Sequence[EarlierReport]
) -> Unused:
    """List what is deployed and had no message in the whole month, with evidence.

    Args:
        month: of the census.
        tenants: its tenants.
        earlier: the earlier reports.
    """
    by_month = {one.month: one for one in earlier if one.month < month}
    deployed = [row for tenant in tenants for row in tenant.iflows if row.deployed]
    found = [_evidence(row, month, by_month) for row in deployed if row.usage is Usage.UNUSED]
    found.sort(key=lambda one: (-one.unused_months, one.tenant, one.package_id or "", one.iflow_id))
    not_judged: dict[str, int] = {}
    for row in deployed:
        if row.usage is Usage.UNKNOWN:
            not_judged[row.tenant] = not_judged.get(row.tenant, 0) + 1
    months = [str(month), *(str(one) for one in sorted(by_month, reverse=True))]
    return Unused(months, not_judged, found)


def _evidence(row: IflowRow, month: Month, by_month: Mapping[Month, EarlierReport]) -> UnusedIflow:
    key = (row.tenant, row.iflow_id)
    since, count = month, 1
    while _usage(by_month.get(since.previous()), key) is Usage.UNUSED:
        since, count = since.previous(), count + 1
    before = by_month.get(since.previous())
    used = [one for one, report in by_month.items() if _usage(report, key) is Usage.USED]
    return UnusedIflow(
        tenant=row.tenant,
        package_id=row.package_id,
        package_name=row.package_name,
        iflow_id=row.iflow_id,
        iflow_name=row.iflow_name,
        unused_since=str(since),
        unused_months=count,
        since_is_known=_was_used_or_absent(before, key),
        last_used=str(max(used)) if used else None,
        deployed_at=row.deployed_at,
        deployed_by=row.deployed_by,
        endpoints=row.endpoints,
    )


def _usage(report: EarlierReport | None, key: tuple[str, str]) -> Usage | None:
    iflow = report.iflows.get(key) if report else None
    return iflow.usage if iflow else None


def _was_used_or_absent(report: EarlierReport | None, key: tuple[str, str]) -> bool:
    tenant = report.tenants.get(key[0]) if report else None
    if tenant is None or not tenant.scanned:
        return False
    return _usage(report, key) in (Usage.USED, None)


NOTE = (
    "A hint, not a bill: SAP meters messages of unmodified SAP-to-SAP content without charging "
    "for them, and charges for those of modified content. The API does not tell which content is "
    "SAP-to-SAP, an edit is inferred from dates, and message processing logs are not chargeable "
    "messages."
)
SOURCE = 'SAP Help, "Handling Prepackaged SAP-to-SAP Integration Content"; SAP Note 3654389'


@dataclass(frozen=True, slots=True)
class EditedSapIflow:
    """An iFlow of SAP's own content that was edited and had messages; as in `IflowRow`."""

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
    """What editing SAP's content may cost.

    Attributes:
        note: how it is to be read.
        source: where SAP says so.
        messages: of all of them.
        iflows: the busiest first.
    """

    note: str
    source: str
    messages: int
    iflows: Sequence[EditedSapIflow]


def edited_sap_content(tenants: Sequence[TenantResult]) -> EditedSapContent:
    """List the edited iFlows of packages whose vendor is SAP that carried messages."""
    found = [
        EditedSapIflow(
            tenant=row.tenant,
            package_id=row.package_id,
            package_name=row.package_name,
            package_version=row.package_version,
            iflow_id=row.iflow_id,
            iflow_name=row.iflow_name,
            edit_reason=row.edit_reason,
            modified_at=row.modified_at,
            modified_by=row.modified_by,
            messages=row.messages,
        )
        for tenant in tenants
        for row in tenant.iflows
        if _is_sap(row.package_vendor) and row.edit_status is EditStatus.EDITED and row.messages
    ]
    found.sort(key=lambda one: (-one.messages, one.tenant, one.iflow_id))
    return EditedSapContent(NOTE, SOURCE, sum(one.messages for one in found), found)


def _is_sap(vendor: str | None) -> bool:
    return vendor is not None and vendor.strip().casefold() == "sap"
