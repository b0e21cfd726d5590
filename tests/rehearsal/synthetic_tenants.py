"""Results of made-up tenants, as large as needed, for measurements of publishing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    TenantResult,
    TenantStatus,
    TenantTotals,
)
from iflow_census.scan.usage import Usage

STAGES = ("dev", "test", "prod")
IFLOWS_PER_PACKAGE = 6
CREATED = datetime(2024, 3, 1, 8, tzinfo=UTC)


def tenant_name(number: int) -> str:
    """Return the name of a tenant; three tenants are the stages of one landscape."""
    return f"company-{number // len(STAGES):04}-{STAGES[number % len(STAGES)]}"


def tenant_result(number: int, iflows: int, month: Month) -> TenantResult:
    """Return the complete result of a tenant.

    Two thirds of its iFlows exist in all three stages. From one month to the next, a tenth of the
    iFlows is edited, deployed, undeployed, no longer used, or used much more.

    Args:
        number: of the tenant; another number is another tenant.
        iflows: how many it has.
        month: the month counted.
    """
    name = tenant_name(number)
    rows = [_row(name, number, position, month) for position in range(iflows)]
    counts = [row.messages or 0 for row in rows]
    days = (month.end - month.start).days
    return TenantResult(
        name=name,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=month.end + timedelta(minutes=number % 60),
        coverage=Coverage(month.start, month.end, complete=True, percent=100),
        totals=_totals(rows),
        api=ApiUsage(requests=400, seconds=61.5),
        iflows=rows,
        messages_per_day=[sum(counts) // days] * days,
    )


def _row(tenant: str, number: int, position: int, month: Month) -> IflowRow:
    landscape = number // len(STAGES)
    shared = position % 3 > 0
    base = f"Company{landscape:04}.Package{position // IFLOWS_PER_PACKAGE:03}"
    iflow_id = f"{base}.Flow{position:04}" + ("" if shared else f".{number % len(STAGES)}")
    turn = month.year * 12 + month.month
    is_touched = (position * 7 + turn) % 10 == 0
    deployed = position % 5 > 0 and not (is_touched and position % 2 == 0)
    messages = 0 if position % 4 == 0 else (position * 37 + number) * (9 if is_touched else 1)
    if not deployed:
        messages = 0
    failed = messages // 50
    usage = Usage.USED if messages else Usage.UNUSED if deployed else Usage.NOT_DEPLOYED
    edited = position % 4 == 1
    modified_at = CREATED + timedelta(days=position + (turn - 24_000 if is_touched else 0))
    last = month.end - timedelta(hours=position % 24) if messages else None
    return IflowRow(
        tenant=tenant,
        package_id=base,
        package_name=f"Package {position // IFLOWS_PER_PACKAGE} of company {landscape}",
        package_vendor="SAP" if position % 9 == 0 else "Company",
        package_version="1.2.0",
        package_mode="EDIT_ALLOWED",
        iflow_id=iflow_id,
        iflow_name=f"Replicate documents {position} to the receiver of company {landscape}",
        iflow_version=f"1.0.{turn % 10 if is_touched else 3}",
        edit_status=EditStatus.EDITED if edited else EditStatus.NOT_EDITED,
        edit_reason="modified after it was created"
        if edited
        else "not modified since its creation",
        draft=False,
        created_at=CREATED + timedelta(days=position),
        created_by=f"developer{position % 40}@company.example",
        modified_at=modified_at,
        modified_by=f"developer{position % 40}@company.example",
        deployed=deployed,
        runtime_status="STARTED" if deployed else None,
        runtime_version="1.0.3" if deployed else None,
        version_drift=False if deployed else None,
        deployed_at=CREATED + timedelta(days=100, hours=position) if deployed else None,
        deployed_by=f"operator{position % 7}@company.example" if deployed else None,
        runtime_error=None,
        orphan=False,
        messages=messages,
        messages_completed=messages - failed,
        messages_failed=failed,
        messages_other=0,
        messages_discarded=0,
        usage=usage,
        usage_reason=f"{messages} messages" if messages else "no message in the period",
        endpoints=(f"https://{tenant}.example/http/flow{position}",) if deployed else (),
        description=f"Sends documents of kind {position} once an hour to the receiving system.",
        sender="ERP",
        receiver=f"RECEIVER_{position % 30}",
        package_update_available=position % 9 == 0,
        package_modified_at=CREATED + timedelta(days=position % 20),
        package_modified_by=f"developer{position % 40}@company.example",
        last_message_at=last,
        last_message_status="COMPLETED" if messages else None,
        log_level="INFO" if deployed else None,
        runtime_locations=("cloudintegration",) if deployed else (),
    )


def _totals(rows: Sequence[IflowRow]) -> TenantTotals:
    return TenantTotals(
        packages=len({row.package_id for row in rows}),
        iflows=len(rows),
        deployed=sum(row.deployed is True for row in rows),
        edited=sum(row.edit_status is EditStatus.EDITED for row in rows),
        unused=sum(row.usage is Usage.UNUSED for row in rows),
        messages=sum(row.messages or 0 for row in rows),
        messages_failed=sum(row.messages_failed or 0 for row in rows),
        messages_unattributed=0,
        messages_discarded=0,
    )
