"""The report object that every document is made from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any

from iflow_census.report.changes import Changes, Thresholds, changes
from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.report.cross_tenant import Landscape, landscape
from iflow_census.report.earlier import EarlierReport
from iflow_census.report.findings import EditedSapContent, Unused, edited_sap_content, unused
from iflow_census.scan.period import Month, iso_utc
from iflow_census.scan.results import IflowRow, TenantResult, TenantStatus

SCHEMA = "iflow-census/report/v1"


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
        earlier: the reports of earlier months, newest first.
        warnings: of earlier reports that could not be used, for the reader of this one.
        thresholds: when a count of messages has moved since the earlier report.
    """

    month: Month
    run_id: str
    started_at: datetime
    finished_at: datetime
    version: str
    tenants: Sequence[TenantResult]
    earlier: Sequence[EarlierReport] = ()
    warnings: Sequence[str] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)

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

    def changes(self) -> Changes:
        """What changed since the newest complete report of an earlier month."""
        return changes(self.month, self.tenants, self.earlier, self.thresholds)

    def landscape(self) -> Landscape:
        """The same iFlows in several tenants."""
        return landscape(self.tenants)

    def unused(self) -> Unused:
        """What is deployed and not used."""
        return unused(self.month, self.tenants, self.earlier)

    def edited_sap_content(self) -> EditedSapContent:
        """SAP's own content that was edited and used."""
        return edited_sap_content(self.tenants)


def plain_row(row: IflowRow, columns: Iterable[str] = COLUMN_NAMES) -> dict[str, Any]:
    """Convert a row to JSON types: times to ISO 8601 text, endpoints to a list."""
    return {name: plain(getattr(row, name)) for name in columns}


def plain(value: object) -> Any:
    """A value with JSON's types, all the way down."""
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value


def plain_report(report: CensusReport) -> Mapping[str, Any]:
    """The content of report.json (docs/report-v1.schema.json)."""
    return {**plain_head(report), "iflows": list(plain_rows(report)), **plain_findings(report)}


def plain_rows(report: CensusReport) -> Iterator[dict[str, Any]]:
    """The rows of report.json, one by one: there may be tens of thousands."""
    return map(plain_row, report.rows)


def plain_head(report: CensusReport) -> Mapping[str, Any]:
    """What stands before the rows in report.json."""
    return {
        "schema": SCHEMA,
        "period": {
            "month": str(report.month),
            "from": iso_utc(report.month.start),
            "to": iso_utc(report.month.end),
        },
        "run": {
            "id": report.run_id,
            "status": report.status,
            "started_at": iso_utc(report.started_at),
            "finished_at": iso_utc(report.finished_at),
            "version": report.version,
        },
        "warnings": list(report.warnings),
        "tenants": [_plain_tenant(tenant) for tenant in report.tenants],
    }


def plain_findings(report: CensusReport) -> Mapping[str, Any]:
    """What follows from the rows in report.json."""
    return {
        "changes": plain(report.changes()),
        "landscape": plain(report.landscape()),
        "unused": plain(report.unused()),
        "edited_sap_content": plain(report.edited_sap_content()),
    }


def _plain_tenant(tenant: TenantResult) -> Mapping[str, Any]:
    coverage, totals, api = tenant.coverage, tenant.totals, tenant.api
    return {
        "name": tenant.name,
        "status": tenant.status,
        "error": tenant.error,
        "scanned_at": iso_utc(tenant.scanned_at),
        "coverage": {
            "from": iso_utc(coverage.start),
            "to": iso_utc(coverage.end),
            "complete": coverage.complete,
            "reason": coverage.reason,
        },
        "totals": plain(totals),
        "messages_per_day": plain(tenant.messages_per_day),
        "health": plain(tenant.health),
        "api": {
            "requests": api.requests,
            "retries": api.retries,
            "throttled": api.throttled,
            "seconds": round(api.seconds, 3),
        },
    }
