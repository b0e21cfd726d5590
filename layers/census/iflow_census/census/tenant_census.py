"""Scan a tenant for a run, resuming where an earlier attempt stopped."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusError, DataError, DeadlineExceeded
from iflow_census.journal import Journal
from iflow_census.scan.health_scan import HealthCheck
from iflow_census.scan.inventory import build_rows, sum_totals
from iflow_census.scan.month_counts import MonthCounts, WindowCounts, find_gaps, merge_windows
from iflow_census.scan.period import Window
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus, TenantTotals
from iflow_census.scan.retention import RETENTION_MARGIN, countable_window, describe_coverage
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from iflow_census.store.ledger import Ledger

T = TypeVar("T")

MAX_ATTEMPT = timedelta(minutes=15)
"""The longest attempt, which is a Lambda's maximum duration. An attempt that could end after the
retention margin counts new windows; the ledger keeps what was counted before."""


@dataclass(frozen=True, slots=True)
class TenantOutcome:
    """The result of scanning a tenant; `error` is why a result has no rows and is not complete."""

    result: TenantResult
    error: CensusError | None = None


def scan_concurrently(
    run: RunContext, scan: Callable[[RunContext, str], TenantResult]
) -> list[TenantResult]:
    """Apply `scan` to each tenant of the plan, `tenants_at_once` at a time; sorted by name.

    An interrupt cancels the deadline and does not wait for tenants that do not answer.
    """
    pool = ThreadPoolExecutor(run.plan.tenants_at_once, thread_name_prefix="census")
    interrupted = False
    try:
        futures = [pool.submit(scan, run, tenant) for tenant in sorted(run.plan.tenants)]
        # Python can miss an interrupt just before a wait; the next wait notices it.
        while wait(futures, timeout=1).not_done:
            pass
        return [future.result() for future in futures]
    except KeyboardInterrupt:
        interrupted = True
        run.deadline.cancel()
        raise
    finally:
        pool.shutdown(wait=not interrupted, cancel_futures=interrupted)


def scan_or_fall_back(run: RunContext, tenant: str) -> TenantResult:
    """Scan a tenant; if the scan fails, return its last good result of the month, if any.

    Raises:
        CensusError: the store failed.
    """
    outcome = scan_or_resume(run, tenant)
    return outcome.result if outcome.error is None else last_good_or(run, outcome.result)


def scan_or_resume(run: RunContext, tenant: str) -> TenantOutcome:
    """Scan a tenant, unless this run has finished it already, and store the result.

    A failed scan loses nothing: its answers are stored for the next attempt.

    Raises:
        CensusError: the store failed.
    """
    finished = run.work_state.read_result(tenant)
    if finished:
        return TenantOutcome(finished)
    ledger = run.ledger(tenant).read()
    # All attempts count days from the start of the first one, and so ask for the same windows.
    started_at = counting_started_at(run, tenant)
    attempt = attempt_scan(
        run,
        tenant,
        uncounted_windows(run, ledger, started_at),
        lambda scan: _tenant_result(run, tenant, ledger, started_at, scan),
        health_at=started_at if run.plan.health else None,
    )
    if attempt.value is None:
        return attempt.failure(tenant)
    run.ledger(tenant).add(attempt.counts)
    return TenantOutcome(run.work_state.save_result(replace(attempt.value, api=attempt.api)))


def last_good_or(run: RunContext, failed: TenantResult) -> TenantResult:
    """The last good result of the month, marked as partial; `failed` where there is none."""
    last_good = run.work_state.read_last_good(failed.name)
    if last_good is None:
        return failed
    return replace(last_good, status=TenantStatus.PARTIAL, error=failed.error, api=failed.api)


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """One scan of a tenant.

    Attributes:
        value: what `build` made of the scan; None where the scan failed.
        counts: the message counts of the scanned windows.
        api: the requests sent.
        error: why the scan failed.
    """

    value: T | None
    counts: Sequence[WindowCounts]
    api: ApiUsage
    error: CensusError | None

    def failure(self, tenant: str) -> TenantOutcome:
        """The outcome of a failed attempt; one that ran out of time can be resumed."""
        out_of_time = isinstance(self.error, DeadlineExceeded)
        result = TenantResult(
            name=tenant,
            status=TenantStatus.PARTIAL if out_of_time else TenantStatus.FAILED,
            error=str(self.error),
            scanned_at=None,
            coverage=Coverage(None, None, complete=False, reason="the tenant was not scanned"),
            totals=TenantTotals(),
            api=self.api,
            iflows=[],
        )
        return TenantOutcome(result, self.error)


def attempt_scan(
    run: RunContext,
    tenant: str,
    windows: Sequence[Window],
    build: Callable[[TenantScan], T],
    health_at: datetime | None = None,
) -> Attempt[T]:
    """Scan a tenant once; a failure is returned, and its answers are kept for the next attempt.

    Args:
        run: the context of the run.
        tenant: the tenant's name.
        windows: the windows in which messages are counted.
        build: makes the attempt's value from the scan.
        health_at: the moment to check the tenant's health for; None: it is not checked.

    Raises:
        CensusError: the store failed.
    """
    state, clock = run.work_state, run.clock
    journal = state.read_journal(tenant)
    deadline = run.deadline.child()
    started = clock.monotonic()
    api = ApiUsage()
    value: T | None = None
    counts: Sequence[WindowCounts] = ()
    error: CensusError | None = None
    try:
        with run.plan.tenants[tenant](deadline, journal) as session:
            try:
                scan = scan_tenant(
                    session,
                    windows,
                    progress=partial(run.progress, tenant),
                    cancel=deadline.cancel,
                    health_check=HealthCheck(session.health, health_at) if health_at else None,
                )
            finally:
                api = session.api_usage()
        value, counts = build(scan), scan.counts
    except CensusError as failure:
        error = failure
        # The next attempt must not replay answers that contradict each other.
        contradiction = isinstance(failure, DataError)
        state.save_journal(tenant, Journal() if contradiction else journal)
    return Attempt(value, counts, replace(api, seconds=clock.monotonic() - started), error)


def counting_started_at(run: RunContext, tenant: str) -> datetime:
    """When the first attempt began to count this tenant; an attempt that is too late is a first."""
    return run.work_state.counting_started_at(
        tenant, run.clock.now(), RETENTION_MARGIN - MAX_ATTEMPT
    )


def uncounted_windows(run: RunContext, ledger: Ledger, started_at: datetime) -> Sequence[Window]:
    """The windows of the month that can still be counted and are not in the ledger."""
    counted = [counts.window for counts in ledger.counts.windows]
    return find_gaps(countable_window(run.plan.month, started_at), counted)


def tenant_coverage(
    run: RunContext, counts: MonthCounts, ledger: Ledger, started_at: datetime
) -> Coverage:
    """How much of the month the counts cover."""
    notes = [ledger.note] if ledger.note else []
    windows = [window_counts.window for window_counts in counts.windows]
    return describe_coverage(run.plan.month, windows, started_at, *notes)


def _tenant_result(
    run: RunContext, tenant: str, ledger: Ledger, started_at: datetime, scan: TenantScan
) -> TenantResult:
    counts = merge_windows(ledger.counts.windows, scan.counts)
    covered = tenant_coverage(run, counts, ledger, started_at)
    iflows = build_rows(
        tenant,
        scan.inventory,
        counts,
        coverage_complete=covered.complete,
        tolerance=run.plan.edit_tolerance,
    )
    return TenantResult(
        name=tenant,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=run.clock.now(),
        coverage=covered,
        totals=sum_totals(scan.inventory, iflows, counts),
        api=ApiUsage(),
        iflows=iflows,
        messages_per_day=_messages_per_day(run, counts),
        health=scan.health,
    )


def _messages_per_day(run: RunContext, counts: MonthCounts) -> Sequence[int | None] | None:
    days = counts.per_day(run.plan.month)
    return days if any(day is not None for day in days) else None
