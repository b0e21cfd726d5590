"""The checkpoint: count the messages of the month so far, while SAP still has their logs."""

from collections.abc import Sequence
from dataclasses import replace

from iflow_census.census.notify import notify_checkpoint
from iflow_census.census.result import CensusResult, tenant_summary
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_census import (
    TenantOutcome,
    attempt_scan,
    scan_concurrently,
    with_tenant_lease,
)
from iflow_census.census.tenant_result import Counting, start_counting
from iflow_census.scan.counting import count_messages
from iflow_census.scan.month_counts import MonthCounts
from iflow_census.scan.results import ApiUsage, TenantResult, TenantStatus, TenantTotals


def run_checkpoint(run: RunContext) -> CensusResult:
    """Add the message counts of the month so far to each tenant's ledger; write no report.

    People are notified if a tenant could not be counted.
    """
    outcomes = scan_concurrently(run, count_tenant)
    return checkpoint_result(run, [outcome.result for outcome in outcomes])


def checkpoint_result(run: RunContext, tenants: Sequence[TenantResult]) -> CensusResult:
    """The result of a checkpoint; people are notified if a tenant is missing."""
    complete = all(tenant.status is TenantStatus.COMPLETE for tenant in tenants)
    result = CensusResult(
        status=str(TenantStatus.COMPLETE if complete else TenantStatus.PARTIAL),
        run_id=run.plan.run_id,
        period=str(run.plan.period),
        manifest=None,
        tenants=[tenant_summary(tenant) for tenant in tenants],
        coverage_complete=all(tenant.is_counted_completely for tenant in tenants),
    )
    return notify_checkpoint(run, result)


def count_tenant(run: RunContext, tenant: str) -> TenantOutcome:
    """Count what the tenant's ledger does not have yet, and add it; the result has no rows."""
    return with_tenant_lease(run, tenant, lambda leased: _count(leased, tenant))


def _count(run: RunContext, tenant: str) -> TenantOutcome:
    counting = start_counting(run, tenant)
    if not counting.uncounted_windows():
        return TenantOutcome(_tenant_result(tenant, counting, counting.ledger.counts))
    attempt = attempt_scan(
        run, tenant, counting.uncounted_windows, lambda scan, _: counting.add(scan.counts)
    )
    if isinstance(attempt, TenantOutcome):
        return attempt
    run.ledger(tenant).add(attempt.counts)
    return TenantOutcome(replace(_tenant_result(tenant, counting, attempt.value), api=attempt.api))


def read_checkpoint(run: RunContext, tenant: str) -> TenantResult | None:
    """The result of a checkpoint that another step has finished; None if a part is missing."""
    started_at = run.work_state.find_counting_start(tenant)
    if started_at is None:
        return None
    counting = Counting(run.plan.period, run.ledger(tenant).read(), started_at)
    if counting.uncounted_windows():
        return None
    return _tenant_result(tenant, counting, counting.ledger.counts)


def _tenant_result(tenant: str, counting: Counting, counts: MonthCounts) -> TenantResult:
    return TenantResult(
        name=tenant,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=None,
        coverage=counting.coverage(counts),
        totals=TenantTotals(messages=count_messages(counts.total)),
        api=ApiUsage(),
        iflows=[],
    )
