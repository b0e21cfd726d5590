"""A report.json read back whole, to ask the same questions of it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Thresholds
from iflow_census.report.earlier import Period, read_content
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    TenantResult,
    TenantStatus,
    TenantTotals,
)


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    started_at: datetime
    finished_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class _Coverage:
    complete: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Tenant:
    name: str
    status: TenantStatus
    error: str | None
    scanned_at: datetime | None
    coverage: _Coverage
    totals: TenantTotals


@dataclass(frozen=True, slots=True)
class _Changes:
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class _Content:
    period: Period
    run: _Run
    tenants: list[_Tenant]
    iflows: list[IflowRow]
    changes: _Changes = field(default_factory=_Changes)


@cache
def _content() -> TypeAdapter[_Content]:
    return TypeAdapter(_Content)


def parse_written(source: str, body: bytes) -> CensusReport:
    """Read a report.json: tenants, rows and thresholds; no earlier reports, no use of the API.

    Args:
        source: what an error calls it.
        body: its content.

    Raises:
        DataError: it is damaged, or has another schema.
    """
    found, month = read_content(source, body, _content())
    rows: Mapping[str, list[IflowRow]] = {tenant.name: [] for tenant in found.tenants}
    for row in found.iflows:
        rows.get(row.tenant, []).append(row)
    return CensusReport(
        month=month,
        run_id=found.run.id,
        started_at=found.run.started_at,
        finished_at=found.run.finished_at,
        version=found.run.version,
        tenants=[_census(tenant, rows[tenant.name]) for tenant in found.tenants],
        thresholds=found.changes.thresholds,
    )


def _census(tenant: _Tenant, rows: list[IflowRow]) -> TenantResult:
    return TenantResult(
        name=tenant.name,
        status=tenant.status,
        error=tenant.error,
        scanned_at=tenant.scanned_at,
        coverage=Coverage(
            None, None, complete=tenant.coverage.complete, reason=tenant.coverage.reason
        ),
        totals=tenant.totals,
        api=ApiUsage(),
        iflows=rows,
    )
