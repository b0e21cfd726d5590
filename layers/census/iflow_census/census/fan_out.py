"""A run in steps, each in a Lambda of its own: docs/decisions/0004-fan-out.md.

All that one step knows of another is in the work state; the steps may be repeated, each by itself.
"""

from iflow_census.census.leanix import InboundPlan
from iflow_census.census.notify import Notices
from iflow_census.census.plan import CensusPlan, Progress, Services
from iflow_census.census.result import CensusResult
from iflow_census.census.run import (
    checkpoint_result,
    publish_census,
    published_before,
    tell_others,
)
from iflow_census.census.tenant_census import (
    Run,
    TenantOutcome,
    checkpoint_taken,
    stand_in,
    try_census,
    try_checkpoint,
)
from iflow_census.errors import ConfigurationError
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus, TenantTotals
from iflow_census.store.report_writer import read_manifest

NO_RESULT = "its scan ended without a word: see the function's log for lines of this tenant"


def scan_step(
    plan: CensusPlan, world: Services, progress: Progress, *, checkpoint: bool
) -> TenantOutcome:
    """Scan the one tenant of a plan, and leave the result, or why there is none, to the others.

    Raises:
        CensusError: the store failed.
    """
    run = Run.begin(plan, world, progress)
    (tenant,) = plan.tenants
    taken = try_checkpoint(run, tenant) if checkpoint else try_census(run, tenant)
    if taken.error is not None:
        run.state.save_failure(taken.census)
    return taken


def publish_step(
    plan: CensusPlan, world: Services, progress: Progress, notices: Notices | None
) -> CensusResult:
    """Publish what the scans of a plan's tenants left, whether they succeeded or not.

    Args:
        plan: names all tenants of the run.
        world: what lies outside.
        progress: told of each step.
        notices: where the notice goes; None: nowhere.

    Raises:
        CensusError: the store failed.
    """
    run = Run.begin(plan, world, progress)
    found = [_found(run, name) for name in sorted(plan.tenants)]
    published = read_manifest(world.reports, plan.folder)
    if published and published.of_complete_run(plan.run_id):
        result = published_before(run, published)
    else:
        result = publish_census(run, found)
    return tell_others(run, found, result, None, notices)


def checkpoint_step(
    plan: CensusPlan, world: Services, progress: Progress, notices: Notices | None
) -> CensusResult:
    """Say what the ledgers hold after the scans of a checkpoint; there is nothing to publish.

    Raises:
        CensusError: the store failed.
    """
    run = Run.begin(plan, world, progress)
    tenants = [checkpoint_taken(run, name) or _failure(run, name) for name in sorted(plan.tenants)]
    return checkpoint_result(run, tenants, notices)


def leanix_step(
    plan: CensusPlan,
    world: Services,
    progress: Progress,
    inbound: InboundPlan,
    notices: Notices | None,
) -> CensusResult:
    """Tell LeanIX of the report that the step before published.

    Raises:
        ConfigurationError: that step was left out.
        CensusIncomplete: LeanIX still works; call again.
        CensusError: the store failed.
    """
    run = Run.begin(plan, world, progress)
    published = read_manifest(world.reports, plan.folder)
    if published is None:
        raise ConfigurationError(f"there is no report of {plan.month}: step publish comes first")
    found = [_found(run, name) for name in sorted(plan.tenants)]
    return tell_others(run, found, published_before(run, published), inbound, notices)


def _found(run: Run, tenant: str) -> TenantResult:
    return run.state.read_result(tenant) or stand_in(run, _failure(run, tenant))


def _failure(run: Run, tenant: str) -> TenantResult:
    return run.state.read_failure(tenant) or TenantResult(
        name=tenant,
        status=TenantStatus.FAILED,
        error=NO_RESULT,
        scanned_at=None,
        coverage=Coverage(None, None, complete=False, reason="the tenant was not scanned"),
        totals=TenantTotals(),
        api=ApiUsage(),
        iflows=[],
    )
