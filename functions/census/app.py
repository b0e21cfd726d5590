"""The Lambda handler: parse the event, wire the run, call one use case, map its result."""

import json
import os
from typing import TYPE_CHECKING, Any

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.fan_out import finish_checkpoint, finish_run, publish_scans
from iflow_census.census.request import Action, CensusRequest, Step, parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census, verify
from iflow_census.clock import Clock
from iflow_census.errors import CensusError, CensusIncomplete
from iflow_census.lambda_app.observability import (
    log_failure,
    log_run_finished,
    log_run_started,
    logger,
    metrics,
)
from iflow_census.lambda_app.settings import load_settings
from iflow_census.lambda_app.steps import leanix_step, plan_step, scan_step, step_errors
from iflow_census.lambda_app.wiring import run_context

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CLOCK = Clock()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Run the census that an event requests, or one step of it, and return the result.

    Raises:
        CensusIncomplete: the report is published, but a tenant is missing; Lambda's retry scans it
            again. The message is the result as JSON. A step continues with the same event.
        CensusError: the run failed; the message says what to fix.
    """
    step = None
    try:
        request = parse_event(event, CLOCK.now())
        step = request.step
        log_run_started(request)
        remaining = context.get_remaining_time_in_millis() / 1000
        with step_errors(step):
            run = run_context(request, load_settings(os.environ), CLOCK, remaining)
            match request.action, step:
                case Action.VERIFY, _:
                    result = verify(run)
                case Action.CENSUS, None:
                    result = run_census(run)
                case Action.CHECKPOINT, None:
                    result = run_checkpoint(run)
                case _, Step.PLAN:
                    return plan_step(run, request)
                case _, Step.SCAN:
                    return scan_step(run, request)
                case Action.CENSUS, Step.PUBLISH:
                    result = publish_scans(run)
                case Action.CHECKPOINT, Step.PUBLISH:
                    result = finish_checkpoint(run)
                case _, Step.LEANIX:
                    return leanix_step(run)
                case _:
                    result = finish_run(run, test=request.leanix == "test")
    except CensusError as error:
        log_failure(error, step)
        raise
    log_run_finished(result, step)
    return _response(request, result)


def _response(request: CensusRequest, result: CensusResult) -> dict[str, Any]:
    """The whole result of a run; of a step, what the state machine passes on."""
    summary = result.summary()
    if request.step is not None:
        return {key: summary[key] for key in ("status", "run_id", "period", "manifest")}
    if not result.complete:
        raise CensusIncomplete(json.dumps(summary, ensure_ascii=False))
    return summary
