"""Scan a tenant for a run, resuming where an earlier attempt stopped."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from iflow_census.census.journal_writer import stored_continuously
from iflow_census.census.leased_tenant import with_lease
from iflow_census.census.models import model_reading, owner_reading, save_models
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_result import (
    Counting,
    read_last_month,
    start_counting,
    tenant_result,
)
from iflow_census.census.unexpected import as_census_error
from iflow_census.errors import (
    CensusError,
    ConfigurationError,
    DeadlineExceeded,
    TransientError,
)
from iflow_census.http.client import GRACE_SECONDS
from iflow_census.scan.health_scan import HealthCheck
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.period import Window
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus, TenantTotals
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from iflow_census.scan.thread_pool import DaemonThreadPool
from iflow_census.scan.web_ui import TenantProfile
from iflow_census.store.lease import LeaseLost

T = TypeVar("T")

ABANDON_AFTER = GRACE_SECONDS + 2
"""Seconds after the deadline at which a tenant that still runs is given up: the last responses
arrive until `GRACE_SECONDS`, and their tenants need a moment to store them."""

_INTERRUPT_SECONDS = 2.0
"""How long a run waits for its tenants after an interrupt."""

_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TenantOutcome:
    """The result of scanning a tenant; `error` is why a result has no rows and is not complete."""

    result: TenantResult
    error: CensusError | None = None


def scan_concurrently(
    run: RunContext, scan: Callable[[RunContext, str], TenantOutcome]
) -> list[TenantOutcome]:
    """Apply `scan` to each tenant of the plan, `tenants_at_once` at a time; sorted by name.

    An error of `scan` is its tenant's failure, also one of the store: the state of one tenant may
    be unreadable, and that of the others not. A tenant that still runs some seconds after the
    deadline is given up, so that the results of the others can be published in time.
    An interrupt cancels the deadline; tenants have a moment to store the answers so far.

    Raises:
        ConfigurationError: a state file is of a newer version.
    """
    pool = DaemonThreadPool(run.plan.tenants_at_once, "census")
    futures = {
        tenant: pool.submit(_contain, run, tenant, scan) for tenant in sorted(run.plan.tenants)
    }
    try:
        _wait(run, list(futures.values()))
        return [_outcome(tenant, future) for tenant, future in futures.items()]
    except KeyboardInterrupt:
        run.deadline.cancel()
        wait(futures.values(), timeout=_INTERRUPT_SECONDS)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _contain(
    run: RunContext, tenant: str, scan: Callable[[RunContext, str], TenantOutcome]
) -> TenantOutcome:
    try:
        return scan(run, tenant)
    except ConfigurationError:  # a state file of a newer version: this one must not go on
        raise
    except Exception as error:  # noqa: BLE001 - it must not end the run of the others
        return failed_outcome(tenant, as_census_error(error, f"tenant {tenant}"))


def _wait(run: RunContext, futures: Sequence[Future[TenantOutcome]]) -> None:
    """Wait for all tenants, or until those that still run are given up."""
    while True:
        # First the time, then the tenants: those that end within the poll are never given up.
        # Python can miss an interrupt just before a wait; the next wait notices it.
        late = run.deadline.remaining() < -ABANDON_AFTER
        if not wait(futures, timeout=_POLL_SECONDS).not_done or late:
            return


def _outcome(tenant: str, future: Future[TenantOutcome]) -> TenantOutcome:
    if future.cancel():
        return failed_outcome(tenant, DeadlineExceeded("the time of this run is used up"))
    if future.running():
        error = TransientError("the scan did not finish in time and was abandoned")
        return failed_outcome(tenant, error)
    return future.result()


def scan_tenants(run: RunContext) -> Mapping[str, TenantResult]:
    """Scan the tenants of the plan and store their results. Returns those that failed, by name.

    Raises:
        ConfigurationError: a state file is of a newer version.
    """

    def scan(run: RunContext, tenant: str) -> TenantOutcome:
        outcome = scan_or_resume(run, tenant)
        return outcome if outcome.error else TenantOutcome(outcome.result.without_rows())

    outcomes = scan_concurrently(run, scan)
    return {outcome.result.name: outcome.result for outcome in outcomes if outcome.error}


def scan_or_resume(run: RunContext, tenant: str) -> TenantOutcome:
    """Scan a tenant, unless this run has finished it already, and store the result.

    While another run scans the tenant, this one waits; if that is a second delivery of the same
    run, its result is used.
    """
    return _finished(run, tenant) or with_tenant_lease(
        run, tenant, lambda leased: _finished(leased, tenant) or _scan(leased, tenant)
    )


def with_tenant_lease(
    run: RunContext, tenant: str, work: Callable[[RunContext], TenantOutcome]
) -> TenantOutcome:
    """Call `work` as `with_lease`; a tenant that another run still scans at the end has failed."""
    try:
        return with_lease(run, tenant, work)
    except DeadlineExceeded as error:
        return failed_outcome(tenant, error)


def _finished(run: RunContext, tenant: str) -> TenantOutcome | None:
    finished = run.work_state.read_result(tenant)
    if finished is None:
        return None
    # The attempt that finished it may have been stopped before it kept the rows for later runs.
    run.work_state.keep_last_good(finished)
    return TenantOutcome(finished)


def _scan(run: RunContext, tenant: str) -> TenantOutcome:
    counting = start_counting(run, tenant)
    last_month = read_last_month(run, tenant)
    save_month = _month_saver(run, tenant, counting)

    def build(scan: TenantScan, profile: TenantProfile) -> TenantResult:
        save_month(scan, profile)
        return tenant_result(run, tenant, counting, scan, profile, last_month=last_month)

    attempt = attempt_scan(
        run,
        tenant,
        counting.uncounted_windows,
        build,
        health_at=counting.started_at if run.plan.health else None,
        owners=True,
        known_iflows=[iflow.iflow_id for iflow in last_month or () if iflow.package_id],
    )
    if isinstance(attempt, TenantOutcome):
        return attempt
    run.ledger(tenant).add(attempt.counts)
    result = replace(attempt.value, api=attempt.api)
    if result.status is not TenantStatus.COMPLETE:
        return TenantOutcome(result, TransientError(result.error or ""))
    return TenantOutcome(run.work_state.save_result(_better_covered(run, result)))


def _month_saver(
    run: RunContext, tenant: str, counting: Counting
) -> Callable[[TenantScan, TenantProfile], None]:
    """Return what saves the rows of the month that the scan completes, if they are due."""
    if run.plan.completes is None:
        return lambda *_: None
    month = replace(run, plan=run.plan.completes)
    last_good = month.work_state.read_last_good(tenant)
    if last_good is not None and is_done(month, last_good):
        return lambda *_: None
    counted = Counting(month.plan.period, month.ledger(tenant).read(), counting.started_at)

    def save(scan: TenantScan, profile: TenantProfile) -> None:
        last_month = read_last_month(month, tenant)
        result = tenant_result(month, tenant, counted, scan, profile, last_month=last_month)
        if result.status is TenantStatus.COMPLETE:
            month.work_state.save_result(_better_covered(month, result))

    return save


def is_done(month: RunContext, result: TenantResult) -> bool:
    """Whether the rows of a tenant are of a scan after the month, with all of its messages."""
    return (
        result.coverage.complete
        and result.scanned_at is not None
        and result.scanned_at >= month.plan.period.end
    )


def _better_covered(run: RunContext, result: TenantResult) -> TenantResult:
    """The new result, unless the last good one of the month covers more of it.

    That happens if the ledger was lost in between.
    """
    last_good = run.work_state.read_last_good(result.name)
    if last_good is None or last_good.percent_covered <= result.percent_covered:
        return result
    return replace(last_good, api=result.api, carried_over=True)


def last_good_or(run: RunContext, failed: TenantResult) -> TenantResult:
    """The last good result of the month, marked as partial; `failed` where there is none."""
    last_good = run.work_state.read_last_good(failed.name)
    if last_good is None:
        return failed
    return replace(last_good, status=TenantStatus.PARTIAL, error=failed.error, api=failed.api)


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """A successful scan of a tenant.

    Attributes:
        value: what `build` made of the scan.
        counts: the message counts of the scanned windows.
    """

    value: T
    counts: Sequence[WindowCounts]
    api: ApiUsage


def failed_outcome(
    tenant: str,
    error: CensusError,
    api: ApiUsage | None = None,
    profile: TenantProfile | None = None,
) -> TenantOutcome:
    """The outcome of a failed scan; one that ran out of time can be resumed."""
    out_of_time = isinstance(error, DeadlineExceeded)
    result = TenantResult(
        name=tenant,
        status=TenantStatus.PARTIAL if out_of_time else TenantStatus.FAILED,
        error=str(error),
        scanned_at=None,
        coverage=Coverage(complete=False, reason="the tenant was not scanned"),
        totals=TenantTotals(),
        api=api or ApiUsage(),
        iflows=[],
        profile=profile or TenantProfile(),
    )
    return TenantOutcome(result, error)


def attempt_scan(
    run: RunContext,
    tenant: str,
    windows: Callable[[RuntimeLocation], Sequence[Window]],
    build: Callable[[TenantScan, TenantProfile], T],
    *,
    health_at: datetime | None = None,
    owners: bool = False,
    known_iflows: Sequence[str] = (),
) -> Attempt[T] | TenantOutcome:
    """Scan a tenant once.

    `windows` are those of a runtime location in which messages are counted, and `build` makes the
    attempt's value from the scan and the tenant's profile. Without `health_at`, the tenant's health
    is not checked.

    Returns:
        The attempt; or, if anything in it failed, the tenant's outcome. The answers of a failed
        attempt are kept for the next one.

    Raises:
        LeaseLost: another run has taken over the tenant.
    """
    clock = run.clock
    files = run.work_state.journal_files(tenant)
    journal = files.read()
    deadline = run.deadline.child()
    started = clock.monotonic()
    api, profile = ApiUsage(), TenantProfile()

    def usage() -> ApiUsage:
        return replace(api, seconds=clock.monotonic() - started)

    try:
        with stored_continuously(run, tenant, journal, files, deadline):
            with run.plan.tenants[tenant](deadline, journal) as session:
                profile = session.profile
                try:
                    scan = scan_tenant(
                        session,
                        windows,
                        progress=partial(run.progress, tenant),
                        cancel=deadline.cancel,
                        health_check=HealthCheck(session.health, health_at) if health_at else None,
                        last_errors=run.plan.last_errors,
                        known_iflows=known_iflows,
                        models=model_reading(run, tenant, session, deadline),
                        owners=owner_reading(run, session, deadline) if owners else None,
                    )
                    if scan.inventory.unread_locations:
                        # The reason must not be that this run has ended: the next attempt goes on.
                        deadline.check()
                finally:
                    api = session.api_usage()
            save_models(run, tenant, scan.models)
            return Attempt(build(scan, profile), scan.counts, usage())
    except LeaseLost:
        raise
    except Exception as failure:  # noqa: BLE001 - it must not end the run of the others
        error = as_census_error(failure, f"tenant {tenant}")
        return failed_outcome(tenant, error, usage(), profile)
