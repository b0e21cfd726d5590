"""The use case: scan the tenants, make the report, publish it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from iflow_census import __version__
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import CensusError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import documents
from iflow_census.scan.census import ApiUse, TenantCensus, TenantStatus, TenantTotals
from iflow_census.scan.inventory import rows, tenant_totals
from iflow_census.scan.period import Month
from iflow_census.scan.retention import countable, coverage
from iflow_census.scan.tenant import Tenant
from iflow_census.scan.tenant_scan import scan_tenant
from iflow_census.store.publication import Header, publish
from iflow_census.store.store import Store


class TenantSession(Tenant, Protocol):
    """A tenant that one is logged on to, and that keeps count of what was asked."""

    def api_use(self) -> ApiUse:
        """What was sent so far; `seconds` is left to the census."""
        ...


OpenTenant = Callable[[Deadline], AbstractContextManager[TenantSession]]
"""Opens a session in which no request begins after the deadline."""

Progress = Callable[[str, str, int, int], None]
"""Told of each step, from several threads: tenant, of what, how many done, of how many so far."""


@dataclass(frozen=True, slots=True)
class CensusPlan:
    """A run, fully told.

    Attributes:
        month: the month to count.
        run_id: names the run in report and manifest.
        tenants: by name, how to open each one.
        formats: the formats of the report.
        folder: where its files go in the store; ends with a slash unless empty.
        pointer: also keep `reports/latest.json`.
        edit_tolerance: creation and modification this close count as one act.
        tenants_at_once: how many are scanned side by side.
        seconds: how long the scan may take.
    """

    month: Month
    run_id: str
    tenants: Mapping[str, OpenTenant]
    formats: Sequence[str]
    folder: str
    pointer: bool
    edit_tolerance: timedelta
    tenants_at_once: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CensusResult:
    """What a run brought; `manifest` is where a person finds it."""

    report: CensusReport
    manifest: str

    def summary(self) -> dict[str, Any]:
        """The result as the Lambda answers it and the command line prints it."""
        return {
            "status": str(self.report.status),
            "run_id": self.report.run_id,
            "period": str(self.report.month),
            "manifest": self.manifest,
            "tenants": _tenant_summaries(self.report),
            "leanix": [],
        }


def run_census(plan: CensusPlan, store: Store, clock: Clock, progress: Progress) -> CensusResult:
    """Scan all tenants side by side, make the report of what they gave, and publish it.

    A tenant that fails is in the report with its error; the others are not kept from it.

    Raises:
        CensusError: the store failed. A failed tenant raises nothing; see the report's status.
    """
    started_at = clock.now()
    with ThreadPoolExecutor(plan.tenants_at_once, thread_name_prefix="census") as pool:
        tenants = list(
            pool.map(
                lambda name: _census_of(name, plan, clock, progress),
                sorted(plan.tenants),
            )
        )
    report = CensusReport(
        month=plan.month,
        run_id=plan.run_id,
        started_at=started_at,
        finished_at=clock.now(),
        version=__version__,
        tenants=tenants,
    )
    header = Header(str(plan.month), plan.run_id, str(report.status), _tenant_summaries(report))
    manifest = publish(
        store, plan.folder, header, documents(report, plan.formats), pointer=plan.pointer
    )
    return CensusResult(report, store.address(manifest))


def _census_of(name: str, plan: CensusPlan, clock: Clock, progress: Progress) -> TenantCensus:
    began = clock.monotonic()
    deadline = Deadline(clock, plan.seconds)
    use = ApiUse()
    try:
        with plan.tenants[name](deadline) as tenant:
            try:
                found = _scan(name, tenant, plan, deadline, progress)
            finally:
                use = tenant.api_use()
    except CensusError as error:
        found = TenantCensus(
            name=name,
            status=TenantStatus.FAILED,
            error=str(error),
            coverage=coverage(plan.month, None),
            totals=TenantTotals(),
            api=use,
            iflows=[],
        )
    return replace(found, api=replace(use, seconds=clock.monotonic() - began))


def _scan(
    name: str, tenant: TenantSession, plan: CensusPlan, deadline: Deadline, progress: Progress
) -> TenantCensus:
    window = countable(plan.month, deadline.clock.now())
    scan = scan_tenant(tenant, window, progress=partial(progress, name), cancel=deadline.cancel)
    covered = coverage(plan.month, window)
    found = rows(
        name,
        scan.inventory,
        scan.counts.by_iflow if scan.counts else None,
        counts_complete=covered.complete,
        tolerance=plan.edit_tolerance,
    )
    return TenantCensus(
        name=name,
        status=TenantStatus.COMPLETE,
        error=None,
        coverage=covered,
        totals=tenant_totals(scan.inventory, found, scan.counts.total if scan.counts else None),
        api=ApiUse(),
        iflows=found,
    )


def _tenant_summaries(report: CensusReport) -> list[dict[str, Any]]:
    return [
        {
            "name": tenant.name,
            "status": str(tenant.status),
            "iflows": tenant.totals.iflows,
            "messages": tenant.totals.messages,
            "error": tenant.error,
        }
        for tenant in report.tenants
    ]
