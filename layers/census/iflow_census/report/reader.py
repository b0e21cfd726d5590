"""Reading report.json back: all of it, or only what a later report is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, Field

from iflow_census.errors import DataError
from iflow_census.report.census_report import SCHEMA, CensusReport
from iflow_census.report.changes import Thresholds
from iflow_census.report.earlier import EarlierReport
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Period, RollingWindow
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    LocationResult,
    TenantResult,
    TenantStatus,
    TenantTotals,
    Unreadable,
)
from iflow_census.scan.snapshot import IflowSnapshot, TenantSnapshot
from iflow_census.scan.web_ui import Environment, TenantProfile
from iflow_census.store.documents import MonthField, parse_document

Iflow = TypeVar("Iflow")


@dataclass(frozen=True, slots=True)
class _Period:
    month: MonthField | None
    start: Annotated[AwareDatetime, Field(validation_alias="from")]
    end: Annotated[AwareDatetime, Field(validation_alias="to")]

    def period(self) -> Period:
        return self.month or RollingWindow(self.start.astimezone(UTC), self.end.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    status: TenantStatus
    started_at: datetime
    finished_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class _Tenant:
    name: str
    status: TenantStatus
    error: str | None
    scanned_at: datetime | None
    coverage: Coverage
    totals: TenantTotals
    unreadable: Sequence[Unreadable] = ()
    other_artifacts: list[ArtifactCount] | None = None
    locations: Sequence[LocationResult] = ()
    carried_over: bool = False
    environment: Environment | None = None
    web_url: str | None = None
    health: TenantHealth | None = None

    def result(self) -> TenantResult:
        return TenantResult(
            name=self.name,
            status=self.status,
            error=self.error,
            scanned_at=self.scanned_at,
            coverage=self.coverage,
            totals=self.totals,
            api=ApiUsage(),
            iflows=(),
            unreadable=self.unreadable,
            other_artifacts=self.other_artifacts,
            locations=self.locations,
            carried_over=self.carried_over,
            health=self.health,
            profile=TenantProfile(self.environment, self.web_url),
        )


@dataclass(frozen=True, slots=True)
class _Changes:
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class _Content(Generic[Iflow]):
    period: _Period
    run: _Run
    tenants: list[_Tenant]
    iflows: list[Iflow]
    changes: _Changes = field(default_factory=_Changes)


def read_report(source: str, body: bytes) -> CensusReport:
    """Read a report.json: tenants, rows and thresholds; no earlier reports and no API figures.

    Raises:
        DataError: it is damaged, or has another schema.
    """
    content = parse_document(source, body, _Content[IflowRow], kind="report.json", schema=SCHEMA)
    rows: dict[str, list[IflowRow]] = {tenant.name: [] for tenant in content.tenants}
    for row in content.iflows:
        rows.get(row.tenant, []).append(row)
    return CensusReport(
        period=content.period.period(),
        run_id=content.run.id,
        started_at=content.run.started_at,
        finished_at=content.run.finished_at,
        version=content.run.version,
        tenants=[replace(tenant.result(), iflows=rows[tenant.name]) for tenant in content.tenants],
        thresholds=content.changes.thresholds,
    )


def read_earlier_report(source: str, body: bytes) -> EarlierReport:
    """Read what a later report is compared with. Arguments and errors as in `read_report`."""
    content = parse_document(
        source, body, _Content[IflowSnapshot], kind="report.json", schema=SCHEMA
    )
    if content.period.month is None:
        raise DataError(f"{source}: not the report of a month")
    iflows: dict[str, list[IflowSnapshot]] = {tenant.name: [] for tenant in content.tenants}
    for iflow in content.iflows:
        iflows.get(iflow.tenant, []).append(iflow)
    return EarlierReport(
        content.period.month,
        content.run.id,
        content.run.status,
        {
            tenant.name: TenantSnapshot(tenant.result(), iflows[tenant.name])
            for tenant in content.tenants
        },
    )
