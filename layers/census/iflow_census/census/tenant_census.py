"""What a run does with one tenant, going on where an earlier try stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from iflow_census.census.plan import CensusPlan, Progress, Services
from iflow_census.clock import Deadline
from iflow_census.errors import CensusError, DataError, DeadlineExceeded
from iflow_census.journal import Journal
from iflow_census.scan.health_scan import HealthCheck
from iflow_census.scan.inventory import build_rows, sum_totals
from iflow_census.scan.month_counts import MonthCounts, WindowCounts, find_gaps, merge_windows
from iflow_census.scan.period import Window
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus, TenantTotals
from iflow_census.scan.retention import RETENTION_MARGIN, countable_window, describe_coverage
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from iflow_census.store.ledger import Ledger, LedgerFile
from iflow_census.store.work_state import WorkState

Made = TypeVar("Made")

LONGEST_TRY = timedelta(minutes=15)
"""What a Lambda has. A try that begins any later than this before the end of the margin would
outlive it; it counts new windows, and what was counted into the ledger stays."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way.

    Attributes:
        plan: what it does.
        world: what lies outside.
        progress: told of each step.
        state: its work state.
        started_at: when its first try began.
        deadline: of this try.
    """

    plan: CensusPlan
    world: Services
    progress: Progress
    state: WorkState
    started_at: datetime
    deadline: Deadline

    @classmethod
    def begin(cls, plan: CensusPlan, world: Services, progress: Progress) -> "Run":
        """Begin a run, or go on with one that an earlier try began."""
        state = WorkState(world.state, plan.month, plan.run_id)
        return cls(
            plan=plan,
            world=world,
            progress=progress,
            state=state,
            started_at=state.run_started_at(world.clock.now()),
            deadline=Deadline(world.clock, plan.seconds),
        )

    def ledger(self, tenant: str) -> LedgerFile:
        """A tenant's ledger of the month."""
        return LedgerFile(self.world.state, self.plan.month, tenant)


@dataclass(frozen=True, slots=True)
class TenantOutcome:
    """What a try brought for a tenant; `error`: why `census` has no rows and is not complete."""

    census: TenantResult
    error: CensusError | None = None


def take_census(run: Run, tenant: str) -> TenantResult:
    """Scan a tenant as `try_census` does; where that fails, earlier rows of the month stand in.

    Raises:
        CensusError: the store failed.
    """
    taken = try_census(run, tenant)
    return taken.census if taken.error is None else stand_in(run, taken.census)


def try_census(run: Run, tenant: str) -> TenantOutcome:
    """Scan a tenant, unless this run has done so already, and keep the result.

    A scan that fails loses nothing: its answers are kept for the next try.

    Raises:
        CensusError: the store failed.
    """
    finished = run.state.read_result(tenant)
    if finished:
        return TenantOutcome(finished)
    ledger = run.ledger(tenant).read()
    began = _began(run, tenant)

    def made(scan: TenantScan) -> TenantResult:
        return _census(run, tenant, ledger, began, scan)

    # Days are counted from when the first try began, so that all tries say the same.
    health_of = began if run.plan.health else None
    attempt = _attempt(run, tenant, _uncounted(run, ledger, began), made, health_of)
    if attempt.made is None:
        return TenantOutcome(_failed(tenant, attempt), attempt.error)
    run.ledger(tenant).add(attempt.counts)
    return TenantOutcome(run.state.save_result(replace(attempt.made, api=attempt.use)))


def take_checkpoint(run: Run, tenant: str) -> TenantResult:
    """Count a tenant as `try_checkpoint` does.

    Raises:
        CensusError: the store failed.
    """
    return try_checkpoint(run, tenant).census


def try_checkpoint(run: Run, tenant: str) -> TenantOutcome:
    """Count what the ledger lacks of the month so far, and add it; the result has no rows.

    Raises:
        CensusError: the store failed.
    """
    ledger = run.ledger(tenant).read()
    began = _began(run, tenant)
    windows = _uncounted(run, ledger, began)
    if not windows:
        return TenantOutcome(_checkpoint(run, tenant, ledger, began, ledger.counts))
    attempt = _attempt(
        run, tenant, windows, lambda scan: merge_windows(ledger.counts.windows, scan.counts)
    )
    if attempt.made is None:
        return TenantOutcome(_failed(tenant, attempt), attempt.error)
    run.ledger(tenant).add(attempt.counts)
    counted = _checkpoint(run, tenant, ledger, began, attempt.made)
    return TenantOutcome(replace(counted, api=attempt.use))


