"""The Lambda: parses the event, puts the parts together, runs the census."""

import json
import os
from typing import TYPE_CHECKING, Any

import boto3

from iflow_census.aws.s3 import S3Store
from iflow_census.aws.secrets import read_leanix_secret, read_tenant_keys
from iflow_census.census.leanix import InboundPlan
from iflow_census.census.notify import Notices
from iflow_census.census.plan import CensusPlan, Services
from iflow_census.census.request import Action, CensusRequest, Step, parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census, run_checkpoint, verify
from iflow_census.clock import Clock
from iflow_census.errors import CensusError, CensusIncomplete
from iflow_census.lambda_app import observability
from iflow_census.lambda_app.settings import settings
from iflow_census.lambda_app.steps import do_step
from iflow_census.lambda_app.wiring import census_plan, inbound_plan, sns_notices
from iflow_census.store.report_writer import report_folder

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CLOCK = Clock()


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Run the census that an event asks for, or a step of it, and answer with its result.

    Raises:
        CensusIncomplete: the report is published, but a tenant is missing from it; Lambda's own
            retry comes back for it. The result is in the message, as JSON. Of a step: it goes on
            where the same event is sent again.
        CensusError: nothing could be done; the message says what to mend.
    """
    return observability.observed(_handle)(event, context)


def _handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    step = None
    try:
        request = parse_event(event, CLOCK.now())
        step = request.step
        observability.tell_start(request)
        told = settings(os.environ)
        store = S3Store(boto3.client("s3"), told.bucket)
        if request.action is Action.VERIFY:
            result = verify(request.month, report_folder(request.month), store)
        else:
            secrets = boto3.client("secretsmanager")
            keys = read_tenant_keys(secrets, told.secret_prefix)
            plan = census_plan(request, told, keys, context.get_remaining_time_in_millis() / 1000)
            inbound = None
            if request.action is Action.CENSUS and step not in (Step.SCAN, Step.PUBLISH):
                secret = read_leanix_secret(secrets, told.secret_prefix)
                inbound = inbound_plan(request, told, secret)
            world = Services(store, store, CLOCK)
            notices = sns_notices(told)
            if step is not None:
                return do_step(request, plan, world, inbound, notices)
            result = _run(request, plan, world, inbound, notices)
    except CensusError as error:
        observability.tell_failure(error, step)
        raise
    observability.tell(result)
    if not result.complete:
        raise CensusIncomplete(json.dumps(result.summary(), ensure_ascii=False))
    return result.summary()


def _run(
    request: CensusRequest,
    plan: CensusPlan,
    world: Services,
    inbound: InboundPlan | None,
    notices: Notices | None,
) -> CensusResult:
    if request.action is Action.CHECKPOINT:
        return run_checkpoint(plan, world, observability.tell_progress, notices)
    return run_census(plan, world, observability.tell_progress, inbound, notices)
