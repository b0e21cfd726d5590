"""After the report: the inventory of each completely scanned tenant goes to LeanIX, once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from iflow_census.census.tenant_census import Run
from iflow_census.errors import CensusError, DeadlineExceeded, TransientError
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import OpenWorkspace, Workspace
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.store.inbound_state import InboundState

MAX_CONCURRENCY = 4
"""Runs waited for side by side; LeanIX itself decides how many it works on."""

CLAIM_TTL = timedelta(seconds=30)
"""How long another delivery of the same event may take to start a run that it claimed."""

NOT_ENDED = "PENDING"

_Told = tuple[Mapping[str, Any], bool]
"""A tenant's entry, and whether that is the end of it."""

BEING_SENT = "another delivery of the same event is sending it"


@dataclass(frozen=True, slots=True)
class InboundPlan:
    """How inventories go to LeanIX.

    Attributes:
        open: opens the workspace.
        settings: how the inventory appears there.
        test: as a dry run, which changes nothing.
        patience: seconds that a started run is waited for; None: to its end.
    """

    open: OpenWorkspace
    settings: LeanixSettings
    test: bool
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the inventories.

    Attributes:
        entries: per tenant what became of its run, as it stands in result and manifest.
        unfinished: the tenants of which a later call may bring more.
    """

    entries: Sequence[Mapping[str, Any]] = ()
    unfinished: Sequence[str] = ()


def send_inventories(run: Run, plan: InboundPlan, tenants: Sequence[TenantResult]) -> Sent:
    """Send what is complete and not sent yet, and wait for the end of it.

    LeanIX being down costs no report: what went wrong is in the `problem` of a tenant's entry.

    Raises:
        CensusError: the store failed.
    """
    complete = [tenant for tenant in tenants if tenant.status is TenantStatus.COMPLETE]
    if not complete:
        return Sent()
    try:
        with (
            plan.open(run.deadline) as workspace,
            ThreadPoolExecutor(MAX_CONCURRENCY, thread_name_prefix="leanix") as pool,
        ):
            told = list(pool.map(partial(_send, run, plan, workspace), complete))
    except CensusError as error:
        told = [_not_ended(tenant.name, error, plan) for tenant in complete]
    return Sent(
        [entry for entry, _ in told],
        [tenant.name for tenant, (_, ended) in zip(complete, told, strict=True) if not ended],
    )


def _send(run: Run, plan: InboundPlan, workspace: Workspace, tenant: TenantResult) -> _Told:
    clock = run.world.clock
    state = InboundState(
        run.world.state, run.plan.month, run.plan.run_id, tenant.name, test=plan.test
    )
    ended = state.read_outcome()
    if ended:
        return ended, True
    claim = state.claim(clock.now())
    if claim.is_held_by_other(clock.now(), CLAIM_TTL):
        busy = TransientError(BEING_SENT)
        return _not_ended(tenant.name, busy, plan)
    begin = clock.monotonic()

    def on_state(found: RunState) -> None:
        if plan.patience is None or found.is_final:
            return
        if clock.monotonic() - begin >= plan.patience:
            raise DeadlineExceeded(f"LeanIX run {found.id} is still {found.status}")

    try:
        outcome = send_inventory(
            workspace,
            tenant,
            run.plan.month,
            plan.settings,
            run_id=run.plan.run_id,
            test=plan.test,
            known_run=claim.leanix_run_id,
            on_started=state.save_run_id,
            on_state=on_state,
        )
    except CensusError as error:
        return _not_ended(tenant.name, error, plan)
    state.save_outcome(outcome.to_dict(), outcome.stats, outcome.warnings, outcome.results)
    return outcome.to_dict(), True


def _not_ended(tenant: str, error: CensusError, plan: InboundPlan) -> _Told:
    entry = {
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
        "problem": str(error),
    }
    return entry, not isinstance(error, TransientError)
