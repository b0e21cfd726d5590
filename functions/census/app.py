"""The Lambda: parses the event, puts the parts together, runs the census."""

import json
import os
from typing import TYPE_CHECKING, Any

import boto3

from iflow_census import observability
from iflow_census.census.inbound import InboundPlan
from iflow_census.census.plan import CensusPlan, World
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census, run_checkpoint, verify
from iflow_census.clock import Clock
from iflow_census.cloud_integration.opening import tenant_opener
from iflow_census.config import settings
from iflow_census.errors import CensusError, CensusIncomplete
from iflow_census.leanix.opening import workspace_opener
from iflow_census.request import Action, CensusRequest, parse_event
from iflow_census.secrets_manager import read_leanix_secret, read_tenant_keys
from iflow_census.store.publication import report_folder
from iflow_census.store.s3 import S3Store

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CLOCK = Clock()


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Run the census that an event asks for, and answer with its result.

    Raises:
        CensusIncomplete: the report is published, but a tenant is missing from it; Lambda's own
            retry comes back for it. The result is in the message, as JSON.
        CensusError: nothing could be done; the message says what to mend.
    """
    return observability.observed(_handle)(event, context)


def _handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    try:
        request = parse_event(event, CLOCK.now())
        observability.tell_start(request)
        result = _run(request, context)
    except CensusError as error:
        observability.tell_failure(error)
        raise
    observability.tell(result)
    if not result.complete:
        raise CensusIncomplete(json.dumps(result.summary(), ensure_ascii=False))
    return result.summary()


def _run(request: CensusRequest, context: "LambdaContext") -> CensusResult:
    told = settings(os.environ)
    store = S3Store(boto3.client("s3"), told.bucket)
    folder = report_folder(request.month)
    if request.action is Action.VERIFY:
        return verify(request.month, folder, store)
    secrets = boto3.client("secretsmanager")
    keys = read_tenant_keys(secrets, told.secret_prefix)
    wanted = request.wanted(keys)
    plan = CensusPlan(
        month=request.month,
        run_id=request.run_id,
        tenants={
            name: tenant_opener(
                keys[name],
                f"secret {told.secret_prefix}/tenants/{name}",
                limits=told.rate_limits,
                patience=told.patience,
            )
            for name in wanted
        },
        others=[name for name in keys if name not in wanted],
        formats=request.formats or told.formats,
        folder=folder,
        pointer=True,
        edit_tolerance=told.edit_tolerance,
        tenants_at_once=told.tenants_at_once,
        seconds=context.get_remaining_time_in_millis() / 1000 - told.deadline_margin_seconds,
    )
    world = World(store, store, CLOCK)
    if request.action is Action.CHECKPOINT:
        return run_checkpoint(plan, world, observability.tell_progress)
    secret = read_leanix_secret(secrets, told.secret_prefix)
    inbound = None
    if request.tells_leanix(told.leanix_secret, configured=secret is not None):
        opener = workspace_opener(secret or "", f"secret {told.leanix_secret}")
        inbound = InboundPlan(opener, told.leanix, test=request.leanix == "test")
    return run_census(plan, world, observability.tell_progress, inbound)
