"""One scan, two reports: the last 30 days, and last month as soon as its counts are complete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from iflow_census.census.result import CensusResult
from iflow_census.census.run import publish_census, run_census
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_census import failed_outcome, is_done, last_good_or
from iflow_census.errors import TransientError
from iflow_census.scan.results import TenantResult


def run_single_scan(run: RunContext) -> Sequence[CensusResult]:
    """Scan the tenants, publish the report of the plan, and that of the month that it completes.

    The month is published if the scan has completed its counts for at least one tenant that had no
    such rows of the month yet.

    Returns:
        The results: of the plan, and of the month if it was published.
    """
    result = run_census(run)
    if run.plan.completes is None:
        return [result]
    month = replace(run, plan=run.plan.completes)
    scanned = result.report.tenants if result.report else []
    failures = {tenant.name: tenant for tenant in scanned if tenant.error is not None}
    names = sorted(month.plan.tenants)
    if not any(_completed(month, name) for name in names):
        return [result]
    return [result, publish_census(month, (_of_month(month, name, failures) for name in names))]


def _completed(month: RunContext, name: str) -> bool:
    finished = month.work_state.read_result(name)
    return finished is not None and is_done(month, finished)


def _of_month(month: RunContext, name: str, failures: Mapping[str, TenantResult]) -> TenantResult:
    finished = month.work_state.read_result(name)
    if finished is not None:
        return finished
    last_good = month.work_state.read_last_good(name)
    if last_good is not None and is_done(month, last_good):
        return replace(last_good, carried_over=True)
    missing = failed_outcome(name, TransientError("not scanned by this run; run again"))
    return last_good_or(month, failures.get(name, missing.result))
