"""The census: scan the tenants, publish the report, notify LeanIX and people."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import Any

from iflow_census import __version__
from iflow_census.census.annotations import log_problems, open_annotations
from iflow_census.census.completed_event import send_completed_event
from iflow_census.census.earlier import earlier_reports, save_snapshot
from iflow_census.census.kept_tenants import find_kept_tenants
from iflow_census.census.notify import notify_census
from iflow_census.census.result import CensusResult, tenant_summary
from iflow_census.census.run_context import RunContext
from iflow_census.census.systems import read_systems_of_report
from iflow_census.census.tenant_census import failed_outcome, last_good_or, scan_tenants
from iflow_census.errors import CensusIncomplete, TransientError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import GZIP_TYPE, render_documents
from iflow_census.report.query_tables import (
    REPORT_FILE,
    render_report_tables,
    render_tenant_tables,
    table_key,
)
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.systems import Flow, Part
from iflow_census.scan.thread_pool import map_ahead
from iflow_census.store.report_writer import (
    Header,
    Manifest,
    add_leanix_entries,
    is_kept,
    publish,
    read_manifest,
    read_manifest_of_run,
)
from iflow_census.store.row_spool import RowSpool

Failures = Mapping[str, TenantResult]

TENANTS_AHEAD = 4
"""Tenants that are read or written at the same time, because a bucket takes up to 50 ms a file."""

_log = logging.getLogger(__name__)

NO_RESULT = "the scan ended without a result; search the function's log for this tenant"


def run_census(run: RunContext) -> CensusResult:
    """Scan the tenants concurrently, publish the report, send inventories to LeanIX, notify people.

    A tenant that fails is in the report with its error and does not hold up the others. What this
    run has finished before is not repeated.

    Raises:
        CensusError: the store failed. A failed tenant raises nothing; see the result's status.
    """
    # The first attempt marks the beginning of the run, before anything can fail.
    run.work_state.run_started_at(run.clock.now())
    manifest = read_manifest(run.services.reports, run.plan.folder())
    configured = {*run.plan.tenants, *_other_tenants(run)}
    if manifest and manifest.of_complete_run(run.plan.run_id, configured):
        return notify_downstream(run, result_from_manifest(run, manifest))
    failures = scan_tenants(run)
    result = publish_census(run, stored_results(run, failures))
    return notify_downstream(run, result, failures)


def publish_census(run: RunContext, tenants: Iterable[TenantResult]) -> CensusResult:
    """Publish the report of a run.

    The tenants are those of the plan, of which only a few are in memory; its other tenants are
    added as an earlier run found them.
    """
    plan, reports = run.plan, run.services.reports
    with _publishing_alone(run):
        report = build_report(run, tenants)
        summaries = [tenant_summary(tenant) for tenant in report.tenants]
        header = Header(
            plan.period,
            plan.run_id,
            str(report.status),
            summaries,
            report.coverage_complete,
            keeps_tenants=plan.keeps_tenants,
        )
        if isinstance(plan.period, Month):
            report.changes()  # before anything is written: a snapshot may be of a newer version
            if not is_kept(reports, header):
                _write_tables(run, plan.period, report)
        manifest = publish(reports, header, render_documents(report, plan.formats))
    return CensusResult(
        status=str(report.status),
        run_id=plan.run_id,
        period=str(plan.period),
        manifest=reports.address(manifest),
        tenants=summaries,
        coverage_complete=report.coverage_complete,
        report=report,
    )


@contextmanager
def _publishing_alone(run: RunContext) -> Iterator[None]:
    """Keep commands with other keys from publishing the same report of a folder at the same time.

    Each of them adds the tenants of the report that it replaces, so that none is lost.
    """
    if not run.plan.keeps_tenants:
        yield
        return
    lease = run.make_lease(f"work/leases/reports/{run.plan.period}.json")
    lease.acquire(run.deadline, lambda: _log.warning("another run is publishing; waiting"))
    try:
        yield
    finally:
        lease.release()


def _write_tables(run: RunContext, month: Month, report: CensusReport) -> None:
    """Write the tables for queries, and the snapshots that later months are compared with."""
    reports = run.services.reports

    def write(rendered: tuple[TenantResult, Sequence[tuple[str, bytes]]]) -> None:
        tenant, tables = rendered
        for name, body in tables:
            reports.write(table_key(name, month, tenant.name), body, content_type=GZIP_TYPE)
        save_snapshot(run, month, tenant)

    all_rendered = (
        (tenant, list(render_tenant_tables(report, tenant, connections=run.plan.models)))
        for tenant in report.tenants_with_rows()
        if tenant.scanned
    )
    for _ in map_ahead(write, all_rendered, ahead=TENANTS_AHEAD):
        pass
    for name, body in render_report_tables(report):
        reports.write(table_key(name, month, REPORT_FILE), body, content_type=GZIP_TYPE)


def notify_downstream(
    run: RunContext, result: CensusResult, failures: Failures = MappingProxyType({})
) -> CensusResult:
    """Send the inventories of a published report to LeanIX, and notify people and programs."""
    reports, plan = run.services.reports, run.plan
    if read_manifest_of_run(reports, plan.period, plan.run_id) is None:
        # A later run has replaced the report; that run sends its own, newer inventory.
        return result
    if run.leanix is not None:
        # Not at the top: a run without LeanIX does not need its models.
        from iflow_census.census.leanix import send_inventories  # noqa: PLC0415

        delivery = send_inventories(run, run.leanix, complete_tenants(run, result.tenants))
        add_leanix_entries(reports, plan.folder(result.status), plan.run_id, delivery.entries)
        result = replace(result, leanix=delivery.entries)
    result = notify_census(run, result, lambda: build_report(run, stored_results(run, failures)))
    return send_completed_event(run, result)


def complete_tenants(run: RunContext, tenants: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """The names of the plan's tenants that are complete in a report, as in its manifest."""
    return [
        tenant["name"]
        for tenant in tenants
        if tenant["name"] in run.plan.tenants and tenant["status"] == TenantStatus.COMPLETE
    ]


