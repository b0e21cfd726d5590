"""What a run does with one tenant, going on where an earlier try stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from iflow_census.census.plan import CensusPlan, Progress, World
from iflow_census.clock import Deadline
from iflow_census.errors import CensusError, DataError, DeadlineReached
from iflow_census.journal import Journal
from iflow_census.scan.census import ApiUse, Coverage, TenantCensus, TenantStatus, TenantTotals
from iflow_census.scan.inventory import rows, tenant_totals
from iflow_census.scan.month_counts import WindowCounts, joined, missing
from iflow_census.scan.period import Window
from iflow_census.scan.retention import countable, coverage
from iflow_census.scan.tenant_scan import Scan, scan_tenant
from iflow_census.store.ledger import Ledger, LedgerFile
from iflow_census.store.work_state import WorkState

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way.

    Attributes:
        plan: what it does.
        world: what lies outside.
        progress: told of each step.
        state: its work state.
        started_at: when its first try began; all tries count the same windows.
        deadline: of this try.
    """

    plan: CensusPlan
    world: World
    progress: Progress
    state: WorkState
    started_at: datetime
    deadline: Deadline

    @classmethod
    def begin(cls, plan: CensusPlan, world: World, progress: Progress) -> "Run":
        """Begin a run, or go on with one that an earlier try began."""
        state = WorkState(world.state, plan.month, plan.run_id)
        return cls(
            plan=plan,
            world=world,
            progress=progress,
            state=state,
            started_at=state.started_at(world.clock.now()),
            deadline=Deadline(world.clock, plan.seconds),
        )

    def ledger(self, tenant: str) -> LedgerFile:
        """A tenant's ledger of the month."""
        return LedgerFile(self.world.state, self.plan.month, tenant)


def take_census(run: Run, tenant: str) -> TenantCensus:
    """Scan a tenant, unless this run has done so already, and keep the result.

    A scan that fails loses nothing: its answers are kept for the next try, and the rows of an
    earlier run of the same month stand in, marked with their time.

    Raises:
        CensusError: the store failed.
    """
    finished = run.state.finished(tenant)
    if finished:
        return finished
    ledger = run.ledger(tenant).read()

    def made(scan: Scan) -> TenantCensus:
        return _census(run, tenant, ledger, scan)

    attempt = _attempt(run, tenant, _uncounted(run, ledger), made)
    if attempt.made is None:
        return _stand_in(run, tenant, attempt)
    run.ledger(tenant).add(attempt.counts)
    return run.state.finish(replace(attempt.made, api=attempt.use))


def take_checkpoint(run: Run, tenant: str) -> TenantCensus:
    """Count what the ledger lacks of the month so far, and add it; the result has no rows.

    Raises:
        CensusError: the store failed.
    """
    ledger = run.ledger(tenant).read()
    windows = _uncounted(run, ledger)
    if windows:
        attempt = _attempt(
            run, tenant, windows, lambda scan: joined(ledger.counts.windows, scan.counts)
        )
        if attempt.made is None:
            return _failed(tenant, attempt)
        run.ledger(tenant).add(attempt.counts)
        counts, use = attempt.made, attempt.use
    else:
        counts, use = ledger.counts, ApiUse()
    return TenantCensus(
        name=tenant,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=None,
        coverage=_coverage(run, [one.window for one in counts.windows], ledger),
        totals=TenantTotals(messages=sum(counts.total.values())),
        api=use,
        iflows=[],
    )


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Made]):
    """A scan and what was made of it; or why there is none."""

    made: Made | None
    counts: Sequence[WindowCounts]
    use: ApiUse
    error: CensusError | None


def _attempt(
    run: Run, tenant: str, windows: Sequence[Window], make: Callable[[Scan], Made]
) -> _Attempt[Made]:
    journal = run.state.journal(tenant)
    deadline = run.deadline.part()
    clock = run.world.clock
    began = clock.monotonic()
    use = ApiUse()
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
                )
            finally:
                use = session.api_use()
        made, counts = make(scan), scan.counts
    except CensusError as failure:
        error = failure
        # Answers that contradict each other must not come back in the next try.
        wrong = isinstance(failure, DataError)
        run.state.keep_journal(tenant, Journal() if wrong else journal)
    return _Attempt(made, counts, replace(use, seconds=clock.monotonic() - began), error)


def _uncounted(run: Run, ledger: Ledger) -> Sequence[Window]:
    known = [one.window for one in ledger.counts.windows]
    return missing(countable(run.plan.month, run.started_at), known)


def _coverage(run: Run, windows: Sequence[Window], ledger: Ledger) -> Coverage:
    notes = [ledger.note] if ledger.note else []
    return coverage(run.plan.month, windows, run.started_at, *notes)


def _census(run: Run, tenant: str, ledger: Ledger, scan: Scan) -> TenantCensus:
    counts = joined(ledger.counts.windows, scan.counts)
    covered = _coverage(run, [one.window for one in counts.windows], ledger)
    found = rows(
        tenant,
        scan.inventory,
        counts,
        covered=covered.complete,
        tolerance=run.plan.edit_tolerance,
    )
    return TenantCensus(
        name=tenant,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=run.world.clock.now(),
        coverage=covered,
        totals=tenant_totals(scan.inventory, found, counts),
        api=ApiUse(),
        iflows=found,
    )


def _stand_in(run: Run, tenant: str, attempt: _Attempt[Made]) -> TenantCensus:
    """The last good rows of the month in place of a failed scan; without any, nothing."""
    earlier = run.state.last_good(tenant)
    if earlier is None:
        return _failed(tenant, attempt)
    return replace(earlier, status=TenantStatus.PARTIAL, error=str(attempt.error), api=attempt.use)


def _failed(tenant: str, attempt: _Attempt[Made]) -> TenantCensus:
    goes_on = isinstance(attempt.error, DeadlineReached)
    return TenantCensus(
        name=tenant,
        status=TenantStatus.PARTIAL if goes_on else TenantStatus.FAILED,
        error=str(attempt.error),
        scanned_at=None,
        coverage=Coverage(None, None, complete=False, reason="the tenant was not scanned"),
        totals=TenantTotals(),
        api=attempt.use,
        iflows=[],
    )
