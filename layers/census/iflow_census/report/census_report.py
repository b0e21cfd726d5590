"""The report object that every document is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from iflow_census.scan.census import IflowRow, TenantCensus, TenantStatus
from iflow_census.scan.period import Month, iso

SCHEMA = "iflow-census/report/v1"

COLUMNS = tuple(field.name for field in fields(IflowRow))
"""The columns of a row, in the order of every table."""


@dataclass(frozen=True, slots=True)
class CensusReport:
    """The census of one month over all tenants.

    Attributes:
        month: the month counted.
        run_id: of the run that made it.
        started_at: when the run began.
        finished_at: when its last tenant was scanned.
        version: of this program.
        tenants: the results, in the order of their names.
    """

    month: Month
    run_id: str
    started_at: datetime
    finished_at: datetime
    version: str
    tenants: Sequence[TenantCensus]

    @property
    def status(self) -> TenantStatus:
        """Complete, if every tenant is; else partial."""
        if all(tenant.status is TenantStatus.COMPLETE for tenant in self.tenants):
            return TenantStatus.COMPLETE
        return TenantStatus.PARTIAL

    @property
    def rows(self) -> Sequence[IflowRow]:
        """The iFlows of all tenants, tenant by tenant."""
        return [row for tenant in self.tenants for row in tenant.iflows]


def plain_row(row: IflowRow) -> dict[str, Any]:
    """A row with JSON's types: times as ISO 8601 text, lists for endpoints, None for unknown."""
    return {name: _plain(getattr(row, name)) for name in COLUMNS}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return list(value)
    return value


def plain_report(report: CensusReport) -> Mapping[str, Any]:
    """The content of report.json (docs/report-v1.schema.json)."""
    return {
        "schema": SCHEMA,
        "period": {
            "month": str(report.month),
            "from": iso(report.month.start),
            "to": iso(report.month.end),
        },
        "run": {
            "id": report.run_id,
            "status": report.status,
            "started_at": iso(report.started_at),
            "finished_at": iso(report.finished_at),
            "version": report.version,
        },
        "tenants": [_plain_tenant(tenant) for tenant in report.tenants],
        "iflows": [plain_row(row) for row in report.rows],
        "changes": None,
    }


def _plain_tenant(tenant: TenantCensus) -> Mapping[str, Any]:
    coverage, totals, api = tenant.coverage, tenant.totals, tenant.api
    return {
        "name": tenant.name,
        "status": tenant.status,
        "error": tenant.error,
        "scanned_at": iso(tenant.scanned_at),
        "coverage": {
            "from": iso(coverage.start),
            "to": iso(coverage.end),
            "complete": coverage.complete,
            "reason": coverage.reason,
        },
        "totals": {field.name: getattr(totals, field.name) for field in fields(totals)},
        "api": {
            "requests": api.requests,
            "retries": api.retries,
            "throttled": api.throttled,
            "seconds": round(api.seconds, 3),
        },
    }