def result_from_manifest(run: RunContext, manifest: Manifest) -> CensusResult:
    """The result of a run whose report is published already, without its LeanIX runs."""
    return CensusResult(
        status=manifest.status,
        run_id=run.plan.run_id,
        period=str(run.plan.period),
        manifest=run.services.reports.address(manifest.key),
        tenants=manifest.tenants,
        coverage_complete=manifest.coverage_complete,
    )


def verify(run: RunContext) -> CensusResult:
    """Check that the report of the month is published and complete.

    Raises:
        CensusIncomplete: it is not; the message says what is missing.
    """
    month, reports = run.plan.period, run.services.reports
    manifest = read_manifest(reports, run.plan.folder())
    if manifest is None:
        raise CensusIncomplete(f"report of {month}: missing; run the census for that period")
    if manifest.status != TenantStatus.COMPLETE:
        complete = str(TenantStatus.COMPLETE)
        tenants = [tenant["name"] for tenant in manifest.tenants if tenant["status"] != complete]
        raise CensusIncomplete(
            f"report of {month}: not complete ({', '.join(tenants)}); fix what its manifest "
            f"{reports.address(manifest.key)} reports, then run the census for that period"
        )
    return replace(result_from_manifest(run, manifest), run_id=manifest.run_id)


def _carried_over(run: RunContext) -> Iterator[TenantResult]:
    """Tenants that this run does not scan, as an earlier run of the month found them.

    One that no run of the month has scanned is missing, and so the report is not complete.
    """
    missing = TransientError("not scanned in this period; run the census for all tenants")
    for name in _other_tenants(run):
        result = run.work_state.read_last_good(name)
        yield replace(result, carried_over=True) if result else failed_outcome(name, missing).result


def _other_tenants(run: RunContext) -> Sequence[str]:
    """The tenants of the report that this run does not scan."""
    plan = run.plan
    return find_kept_tenants(run.services, plan) if plan.keeps_tenants else plan.other_tenants


def build_report(run: RunContext, scanned: Iterable[TenantResult]) -> CensusReport:
    """The report of the scanned tenants and of those that the run does not scan."""
    annotator, systems, spool = open_annotations(run), read_systems_of_report(run), RowSpool()
    tenants: list[TenantResult] = []
    flows: Counter[Flow] = Counter()
    unmatched: Counter[tuple[Part, str]] = Counter()
    for scanned_tenant in chain(scanned, _carried_over(run)):
        tenant = systems.add_systems(annotator.annotate(scanned_tenant))
        flows.update(systems.count_flows(tenant))
        if systems.rules:
            unmatched.update(systems.unmatched(tenant.iflows, tenant.connections))
        tenants.append(spool.move(tenant))
    earlier, warnings = earlier_reports(run)
    started_at = run.work_state.run_started_at(run.clock.now())
    scans = [tenant.scanned_at for tenant in tenants if tenant.scanned_at is not None]
    return CensusReport(
        period=run.plan.period,
        run_id=run.plan.run_id,
        started_at=started_at,
        # Taken from the work, not from the clock: the same work is published as the same bytes.
        finished_at=max([started_at, *scans]),
        version=__version__,
        tenants=sorted(tenants, key=lambda tenant: tenant.name),
        thresholds=run.plan.thresholds,
        earlier=earlier,
        warnings=[*warnings, *log_problems(annotator), *systems.problems],
        spool=spool,
        flows=flows,
        unmatched=dict(unmatched.most_common()),
    )


def stored_results(
    run: RunContext, failures: Failures = MappingProxyType({})
) -> Iterator[TenantResult]:
    """Yield the results of the plan's tenants, each read shortly before it is needed.

    `failures` has the failed results by tenant, where the scans have not stored them.
    """

    def read(tenant: str) -> TenantResult:
        result = run.work_state.read_result(tenant)
        return result or last_good_or(run, failures.get(tenant) or stored_failure(run, tenant))

    return map_ahead(read, sorted(run.plan.tenants), ahead=TENANTS_AHEAD)


def stored_failure(run: RunContext, tenant: str) -> TenantResult:
    """The failed result of a tenant that is not finished, as its scan has stored it."""
    stored = run.work_state.read_failure(tenant)
    return stored or failed_outcome(tenant, TransientError(NO_RESULT)).result
