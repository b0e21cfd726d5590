"""The steps of a state machine: what each one does, answers and raises.

Only names, figures and addresses are answered, since a state machine passes on 256 KB at most. What
is raised is named after what comes next, since that name is all that a state machine goes by.
"""

from typing import Any

from iflow_census.census.fan_out import checkpoint_step, leanix_step, publish_step, scan_step
from iflow_census.census.leanix import InboundPlan
from iflow_census.census.notify import Notices
from iflow_census.census.plan import CensusPlan, Services
from iflow_census.census.request import Action, CensusRequest, Step
from iflow_census.census.result import CensusResult, tenant_summary
from iflow_census.census.tenant_census import Run
from iflow_census.errors import (
    AccessError,
    CensusError,
    CensusIncomplete,
    ConfigurationError,
    DataError,
    DeadlineExceeded,
    TransientError,
)
from iflow_census.lambda_app import observability

KINDS = (ConfigurationError, AccessError, TransientError, DataError, CensusIncomplete)


def do_step(
    request: CensusRequest,
    plan: CensusPlan,
    world: Services,
    inbound: InboundPlan | None,
    notices: Notices | None,
) -> dict[str, Any]:
    """Do one step of a run, and answer what the state machine passes on.

    Returns:
        plan: `tenants_at_once` and the events of the steps that follow (`CensusRequest.steps`);
        scan: the tenant's summary; publish and leanix: `status`, `run_id`, `period`, `manifest`.

    Raises:
        CensusIncomplete: the same event again goes on where this one stopped.
        ConfigurationError, AccessError, TransientError, DataError: and nothing derived from them.
        CensusError: of any other kind; nothing is tried again after it.
    """
    try:
        return _done(request, plan, world, inbound, notices)
    except CensusError as error:
        raise _by_next(error) from error


def _done(
    request: CensusRequest,
    plan: CensusPlan,
    world: Services,
    inbound: InboundPlan | None,
    notices: Notices | None,
) -> dict[str, Any]:
    progress = observability.tell_progress
    checkpoint = request.action is Action.CHECKPOINT
    if request.step is Step.PLAN:
        Run.begin(plan, world, progress)
        events = request.steps(sorted(plan.tenants), leanix=inbound is not None)
        return {"tenants_at_once": plan.tenants_at_once, **events}
    if request.step is Step.SCAN:
        taken = scan_step(plan, world, progress, checkpoint=checkpoint)
        stopped = isinstance(taken.error, DeadlineExceeded)
        observability.tell_tenant(taken.census, goes_on=stopped)
        if taken.error is not None:
            raise taken.error
        return dict(tenant_summary(taken.census))
    if request.step is Step.LEANIX and inbound is not None:
        return _told(leanix_step(plan, world, progress, inbound, notices), counted=False)
    if checkpoint:
        return _told(checkpoint_step(plan, world, progress, notices), counted=True)
    return _told(publish_step(plan, world, progress, notices), counted=True)


def _told(result: CensusResult, *, counted: bool) -> dict[str, Any]:
    observability.tell_run(result, counted=counted)
    summary = result.summary()
    return {key: summary[key] for key in ("status", "run_id", "period", "manifest")}


def _by_next(error: CensusError) -> CensusError:
    if isinstance(error, DeadlineExceeded):
        return CensusIncomplete(str(error))
    return next((kind for kind in KINDS if isinstance(error, kind)), CensusError)(str(error))
