"""Send the inventory of each completely scanned tenant to LeanIX, once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from iflow_census.census.plan import LeanixPlan
from iflow_census.census.result import CLAIMED_BY_OTHER, leanix_problem
from iflow_census.census.run_context import RunContext
from iflow_census.census.unexpected import as_census_error
from iflow_census.errors import CensusError, DeadlineExceeded, TransientError
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.store.inbound_state import InboundState

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


def send_inventories(
    run: RunContext, plan: LeanixPlan, tenants: Sequence[TenantResult]
) -> DeliveryReport:
    """Send the inventories that are complete and not sent yet, and wait for LeanIX to process them.

    A failure of LeanIX does not affect the report; it is the `problem` of the tenant's entry.

    Raises:
        CensusError: the store failed.
    """
    complete = [tenant for tenant in tenants if tenant.status is TenantStatus.COMPLETE]
    if not complete:
        return DeliveryReport()
    try:
        with (
            plan.open(run.deadline) as workspace,
            ThreadPoolExecutor(MAX_CONCURRENCY, thread_name_prefix="leanix") as pool,
        ):
            deliveries = list(pool.map(partial(_send, run, plan, workspace), complete))
    except Exception as error:  # noqa: BLE001 - the report is published
        failure = as_census_error(error, "LeanIX")
        deliveries = [_not_finished(tenant.name, failure, plan) for tenant in complete]
    return DeliveryReport(
        [delivery.entry for delivery in deliveries],
        [
            tenant.name
            for tenant, delivery in zip(complete, deliveries, strict=True)
            if not delivery.final
        ],
    )


def _send(
    run: RunContext, plan: LeanixPlan, workspace: Workspace, tenant: TenantResult
) -> _Delivery:
    clock = run.clock
    state = InboundState(
        run.services.state, run.plan.period, run.plan.run_id, tenant.name, test=plan.test
    )
    outcome_entry = state.read_outcome()
    if outcome_entry:
        return _Delivery(outcome_entry, final=True)
    lease = run.make_lease(state.lease_key)
    if state.read_run_id() is None and not lease.try_acquire():
        return _not_finished(tenant.name, TransientError(CLAIMED_BY_OTHER), plan)
    started = clock.monotonic()

    def on_started(leanix_run_id: str) -> None:
        state.save_run_id(leanix_run_id)
        lease.release()

    def on_state(leanix_run: RunState) -> None:
        if plan.wait_seconds is None or leanix_run.is_final:
            return
        if clock.monotonic() - started >= plan.wait_seconds:
            raise DeadlineExceeded(f"LeanIX run {leanix_run.id} is still {leanix_run.status}")

    try:
        outcome = send_inventory(
            workspace,
            tenant,
            run.plan.period,
            plan.settings,
            run_id=run.plan.run_id,
            test=plan.test,
            known_run=state.read_run_id(),
            on_started=on_started,
            on_state=on_state,
        )
    except Exception as error:  # noqa: BLE001 - it must not end the runs of the others
        failure = as_census_error(error, f"LeanIX, tenant {tenant.name}")
        return _not_finished(tenant.name, failure, plan)
    finally:
        lease.release()
    state.save_outcome(outcome.to_dict(), outcome.stats, outcome.warnings, outcome.results)
    return _Delivery(outcome.to_dict(), final=True)


def _not_finished(tenant: str, error: CensusError, plan: LeanixPlan) -> _Delivery:
    entry = leanix_problem(tenant, str(error), test=plan.test)
    return _Delivery(entry, final=not isinstance(error, TransientError))
