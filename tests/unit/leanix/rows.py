"""Builds iFlows and tenant results for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

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

OCTOBER = Month(2026, 10)


def iflow(iflow_id: str = "Orders", **changes: Any) -> IflowRow:
    """Build an iFlow that is deployed and used."""
    fields: dict[str, Any] = {
        "tenant": "prod",
        "package_id": "Sales",
        "package_name": "Sales processes",
        "package_vendor": "SAP",
        "package_version": "1.0.0",
        "package_mode": "EDIT_ALLOWED",
        "iflow_id": iflow_id,
        "iflow_name": f"{iflow_id} to ERP",
        "iflow_version": "1.0.3",
        "edit_status": EditStatus.EDITED,
        "edit_reason": "modified after it was created",
        "draft": False,
        "created_at": datetime(2025, 3, 1, 8, tzinfo=UTC),
        "created_by": "developer-1",
        "modified_at": datetime(2026, 3, 1, 8, tzinfo=UTC),
        "modified_by": "developer-2",
        "deployed": True,
        "runtime_status": "STARTED",
        "runtime_version": "1.0.3",
        "version_drift": False,
        "deployed_at": datetime(2026, 3, 2, 8, tzinfo=UTC),
        "deployed_by": "developer-1",
        "runtime_error": None,
        "orphan": False,
        "messages": 12,
        "messages_completed": 12,
        "messages_failed": 0,
        "messages_other": 0,
        "messages_discarded": 0,
        "usage": Usage.USED,
        "usage_reason": "12 messages",
        "endpoints": (),
    }
    return IflowRow(**(fields | changes))


def tenant_result(
    iflows: Sequence[IflowRow] = (),
    *,
    name: str = "prod",
    status: TenantStatus = TenantStatus.COMPLETE,
) -> TenantResult:
    """Build a tenant with these iFlows, by default two."""
    return TenantResult(
        name=name,
        status=status,
        error=None,
        scanned_at=None,
        coverage=Coverage(None, None, complete=True),
        totals=TenantTotals(),
        api=ApiUsage(),
        iflows=iflows or [iflow("Orders"), iflow("Invoices")],
    )
