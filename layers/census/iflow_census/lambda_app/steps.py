"""The steps of the state machine: their responses, and the errors that it acts on.

A state machine passes on at most 256 KB, so no response grows with the number of tenants. It
selects retries by an error's class name and knows no inheritance, so a step raises one of a few.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from iflow_census.aws.executions import is_execution_running
from iflow_census.census.fan_out import claim_run, plan_file, scan_only_tenant, send_tenant
from iflow_census.census.request import Action, CensusRequest, Step
from iflow_census.census.result import tenant_summary
from iflow_census.census.run_context import RunContext
from iflow_census.errors import (
    AccessError,
    CensusError,
    CensusIncomplete,
    ConfigurationError,
    DataError,
    DeadlineExceeded,
    TransientError,
)
from iflow_census.lambda_app.observability import log_tenant_scanned

STEP_ERRORS = (ConfigurationError, AccessError, TransientError, DataError, CensusIncomplete)


def plan_step(run: RunContext, request: CensusRequest) -> dict[str, Any]:
    """Begin the run, or go on with it where another execution has ended.

    Returns:
        The key of the plan, `tenants_at_once`, and the events of the steps that follow
        (`CensusRequest.steps`). If another execution is working on the run, only its ARN, as
        `duplicate_of`.
    """
    plan = claim_run(run, request, is_execution_running)
    if plan.execution != request.execution:
        return {"duplicate_of": plan.execution}
    return {
        "plan": plan_file(run).key,
        "tenants_at_once": run.plan.tenants_at_once,
        **request.steps(leanix=run.leanix is not None),
    }


def scan_step(run: RunContext, request: CensusRequest) -> dict[str, Any]:
    """Scan or count one tenant, and return its summary. Raises the error of a failed scan."""
    outcome = scan_only_tenant(run, checkpoint=request.action is Action.CHECKPOINT)
    resumable = isinstance(outcome.error, DeadlineExceeded)
    log_tenant_scanned(outcome.result, resumable=resumable)
    if outcome.error is not None:
        raise outcome.error
    return dict(tenant_summary(outcome.result))


def leanix_step(run: RunContext) -> dict[str, Any]:
    """Send the inventory of one tenant to LeanIX, and return the outcome.

    Raises:
        CensusIncomplete: LeanIX is still working; call again.
    """
    entry = send_tenant(run, run.leanix) if run.leanix else None
    return {"sent": entry is not None, "problem": entry["problem"] if entry else None}


@contextmanager
def step_errors(step: Step | None) -> Iterator[None]:
    """Translate the errors of a step for the state machine; without a step nothing changes.

    Raises:
        CensusIncomplete: the same event continues where this one stopped.
        ConfigurationError, AccessError, TransientError, DataError: never one of their subclasses.
        CensusError: any other error, which is not retried.
    """
    try:
        yield
    except CensusError as error:
        if step is None:
            raise
        if isinstance(error, DeadlineExceeded):
            raise CensusIncomplete(str(error)) from error
        kind = next((kind for kind in STEP_ERRORS if isinstance(error, kind)), CensusError)
        raise kind(str(error)) from error
