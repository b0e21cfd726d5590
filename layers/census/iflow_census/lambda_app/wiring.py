"""Build the context of a run from the event, the settings and the secrets."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import boto3

from iflow_census.aws.events import EventBridge
from iflow_census.aws.s3 import S3Store
from iflow_census.aws.secrets import (
    list_tenant_names,
    read_leanix_secret,
    read_tenant_key,
    tenant_secret_name,
)
from iflow_census.aws.sns import SnsNotifier
from iflow_census.census.plan import CensusPlan, LeanixPlan, OpenTenant
from iflow_census.census.request import Action, CensusRequest, Step
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.lambda_app.observability import log_progress
from iflow_census.lambda_app.settings import Settings
from iflow_census.leanix.workspace import workspace_opener
from iflow_census.report.formats import formats_of
from iflow_census.store.protocol import Store
from iflow_census.store.run_plan import RunPlanFile

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_THREADS = 32
"""How many tenants one Lambda scans at the same time."""

LEANIX_STEP_SECONDS = 5.0
"""How long the LeanIX step waits for a run; the state machine waits for longer ones."""


def run_context(
    request: CensusRequest, settings: Settings, clock: Clock, remaining_seconds: float
) -> RunContext:
    """Build the context of a run; a tenant's secret is read when the tenant is opened.

    `remaining_seconds` is the time until the Lambda times out.

    Raises:
        ConfigurationError: an unknown tenant, no tenant at all, or LeanIX requested without a
            secret.
        AccessError: the role may not list the secrets, or not read that of LeanIX.
    """
    deadline = Deadline(clock, remaining_seconds - settings.deadline_margin_seconds)
    secrets = boto3.client("secretsmanager")
    leanix = None
    if request.may_send_to_leanix:
        secret = read_leanix_secret(secrets, settings.secret_prefix)
        leanix = _leanix_plan(request, settings, secret)
    store = S3Store(boto3.client("s3"), settings.bucket)
    return RunContext(
        plan=_census_plan(request, settings, secrets, store),
        services=Services(reports=store, state=store, clock=clock),
        progress=log_progress,
        deadline=deadline,
        leanix=leanix,
        notifier=_notifier(settings),
        events=EventBridge(),
    )


def _census_plan(
    request: CensusRequest, settings: Settings, secrets: "SecretsManagerClient", state: Store
) -> CensusPlan:
    names, other_names = _tenant_names(request, settings, secrets, state)
    return CensusPlan(
        period=request.period,
        run_id=request.run_id,
        tenants={name: _tenant_opener(secrets, settings, name) for name in names},
        other_tenants=other_names,
        formats=formats_of(request.period, request.formats or settings.formats),
        edit_tolerance=settings.edit_tolerance,
        thresholds=settings.thresholds,
        health=settings.health,
        last_errors=settings.last_errors,
        models=settings.models,
        owner_tag=settings.owner_tag,
        tenants_at_once=(
            settings.tenants_at_once
            if request.step is Step.PLAN
            else min(settings.tenants_at_once, MAX_THREADS)
        ),
    )


def _tenant_names(
    request: CensusRequest, settings: Settings, secrets: "SecretsManagerClient", state: Store
) -> tuple[Sequence[str], Sequence[str]]:
    """The tenants of the run or step, and the other configured ones, if it needs their names."""
    if request.action is Action.VERIFY:
        return (), ()
    match request.step:
        case Step.SCAN | Step.LEANIX:
            return request.tenants or (), ()
        case Step.PUBLISH | Step.FINISH:
            plan = RunPlanFile(state, request.period, request.run_id).read()
            return plan.tenants, plan.other_tenants
        case _:
            configured = list_tenant_names(secrets, settings.secret_prefix)
            names = request.select_tenants(configured)
            return names, [name for name in configured if name not in names]


def _tenant_opener(secrets: "SecretsManagerClient", settings: Settings, tenant: str) -> OpenTenant:
    """Return a function that reads the key of this tenant only, and opens the tenant."""
    return tenant_opener(
        partial(read_tenant_key, secrets, settings.secret_prefix, tenant),
        f"secret {tenant_secret_name(settings.secret_prefix, tenant)}",
        limits=settings.rate_limits,
        retry_policy=settings.retry_policy,
    )


def _leanix_plan(
    request: CensusRequest, settings: Settings, secret: str | None
) -> LeanixPlan | None:
    if not request.sends_to_leanix(settings.leanix_secret, configured=secret is not None):
        return None
    return LeanixPlan(
        workspace_opener(secret or "", f"secret {settings.leanix_secret}"),
        settings.leanix,
        test=request.leanix == "test",
        wait_seconds=LEANIX_STEP_SECONDS if request.step is Step.LEANIX else None,
    )


def _notifier(settings: Settings) -> SnsNotifier | None:
    if not settings.notice_topic:
        return None
    return SnsNotifier(settings.notice_topic, settings.bucket, settings.notice_link_seconds)
