"""What a run in AWS needs, put together from the event, the settings and the secrets."""

from collections.abc import Mapping

from iflow_census.aws.secrets import tenant_secret_name
from iflow_census.aws.sns import SnsNotices
from iflow_census.census.leanix import InboundPlan
from iflow_census.census.plan import CensusPlan
from iflow_census.census.request import CensusRequest, Step
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.errors import CensusError, ConfigurationError
from iflow_census.lambda_app.settings import Settings
from iflow_census.leanix.workspace import workspace_opener
from iflow_census.store.report_writer import report_folder

PATIENCE = 5.0
"""Seconds for which a step waits for a small run of LeanIX; the state machine waits for others."""


def census_plan(
    request: CensusRequest,
    told: Settings,
    keys: Mapping[str, str | CensusError],
    seconds: float,
) -> CensusPlan:
    """The plan of a census or a checkpoint.

    Args:
        request: what is asked for.
        told: the settings.
        keys: of all tenants, as text, or why one could not be read.
        seconds: until the Lambda ends.

    Raises:
        ConfigurationError: a tenant is asked for that there is not.
    """
    wanted = request.wanted(keys)
    secrets = {name: tenant_secret_name(told.secret_prefix, name) for name in wanted}
    return CensusPlan(
        month=request.month,
        run_id=request.run_id,
        tenants={
            name: tenant_opener(
                keys.get(name, ConfigurationError(f"secret {secret}: does not exist anymore")),
                f"secret {secret}",
                limits=told.rate_limits,
                retry_policy=told.retry_policy,
            )
            for name, secret in secrets.items()
        },
        others=[name for name in keys if name not in wanted],
        formats=request.formats or told.formats,
        folder=report_folder(request.month),
        pointer=True,
        edit_tolerance=told.edit_tolerance,
        thresholds=told.thresholds,
        health=told.health,
        tenants_at_once=told.tenants_at_once,
        seconds=seconds - told.deadline_margin_seconds,
    )


def inbound_plan(request: CensusRequest, told: Settings, secret: str | None) -> InboundPlan | None:
    """How inventories go to LeanIX; None where LeanIX is not told.

    Raises:
        ConfigurationError: it is asked for, but there is no secret.
    """
    if not request.tells_leanix(told.leanix_secret, configured=secret is not None):
        return None
    return InboundPlan(
        workspace_opener(secret or "", f"secret {told.leanix_secret}"),
        told.leanix,
        test=request.leanix == "test",
        patience=PATIENCE if request.step is Step.LEANIX else None,
    )


def sns_notices(settings: Settings) -> SnsNotices | None:
    """The notifier that the settings name; None without a topic."""
    if not settings.notice_topic:
        return None
    return SnsNotices(settings.notice_topic, settings.bucket, settings.notice_link_seconds)
