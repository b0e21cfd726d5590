"""The use cases, each one straight line from the tenants to the result."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from iflow_census import __version__
from iflow_census.census.inbound import InboundPlan, send_inventories
from iflow_census.census.plan import CensusPlan, Progress, World
from iflow_census.census.result import CensusResult, tenant_summary
from iflow_census.census.tenant_census import Run, take_census, take_checkpoint
from iflow_census.errors import CensusIncomplete
from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import MONTHS, EarlierReports, read_earlier
from iflow_census.report.formats import JSONL_TYPE, documents
from iflow_census.report.jsonl import table_key, tenant_tables
from iflow_census.scan.census import TenantCensus, TenantStatus
from iflow_census.scan.period import Month
from iflow_census.store.publication import (
    REPORT_JSON,
    Header,
    Manifest,
    note_leanix,
    publish,
    read_manifest,
    report_folder,
)
from iflow_census.store.store import Store


def run_census(
    plan: CensusPlan, world: World, progress: Progress, inbound: InboundPlan | None = None
) -> CensusResult:
    """Scan the tenants side by side, publish the report of what they gave, and tell LeanIX.

    A tenant that fails is in the report with its error; the others are not kept from it. What this
    run has finished before is not done again.

    Args:
        plan: what to do.
        world: what lies outside.
        progress: told of each step.
        inbound: how inventories go to LeanIX; None: not this time.

    Raises:
        CensusError: the store failed. A failed tenant raises nothing; see the result's status.
    """
    run = Run.begin(plan, world, progress)
    published = read_manifest(world.reports, plan.folder)
    if published and published.of_complete_run(plan.run_id):
        result = _finished_before(run, published)
        scanned = [one for one in map(run.state.finished, sorted(plan.tenants)) if one]
    else:
        scanned = _side_by_side(take_census, run)
        result = _publish(run, scanned)
    standing = read_manifest(world.reports, plan.folder)
    if inbound is None or standing is None or standing.run_id != plan.run_id:
        # A later run's report stands: its inventory is the newer one.
        return result
    leanix = send_inventories(run, inbound, scanned)
    note_leanix(world.reports, plan.folder, plan.run_id, leanix)
    return replace(result, leanix=leanix)


def _publish(run: Run, scanned: Sequence[TenantCensus]) -> CensusResult:
    plan, reports = run.plan, run.world.reports
    report = _report(run, [*scanned, *_others(run)])
    tenants = [tenant_summary(tenant) for tenant in report.tenants]
    header = Header(str(plan.month), plan.run_id, str(report.status), tenants)
    if plan.pointer:
        for tenant, table in tenant_tables(report).items():
            reports.write(table_key(plan.month, tenant), table, content_type=JSONL_TYPE)
    files = documents(report, plan.formats)
    manifest = publish(reports, plan.folder, header, files, pointer=plan.pointer)
    return CensusResult(
        status=str(report.status),
        run_id=plan.run_id,
        period=str(plan.month),
        manifest=reports.address(manifest),
        tenants=tenants,
        report=report,
    )


def run_checkpoint(plan: CensusPlan, world: World, progress: Progress) -> CensusResult:
    """Count the month so far into each tenant's ledger; no report is written.

    Raises:
        CensusError: the store failed.
    """
    tenants = _side_by_side(take_checkpoint, Run.begin(plan, world, progress))
    complete = all(tenant.status is TenantStatus.COMPLETE for tenant in tenants)
    return CensusResult(
        status=str(TenantStatus.COMPLETE if complete else TenantStatus.PARTIAL),
        run_id=plan.run_id,
        period=str(plan.month),
        manifest=None,
        tenants=[tenant_summary(tenant) for tenant in tenants],
    )


def verify(month: Month, folder: str, store: Store) -> CensusResult:
    """Look whether the report of a month is there and complete.

    Raises:
        CensusIncomplete: it is not; the text says what is missing.
    """
    manifest = read_manifest(store, folder)
    if manifest is None:
        raise CensusIncomplete(f"there is no report of {month}: run the census for that period")
    if manifest.status != TenantStatus.COMPLETE:
        complete = str(TenantStatus.COMPLETE)
        lacking = [one["name"] for one in manifest.tenants if one["status"] != complete]
        raise CensusIncomplete(
            f"the report of {month} is not complete ({', '.join(lacking)}): see its manifest "
            f"{store.address(manifest.key)}, mend what it says, run the census for that period"
        )
    return CensusResult(
        status=manifest.status,
        run_id=manifest.run_id,
        period=str(month),
        manifest=store.address(manifest.key),
        tenants=manifest.tenants,
    )


def _side_by_side(take: Callable[[Run, str], TenantCensus], run: Run) -> list[TenantCensus]:
    pool = ThreadPoolExecutor(run.plan.tenants_at_once, thread_name_prefix="census")
    interrupted = False
    try:
        return list(pool.map(partial(take, run), sorted(run.plan.tenants)))
    except KeyboardInterrupt:
        interrupted = True
        run.deadline.cancel()
        raise
    finally:
        # Whoever interrupts does not wait for tenants that are silent.
        pool.shutdown(wait=not interrupted, cancel_futures=interrupted)


def _others(run: Run) -> Sequence[TenantCensus]:
    """Tenants that were not asked for keep what an earlier run of the month found."""
    found = (run.state.last_good(name) for name in run.plan.others)
    return [census for census in found if census is not None]


def _earlier(run: Run) -> EarlierReports:
    """The reports of the months before, where they are kept in one place."""
    if not run.plan.pointer:
        return EarlierReports()

    def files() -> Iterator[tuple[str, bytes]]:
        month = run.plan.month
        for _ in range(MONTHS):
            month = month.previous()
            key = report_folder(month) + REPORT_JSON
            found = run.world.reports.read(key)
            if found:
                yield key, found.body

    return read_earlier(files(), run.plan.month)


def _report(run: Run, tenants: Sequence[TenantCensus]) -> CensusReport:
    earlier = _earlier(run)
    scans = [tenant.scanned_at for tenant in tenants if tenant.scanned_at is not None]
    return CensusReport(
        month=run.plan.month,
        run_id=run.plan.run_id,
        started_at=run.started_at,
        # Of the work, not of the clock: whoever publishes the same work publishes the same bytes.
        finished_at=max([run.started_at, *scans]),
        version=__version__,
        tenants=sorted(tenants, key=lambda tenant: tenant.name),
        earlier=earlier.reports,
        warnings=earlier.warnings,
    )


def _finished_before(run: Run, manifest: Manifest) -> CensusResult:
    return CensusResult(
        status=manifest.status,
        run_id=run.plan.run_id,
        period=str(run.plan.month),
        manifest=run.world.reports.address(manifest.key),
        tenants=manifest.tenants,
    )