def checkpoint_taken(run: Run, tenant: str) -> TenantResult | None:
    """What the ledger says of a checkpoint that another try has finished; None: it lacks a part.

    Raises:
        CensusError: the store failed.
    """
    ledger = run.ledger(tenant).read()
    began = run.state.find_counting_start(tenant)
    if began is None or _uncounted(run, ledger, began):
        return None
    return _checkpoint(run, tenant, ledger, began, ledger.counts)


def _checkpoint(
    run: Run, tenant: str, ledger: Ledger, began: datetime, counts: MonthCounts
) -> TenantResult:
    return TenantResult(
        name=tenant,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=None,
        coverage=_coverage(run, [one.window for one in counts.windows], ledger, began),
        totals=TenantTotals(messages=sum(counts.total.values())),
        api=ApiUsage(),
        iflows=[],
    )


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Made]):
    """A scan and what was made of it; or why there is none."""

    made: Made | None
    counts: Sequence[WindowCounts]
    use: ApiUsage
    error: CensusError | None


def _attempt(
    run: Run,
    tenant: str,
    windows: Sequence[Window],
    make: Callable[[TenantScan], Made],
    health_of: datetime | None = None,
) -> _Attempt[Made]:
    journal = run.state.read_journal(tenant)
    deadline = run.deadline.child()
    clock = run.world.clock
    began = clock.monotonic()
    use = ApiUsage()
    made: Made | None = None
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
                    health_check=HealthCheck(session.health, health_of) if health_of else None,
                )
            finally:
                use = session.api_usage()
        made, counts = make(scan), scan.counts
    except CensusError as failure:
        error = failure
        # Answers that contradict each other must not come back in the next try.
        wrong = isinstance(failure, DataError)
        run.state.save_journal(tenant, Journal() if wrong else journal)
    return _Attempt(made, counts, replace(use, seconds=clock.monotonic() - began), error)


def _began(run: Run, tenant: str) -> datetime:
    return run.state.counting_started_at(
        tenant, run.world.clock.now(), RETENTION_MARGIN - LONGEST_TRY
    )


def _uncounted(run: Run, ledger: Ledger, began: datetime) -> Sequence[Window]:
    known = [one.window for one in ledger.counts.windows]
    return find_gaps(countable_window(run.plan.month, began), known)


def _coverage(run: Run, windows: Sequence[Window], ledger: Ledger, began: datetime) -> Coverage:
    notes = [ledger.note] if ledger.note else []
    return describe_coverage(run.plan.month, windows, began, *notes)


def _census(
    run: Run, tenant: str, ledger: Ledger, began: datetime, scan: TenantScan
) -> TenantResult:
    counts = merge_windows(ledger.counts.windows, scan.counts)
    covered = _coverage(run, [one.window for one in counts.windows], ledger, began)
    found = build_rows(
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
        scanned_at=run.world.clock.now(),
        coverage=covered,
        totals=sum_totals(scan.inventory, found, counts),
        api=ApiUsage(),
        iflows=found,
        messages_per_day=_per_day(run, counts),
        health=scan.health,
    )


def _per_day(run: Run, counts: MonthCounts) -> Sequence[int | None] | None:
    days = counts.per_day(run.plan.month)
    return days if any(day is not None for day in days) else None


def stand_in(run: Run, failed: TenantResult) -> TenantResult:
    """The last good rows of the month in place of a failed scan; without any, the failed one."""
    earlier = run.state.read_last_good(failed.name)
    if earlier is None:
        return failed
    return replace(earlier, status=TenantStatus.PARTIAL, error=failed.error, api=failed.api)


def _failed(tenant: str, attempt: _Attempt[Made]) -> TenantResult:
    goes_on = isinstance(attempt.error, DeadlineExceeded)
    return TenantResult(
        name=tenant,
        status=TenantStatus.PARTIAL if goes_on else TenantStatus.FAILED,
        error=str(attempt.error),
        scanned_at=None,
        coverage=Coverage(None, None, complete=False, reason="the tenant was not scanned"),
        totals=TenantTotals(),
        api=attempt.use,
        iflows=[],
    )
