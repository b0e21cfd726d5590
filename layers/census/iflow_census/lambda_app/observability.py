"""Logs and metrics of the Lambda (Powertools); the library logs to `logging`.

The service name is POWERTOOLS_SERVICE_NAME, the stack, which tells the alarms of two stacks apart.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit

from iflow_census.census.request import CensusRequest, Step
from iflow_census.census.result import CensusResult
from iflow_census.errors import CensusError, CensusIncomplete
from iflow_census.scan.results import TenantResult, TenantStatus

NAMESPACE = "IflowCensus"
_WHOLE = 100
"""The percentage of the period that a tenant's counts cover if they are complete."""

logger = Logger()
copy_config_to_registered_loggers(logger, include={"iflow_census"})
metrics = Metrics(namespace=NAMESPACE)


def log_run_started(request: CensusRequest) -> None:
    """Add the run and its step to every log line, and count the start."""
    logger.append_keys(run_id=request.run_id, period=str(request.period))
    if request.step is not None:
        logger.append_keys(step=str(request.step))
    if request.step in (Step.SCAN, Step.LEANIX):
        logger.append_keys(tenant=",".join(request.tenants or ()))
    _count("StepsStarted" if request.is_planned else "RunsStarted", 1)


def log_progress(tenant: str, stage: str, done: int, total: int) -> None:
    """Log how far the scan of a tenant is, at level DEBUG."""
    logger.debug("progress", tenant=tenant, what=stage, done=done, total=total)


def log_tenant_scanned(tenant: TenantResult, *, resumable: bool = False) -> None:
    """Log the scan of a tenant; a resumable one is not an error, although it is not complete."""
    complete = tenant.status is TenantStatus.COMPLETE
    (logger.info if complete or resumable else logger.error)(
        "tenant scanned",
        tenant=tenant.name,
        status=str(tenant.status),
        error=tenant.error,
        iflows=tenant.totals.iflows,
        requests=tenant.api.requests,
        throttled=tenant.api.throttled,
        seconds=round(tenant.api.seconds, 1),
    )
    _count("Requests", tenant.api.requests)
    _count("RequestsThrottled", tenant.api.throttled)


def log_run_finished(result: CensusResult, step: Step | None) -> None:
    """Log the result of a run or of its last steps.

    The tenants of a run in steps were logged by their scans, and are counted by the publish step.
    """
    if step is None and result.report:
        for tenant in result.report.tenants:
            log_tenant_scanned(tenant)
    if step is not Step.FINISH:
        complete = sum(tenant["status"] == TenantStatus.COMPLETE for tenant in result.tenants)
        _count("TenantsComplete", complete)
        _count("TenantsFailed", len(result.tenants) - complete)
        _count("TenantsNotCovered", sum(_is_not_covered(tenant) for tenant in result.tenants))
    if result.notice_problem is not None:
        _count("NoticesFailed", 1)
        logger.error("notice not sent", error=result.notice_problem)
    if result.event_problem is not None:
        _count("EventsFailed", 1)
        logger.error("event not sent", error=result.event_problem)
    logger.info("run finished", manifest=result.manifest, status=result.status)


def _is_not_covered(tenant: Mapping[str, Any]) -> bool:
    """Whether the report has rows of it, without the messages of the whole period."""
    percent: int = tenant.get("coverage", _WHOLE)
    return tenant["status"] != TenantStatus.FAILED and percent < _WHOLE


def log_failure(error: CensusError, step: Step | None) -> None:
    """Log why a run or a step failed: one line that says what to fix, without a traceback.

    Only the failure of a scan or of LeanIX leaves the run as such intact.
    """
    details: dict[str, Any] = {"error": str(error), "kind": type(error).__name__}
    if step is not None and isinstance(error, CensusIncomplete):
        logger.info("step not finished", **details)
    elif step in (Step.SCAN, Step.LEANIX, Step.FINISH):
        logger.error("step failed", **details)
    else:
        _count("RunsFailed", 1)
        logger.error("run failed", **details)


def _count(metric: str, value: float) -> None:
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)
