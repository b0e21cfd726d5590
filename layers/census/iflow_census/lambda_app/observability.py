"""Logger, metrics and tracer of the Lambda (Powertools); the library logs to `logging` itself.

They name the service that POWERTOOLS_SERVICE_NAME says: the stack, so that the alarms of two
stacks are told apart.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit

from iflow_census.census.request import CensusRequest, Step
from iflow_census.census.result import CensusResult
from iflow_census.errors import CensusError, CensusIncomplete
from iflow_census.scan.results import TenantResult, TenantStatus

NAMESPACE = "IflowCensus"

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@cache
def logger() -> Logger:
    """Structured logs; the library's own loggers write through it."""
    made = Logger()
    copy_config_to_registered_loggers(made, include={"iflow_census"})
    return made


@cache
def metrics() -> Metrics:
    """Metrics in the embedded format, written to the log and read from there by CloudWatch."""
    return Metrics(namespace=NAMESPACE)


def observed(handler: Handler) -> Handler:
    """The handler with logs that name the invocation, metrics flushed and a trace."""
    traced = Tracer().capture_lambda_handler(handler, capture_response=False)
    measured = metrics().log_metrics(traced)
    return cast("Handler", logger().inject_lambda_context(measured, clear_state=True))


def tell_start(request: CensusRequest) -> None:
    """Let every line of the log name the run, and the step of it."""
    logger().append_keys(run_id=request.run_id, period=str(request.month))
    if request.step is not None:
        logger().append_keys(step=str(request.step))
    if request.step is Step.SCAN:
        logger().append_keys(tenant=",".join(request.tenants or ()))
    _add("StepsStarted" if request.is_planned else "RunsStarted", 1)


def tell_progress(tenant: str, what: str, done: int, total: int) -> None:
    """Write each step, for those who set the log level to DEBUG."""
    logger().debug("progress", tenant=tenant, what=what, done=done, total=total)


def tell(result: CensusResult) -> None:
    """Write what a run brought to log and metrics: one line per tenant, and one for the run."""
    for tenant in result.report.tenants if result.report else ():
        tell_tenant(tenant)
    tell_run(result, counted=True)


def tell_tenant(tenant: TenantResult, *, goes_on: bool = False) -> None:
    """Write what the scan of a tenant brought, in one line; `goes_on`: what lacks is no error."""
    complete = tenant.status is TenantStatus.COMPLETE
    (logger().info if complete or goes_on else logger().error)(
        "tenant scanned",
        tenant=tenant.name,
        status=str(tenant.status),
        error=tenant.error,
        iflows=tenant.totals.iflows,
        requests=tenant.api.requests,
        throttled=tenant.api.throttled,
        seconds=round(tenant.api.seconds, 1),
    )
    _add("Requests", tenant.api.requests)
    _add("RequestsThrottled", tenant.api.throttled)


def tell_run(result: CensusResult, *, counted: bool) -> None:
    """Write how a run ended, in one line.

    Args:
        result: of the run.
        counted: its tenants go into the metrics; not where another step has counted them.
    """
    if counted:
        complete_ones = [one for one in result.tenants if one["status"] == TenantStatus.COMPLETE]
        _add("TenantsComplete", len(complete_ones))
        _add("TenantsFailed", len(result.tenants) - len(complete_ones))
    if result.notice_problem is not None:
        _add("NoticesFailed", 1)
        logger().error("notice not sent", error=result.notice_problem)
    logger().info("run finished", manifest=result.manifest, status=result.status)


def tell_failure(error: CensusError, step: Step | None = None) -> None:
    """Write why a run or a step of it did nothing: one line that says what to mend, no traceback.

    A run is not lost with the scan of a tenant, or with what LeanIX is told.
    """
    said: dict[str, Any] = {"error": str(error), "kind": type(error).__name__}
    if step is not None and isinstance(error, CensusIncomplete):
        logger().info("step goes on", **said)
    elif step in (Step.SCAN, Step.LEANIX):
        logger().error("step failed", **said)
    else:
        _add("RunsFailed", 1)
        logger().error("run failed", **said)


def _add(metric: str, value: float) -> None:
    metrics().add_metric(name=metric, unit=MetricUnit.Count, value=value)
