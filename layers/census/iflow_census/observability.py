"""Logger, metrics and tracer of the Lambda (Powertools); the library itself logs to `logging`."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit

from iflow_census.census.result import CensusResult
from iflow_census.report.census_report import CensusReport
from iflow_census.scan.census import TenantStatus

SERVICE = "iflow-census"
NAMESPACE = "IflowCensus"

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@cache
def logger() -> Logger:
    """Structured logs; the library's own loggers write through it."""
    made = Logger(service=SERVICE)
    copy_config_to_registered_loggers(made, include={"iflow_census"})
    return made


@cache
def metrics() -> Metrics:
    """Metrics in the embedded format, written to the log and read from there by CloudWatch."""
    return Metrics(namespace=NAMESPACE, service=SERVICE)


def observed(handler: Handler) -> Handler:
    """The handler with logs that name the invocation, metrics flushed and a trace."""
    traced = Tracer(service=SERVICE).capture_lambda_handler(handler, capture_response=False)
    measured = metrics().log_metrics(traced)
    return cast("Handler", logger().inject_lambda_context(measured, clear_state=True))


def tell(result: CensusResult) -> None:
    """Write what a run brought to log and metrics: one line per tenant, and one for the run."""
    if result.report:
        _measure(result.report)
        for tenant in result.report.tenants:
            complete = tenant.status is TenantStatus.COMPLETE
            (logger().info if complete else logger().error)(
                "tenant scanned",
                tenant=tenant.name,
                status=str(tenant.status),
                error=tenant.error,
                iflows=tenant.totals.iflows,
                requests=tenant.api.requests,
                throttled=tenant.api.throttled,
                seconds=round(tenant.api.seconds, 1),
            )
    logger().info("run finished", manifest=result.manifest, status=result.status)


def _measure(report: CensusReport) -> None:
    figures = {
        "TenantsComplete": 0,
        "TenantsFailed": 0,
        "Iflows": 0,
        "Messages": 0,
        "Requests": 0,
        "RequestsThrottled": 0,
    }
    for tenant in report.tenants:
        complete = tenant.status is TenantStatus.COMPLETE
        figures["TenantsComplete" if complete else "TenantsFailed"] += 1
        figures["Iflows"] += tenant.totals.iflows
        figures["Messages"] += tenant.totals.messages or 0
        figures["Requests"] += tenant.api.requests
        figures["RequestsThrottled"] += tenant.api.throttled
    for name, value in figures.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
