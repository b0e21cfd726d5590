"""The use cases, each one straight line from the tenants to the result."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

from iflow_census import __version__
from iflow_census.census.leanix import InboundPlan, send_inventories
from iflow_census.census.notify import Notices, tell_census, tell_checkpoint
from iflow_census.census.plan import CensusPlan, Progress, Services
from iflow_census.census.result import CensusResult, tenant_summary
from iflow_census.census.tenant_census import Run, take_census, take_checkpoint
from iflow_census.errors import CensusIncomplete
from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReports
from iflow_census.report.formats import JSONL_TYPE, documents
from iflow_census.report.jsonl import table_key, tenant_tables
from iflow_census.report.reader import read_earlier_reports
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import (
    REPORT_JSON,
    Header,
    Manifest,
    note_leanix,
    publish,
    read_manifest,
    report_folder,
)


def run_census(
    plan: CensusPlan,
    world: Services,
    progress: Progress,
    inbound: InboundPlan | None = None,
    notices: Notices | None = None,
) -> CensusResult:
    """Scan the tenants side by side, publish the report of what they gave, tell LeanIX and people.

    A tenant that fails is in the report with its error; the others are not kept from it. What this
    run has finished before is not done again.

    Args:
        plan: what to do.
        world: what lies outside.
        progress: told of each step.
        inbound: how inventories go to LeanIX; None: not this time.
        notices: where the notice goes; None: nowhere.

    Raises:
        CensusError: the store failed. A failed tenant raises nothing; see the result's status.
    """
    run = Run.begin(plan, world, progress)
    published = read_manifest(world.reports, plan.folder)
    if published and published.of_complete_run(plan.run_id):
        result = published_before(run, published)
        scanned = [one for one in map(run.state.read_result, sorted(plan.tenants)) if one]
    else:
        scanned = _side_by_side(take_census, run)
        result = publish_census(run, scanned)
    return tell_others(run, scanned, result, inbound, notices)


def tell_others(
    run: Run,
    scanned: Sequence[TenantResult],
    result: CensusResult,
    inbound: InboundPlan | None,
    notices: Notices | None,
) -> CensusResult:
    """Tell LeanIX and people of a report that is published, and note that in the result.

    Args:
        run: the run that published it.
        scanned: the tenants of the run.
        result: of the publication.
        inbound: how inventories go to LeanIX; None: not now.
        notices: where the notice goes; None: nowhere.

    Raises:
        CensusIncomplete: LeanIX still works, and the plan has not the patience to wait for it.
        CensusError: the store failed.
    """
    reports, plan = run.world.reports, run.plan
    standing = read_manifest(reports, plan.folder)
    if standing is None or standing.run_id != plan.run_id:
        # A later run's report stands: its inventory is the newer one, and it is told of.
        return result
    if inbound is not None:
        sent = send_inventories(run, inbound, scanned)
        note_leanix(reports, plan.folder, plan.run_id, sent.entries)
        result = replace(result, leanix=sent.entries)
        if sent.unfinished and inbound.patience is not None:
            raise CensusIncomplete(f"LeanIX has not finished {', '.join(sent.unfinished)}")
    return tell_census(run, notices, result, lambda: _report(run, [*scanned, *_others(run)]))


def publish_census(run: Run, scanned: Sequence[TenantResult]) -> CensusResult:
    """Publish the report of what a run found, however its tenants were scanned.

    Args:
        run: the run.
        scanned: the tenants of its plan; the plan's others are added as an earlier run found them.

    Raises:
        CensusError: the store failed.
    """
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


def run_checkpoint(
    plan: CensusPlan, world: Services, progress: Progress, notices: Notices | None = None
) -> CensusResult:
    """Count the month so far into each tenant's ledger; no report is written.

    People are told where a tenant could not be counted.

    Raises:
        CensusError: the store failed.
    """
    run = Run.begin(plan, world, progress)
    return checkpoint_result(run, _side_by_side(take_checkpoint, run), notices)


def checkpoint_result(
    run: Run, tenants: Sequence[TenantResult], notices: Notices | None
) -> CensusResult:
    """The result of a checkpoint, of which people are told where a tenant is missing."""
    complete = all(tenant.status is TenantStatus.COMPLETE for tenant in tenants)
    result = CensusResult(
        status=str(TenantStatus.COMPLETE if complete else TenantStatus.PARTIAL),
        run_id=run.plan.run_id,
        period=str(run.plan.month),
        manifest=None,
        tenants=[tenant_summary(tenant) for tenant in tenants],
    )
    return tell_checkpoint(run, notices, result)


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


def _side_by_side(take: Callable[[Run, str], TenantResult], run: Run) -> list[TenantResult]:
    pool = ThreadPoolExecutor(run.plan.tenants_at_once, thread_name_prefix="census")
    interrupted = False
    try:
        taken = [pool.submit(take, run, tenant) for tenant in sorted(run.plan.tenants)]
        # Python misses an interrupt in the moment before a wait; the next wait sees it.
        while wait(taken, timeout=1).not_done:
            pass
        return [one.result() for one in taken]
    except KeyboardInterrupt:
        interrupted = True
        run.deadline.cancel()
        raise
    finally:
        # Whoever interrupts does not wait for tenants that are silent.
        pool.shutdown(wait=not interrupted, cancel_futures=interrupted)


def _others(run: Run) -> Sequence[TenantResult]:
    """Tenants that were not asked for keep what an earlier run of the month found."""
    found = (run.state.read_last_good(name) for name in run.plan.others)
    return [census for census in found if census is not None]


def _earlier(run: Run) -> EarlierReports:
    """The reports of the months before, where they are kept in one place."""
    if not run.plan.pointer:
        return EarlierReports()

    def files() -> Iterator[tuple[str, bytes]]:
        month = run.plan.month
        for _ in range(EARLIER_MONTHS):
            month = month.previous()
            key = report_folder(month) + REPORT_JSON
            found = run.world.reports.read(key)
            if found:
                yield key, found.body

    return read_earlier_reports(files(), run.plan.month)


def _report(run: Run, tenants: Sequence[TenantResult]) -> CensusReport:
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
        thresholds=run.plan.thresholds,
        earlier=earlier.reports,
        warnings=earlier.warnings,
    )


def published_before(run: Run, manifest: Manifest) -> CensusResult:
    """The result of a run whose report stands; what LeanIX said of it is left out."""
    return CensusResult(
        status=manifest.status,
        run_id=run.plan.run_id,
        period=str(run.plan.month),
        manifest=run.world.reports.address(manifest.key),
        tenants=manifest.tenants,
    )
