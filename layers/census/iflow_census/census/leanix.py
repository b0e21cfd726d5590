"""Send the inventory of each completely scanned tenant to LeanIX, once."""

from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from iflow_census.census.annotations import read_annotations
from iflow_census.census.plan import LeanixPlan
from iflow_census.census.result import CLAIMED_BY_OTHER, leanix_problem
from iflow_census.census.run_context import RunContext
from iflow_census.census.systems import read_systems
from iflow_census.census.unexpected import as_census_error
from iflow_census.errors import CensusError, DeadlineExceeded, NotFound, TransientError
from iflow_census.leanix.inbound import DeliveryHooks, send_inventory
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.past import read_past
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState
from iflow_census.leanix.settings import Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.report.annotations import Annotator
from iflow_census.scan.results import TenantResult
from iflow_census.scan.systems import SystemRules
from iflow_census.store.inbound_state import InboundState, LeanixRunFiles
from iflow_census.store.lease import Lease

MAX_CONCURRENCY = 4
"""LeanIX runs that are awaited at the same time; LeanIX decides how many it processes."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The outcome of sending the inventories.

    Attributes:
        entries: for each tenant its LeanIX run, as in the result and the manifest.
        unfinished: tenants whose outcome a later call may change.
    """

    entries: Sequence[Mapping[str, Any]] = ()
    unfinished: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A tenant's entry; `final`: a later call would not change it."""

    entry: Mapping[str, Any]
    final: bool


def send_inventories(run: RunContext, plan: LeanixPlan, tenants: Sequence[str]) -> DeliveryReport:
    """Send the inventories that are not sent yet, and wait for LeanIX to process them.

    A failure of LeanIX does not affect the report; it is the `problem` of the tenant's entry. The
    tenants are those that are scanned completely; their rows are read when their turn comes.
    """
    if not tenants:
        return DeliveryReport()
    try:
        systems = read_systems(run)
        with (
            plan.open(run.deadline) as workspace,
            ThreadPoolExecutor(MAX_CONCURRENCY, thread_name_prefix="leanix") as pool,
        ):
            deliveries = list(pool.map(partial(_send, run, plan, workspace, systems), tenants))
    except Exception as error:  # noqa: BLE001 - the report is published
        failure = as_census_error(error, "LeanIX")
        deliveries = [_not_finished(tenant, failure, plan) for tenant in tenants]
    return DeliveryReport(
        [delivery.entry for delivery in deliveries],
        [
            tenant
            for tenant, delivery in zip(tenants, deliveries, strict=True)
            if not delivery.final
        ],
    )


def _send(
    run: RunContext,
    plan: LeanixPlan,
    workspace: Workspace,
    systems: SystemRules,
    tenant: str,
) -> _Delivery:
    state = InboundState(
        run.services.state, run.plan.period, run.plan.run_id, tenant, test=plan.test
    )
    earlier = state.read_outcome()
    if earlier is not None and earlier["problem"] is None:
        return _Delivery(earlier, final=True)
    reported = _run_ids(earlier)
    lease = run.make_lease(state.lease_key)

    def save_dry_run(outcome: LeanixOutcome) -> None:
        entry = {**outcome.to_dict(), "evidence": state.dry_run.folder}
        state.dry_run.save_outcome(entry, outcome.evidence())

    hooks = DeliveryHooks(
        record=_StoredRecord(state, lease, reported),
        dry_run_record=_StoredRecord(state.dry_run, lease, reported),
        announced_deletions=(state.dry_run.read_outcome() or {}).get("deleted"),
        on_state=_wait_limit(run, plan),
        on_dry_run=save_dry_run,
    )
    try:
        result = _read_result(run, tenant)
        outcome = send_inventory(
            workspace,
            result,
            run.plan.period,
            plan.settings,
            run_id=run.plan.run_id,
            test=plan.test,
            systems=systems,
            past=read_past(run.services.state, run.plan.period, result),
            hooks=hooks,
        )
    except Exception as error:  # noqa: BLE001 - it must not end the runs of the others
        failure = as_census_error(error, f"LeanIX, tenant {tenant}")
        return _not_finished(tenant, failure, plan)
    finally:
        lease.release()
    entry = outcome.to_dict()
    if plan.settings.mode is Mode.FULL and not plan.test:
        # This call may have resumed a run whose dry run an earlier one has made.
        entry["dry_run"] = state.dry_run.read_outcome()
    state.save_outcome(entry, outcome.evidence())
    return _Delivery(entry, final=True)


def _read_result(run: RunContext, tenant: str) -> TenantResult:
    result = run.work_state.read_result(tenant)
    if result is None:
        raise NotFound(f"result of tenant {tenant}: missing; run the census again")
    return Annotator(read_annotations(run)).annotate(result)


def _run_ids(entry: Mapping[str, Any] | None) -> Set[str]:
    """The ids of the LeanIX runs in an entry, which are not resumed: their end is reported."""
    if entry is None:
        return frozenset()
    return {entry["run_id"], *_run_ids(entry.get("dry_run"))}


def _wait_limit(run: RunContext, plan: LeanixPlan) -> OnState:
    """Stop waiting for a run after the plan's time."""
    started = run.clock.monotonic()

    def on_state(leanix_run: RunState) -> None:
        if plan.wait_seconds is None or leanix_run.is_final:
            return
        if run.clock.monotonic() - started >= plan.wait_seconds:
            raise DeadlineExceeded(f"LeanIX run {leanix_run.id} is still {leanix_run.status}")

    return on_state


@dataclass(frozen=True, slots=True)
class _StoredRecord:
    """A record in the work state; the lease is the right to start a run.

    Attributes:
        lease: of the tenant's deliveries in this census.
        reported: ids of runs that ended with a problem in an earlier delivery.
    """

    files: LeanixRunFiles
    lease: Lease
    reported: Set[str]

    def read(self) -> str | None:
        run_id = self.files.read_run_id()
        return None if run_id in self.reported else run_id

    def claim(self) -> str | None:
        if not self.lease.try_acquire():
            raise TransientError(CLAIMED_BY_OTHER)
        return self.read()

    def save(self, run_id: str) -> None:
        self.files.save_run_id(run_id)
        self.lease.release()


def _not_finished(tenant: str, error: CensusError, plan: LeanixPlan) -> _Delivery:
    entry = leanix_problem(tenant, str(error), test=plan.test)
    return _Delivery(entry, final=not isinstance(error, TransientError))
