"""The steps of a run that is spread over several Lambdas: docs/decisions/0004-fan-out.md.

The steps share nothing but the work state, and each can be repeated on its own.
"""

from contextlib import suppress
from dataclasses import replace

from iflow_census.census.checkpoint import checkpoint_result, count_tenant, read_checkpoint
from iflow_census.census.result import CensusResult
from iflow_census.census.run import notify_downstream, publish_census, result_from_manifest
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_census import (
    TenantOutcome,
    failed_outcome,
    last_good_or,
    scan_concurrently,
    scan_or_resume,
)
from iflow_census.errors import ConfigurationError, TransientError
from iflow_census.scan.results import TenantResult
from iflow_census.store.lease import LeaseLost
from iflow_census.store.report_writer import read_manifest

NO_RESULT = "the scan ended without a result; search the function's log for this tenant"


def scan_only_tenant(run: RunContext, *, checkpoint: bool) -> TenantOutcome:
    """Scan or count the one tenant of the plan, and store the result or why there is none.

    Raises:
        CensusError: the store failed.
    """
    (outcome,) = scan_concurrently(run, count_tenant if checkpoint else scan_or_resume)
    if outcome.error is not None:
        lease = run.tenant_lease(outcome.result.name)
        with suppress(LeaseLost):  # the run that has the tenant now has a result of its own
            replace(run, lease=lease).work_state.save_failure(outcome.result)
    return outcome


def publish_scans(run: RunContext) -> CensusResult:
    """Publish the stored results of the plan's tenants, failed ones included, and notify people.

    Raises:
        CensusError: the store failed.
    """
    tenants = [_stored_result(run, name) for name in sorted(run.plan.tenants)]
    manifest = read_manifest(run.services.reports, run.plan.folder)
    if manifest and manifest.of_complete_run(run.plan.run_id, run.plan.configured):
        result = result_from_manifest(run, manifest)
    else:
        result = publish_census(run, tenants)
    return notify_downstream(run, tenants, result)


def finish_checkpoint(run: RunContext) -> CensusResult:
    """Sum up the ledgers after the tenants of a checkpoint were counted; nothing is published.

    Raises:
        CensusError: the store failed.
    """
    tenants = sorted(run.plan.tenants)
    return checkpoint_result(
        run, [read_checkpoint(run, tenant) or _failure(run, tenant) for tenant in tenants]
    )


def send_to_leanix(run: RunContext) -> CensusResult:
    """Send the inventories of the report that the publish step wrote to LeanIX.

    Raises:
        ConfigurationError: no report is published.
        CensusIncomplete: LeanIX is still working; call again.
        CensusError: the store failed.
    """
    manifest = read_manifest(run.services.reports, run.plan.folder)
    if manifest is None:
        raise ConfigurationError(f"report of {run.plan.month}: missing; run step publish first")
    tenants = [_stored_result(run, name) for name in sorted(run.plan.tenants)]
    return notify_downstream(run, tenants, result_from_manifest(run, manifest))


def _stored_result(run: RunContext, tenant: str) -> TenantResult:
    return run.work_state.read_result(tenant) or last_good_or(run, _failure(run, tenant))


def _failure(run: RunContext, tenant: str) -> TenantResult:
    stored = run.work_state.read_failure(tenant)
    return stored or failed_outcome(tenant, TransientError(NO_RESULT)).result
