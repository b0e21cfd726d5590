"""After the report: the inventory of each completely scanned tenant goes to LeanIX, once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from iflow_census.census.tenant_census import Run
from iflow_census.errors import CensusError
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.opening import OpenWorkspace
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.census import TenantCensus, TenantStatus
from iflow_census.store.inbound_state import InboundState

AT_ONCE = 4
"""Runs waited for side by side; LeanIX itself decides how many it works on."""

BUSY = timedelta(seconds=30)
"""How long another delivery of the same event may take to start a run that it claimed."""

NOT_ENDED = "PENDING"


@dataclass(frozen=True, slots=True)
class InboundPlan:
    """How inventories go to LeanIX.

    Attributes:
        open: opens the workspace.
        settings: how the inventory appears there.
        test: as a dry run, which changes nothing.
    """

    open: OpenWorkspace
    settings: LeanixSettings
    test: bool


def send_inventories(
    run: Run, plan: InboundPlan, tenants: Sequence[TenantCensus]
) -> list[Mapping[str, Any]]:
    """Send what is complete and not sent yet, and wait for the end of it.

    LeanIX being down costs no report: what went wrong is in the `problem` of a tenant's entry.

    Returns:
        Per tenant what became of its run, as it stands in result and manifest.

    Raises:
        CensusError: the store failed.
    """
    complete = [tenant for tenant in tenants if tenant.status is TenantStatus.COMPLETE]
    if not complete:
        return []
    try:
        with (
            plan.open(run.deadline) as workspace,
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="leanix") as pool,
        ):
            return list(pool.map(partial(_send, run, plan, workspace), complete))
    except CensusError as error:
        return [_not_ended(tenant.name, str(error), plan) for tenant in complete]


def _send(
    run: Run, plan: InboundPlan, workspace: Workspace, tenant: TenantCensus
) -> Mapping[str, Any]:
    state = InboundState(
        run.world.state, run.plan.month, run.plan.run_id, tenant.name, test=plan.test
    )
    ended = state.outcome()
    if ended:
        return ended
    claim = state.claim(run.world.clock.now())
    if claim.others_since(run.world.clock.now(), BUSY):
        return _not_ended(tenant.name, "another delivery of the same event is sending it", plan)
    try:
        outcome = send_inventory(
            workspace,
            tenant,
            run.plan.month,
            plan.settings,
            run_id=run.plan.run_id,
            test=plan.test,
            known_run=claim.leanix_run,
            on_started=state.started,
        )
    except CensusError as error:
        return _not_ended(tenant.name, str(error), plan)
    state.keep(outcome.plain(), outcome.stats, outcome.warnings, outcome.results)
    return outcome.plain()


def _not_ended(tenant: str, problem: str, plan: InboundPlan) -> Mapping[str, Any]:
    return {
        "tenant": tenant,
        "run_id": None,
        "status": NOT_ENDED,
        "test": plan.test,
        "created": None,
        "updated": None,
        "unchanged": None,
        "deleted": None,
        "errors": 0,
        "warnings": 0,
        "problem": problem,
    }
