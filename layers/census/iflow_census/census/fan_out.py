"""The steps of a run that is spread over several Lambdas: docs/decisions/0004-fan-out.md.

The steps share nothing but the work state, and each can be repeated on its own. A step is for the
whole run or for one tenant; only the publish step reads the rows of all tenants.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from iflow_census.census.checkpoint import checkpoint_result, count_tenant, read_checkpoint
from iflow_census.census.notify import notify_census
from iflow_census.census.plan import LeanixPlan
from iflow_census.census.request import CensusRequest
from iflow_census.census.result import CensusResult, leanix_problem
from iflow_census.census.run import (
    build_report,
    complete_tenants,
    notify_downstream,
    publish_census,
    result_from_manifest,
    stored_failure,
    stored_results,
)
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_census import (
    TenantOutcome,
    scan_concurrently,
    scan_or_resume,
)
from iflow_census.errors import CensusIncomplete, ConfigurationError
from iflow_census.store.inbound_state import InboundState
from iflow_census.store.lease import LeaseLost
from iflow_census.store.report_writer import (
    Manifest,
    add_leanix_entries,
    read_manifest,
    read_manifest_of_run,
)
from iflow_census.store.run_plan import RunPlan, RunPlanFile

NOT_SENT = "its step ended without a result; search the function's log for this tenant"

MAX_READS = 10
"""Small files that are read at the same time; as many connections as boto3 keeps open."""


def plan_file(run: RunContext) -> RunPlanFile:
    """The file with the plan of a run."""
    return RunPlanFile(run.services.state, run.plan.period, run.plan.run_id)


def claim_run(
    run: RunContext, request: CensusRequest, is_running: Callable[[str], bool]
) -> RunPlan:
    """Plan a run, or go on with the plan of an execution that has ended.

    `is_running` says whether an execution of the state machine is running, by its ARN.

    Returns:
        The plan of the run. Its execution is another one if that one is still running.

    Raises:
        ConfigurationError: the run was planned for another action or for other tenants.
    """
    run.work_state.run_started_at(run.clock.now())
    plan = RunPlan(
        action=str(request.action),
        requested=sorted(set(request.tenants)) if request.tenants else None,
        tenants=sorted(run.plan.tenants),
        other_tenants=sorted(run.plan.other_tenants),
        execution=request.execution or "",
    )
    return plan_file(run).claim(plan, is_running)


def scan_only_tenant(run: RunContext, *, checkpoint: bool) -> TenantOutcome:
    """Scan or count the one tenant of the step, and store the result or why there is none."""
    (outcome,) = scan_concurrently(run, count_tenant if checkpoint else scan_or_resume)
    if outcome.error is not None:
        lease = run.tenant_lease(outcome.result.name)
        with suppress(LeaseLost):  # the run that has the tenant now has a result of its own
            replace(run, lease=lease).work_state.save_failure(outcome.result)
    return outcome


def publish_scans(run: RunContext) -> CensusResult:
    """Publish the stored results of the plan's tenants, failed ones included, and notify people."""
    manifest = read_manifest(run.services.reports, run.plan.folder())
    if manifest and manifest.of_complete_run(run.plan.run_id, run.plan.configured):
        result = result_from_manifest(run, manifest)
    else:
        result = publish_census(run, stored_results(run))
    return notify_downstream(run, result)


def finish_checkpoint(run: RunContext) -> CensusResult:
    """Sum up the ledgers after the tenants of a checkpoint were counted; nothing is published."""
    tenants = sorted(run.plan.tenants)
    return checkpoint_result(
        run, [read_checkpoint(run, tenant) or stored_failure(run, tenant) for tenant in tenants]
    )


def send_tenant(run: RunContext, leanix: LeanixPlan) -> Mapping[str, Any] | None:
    """Send the inventory of the one tenant of the step to LeanIX, unless it was sent already.

    Returns:
        The entry of its LeanIX run; None if nothing is sent: the scan is not complete, or a later
        run has replaced the report.

    Raises:
        ConfigurationError: no report is published.
        CensusIncomplete: LeanIX is still working; call again.
    """
    # Not at the top: the other steps do not need the models of LeanIX.
    from iflow_census.census.leanix import send_inventories  # noqa: PLC0415

    (tenant,) = run.plan.tenants
    manifest = _published(run)
    if manifest.run_id != run.plan.run_id or run.work_state.read_result(tenant) is None:
        return None
    delivery = send_inventories(run, leanix, [tenant])
    (entry,) = delivery.entries
    if entry["problem"]:
        _inbound_state(run, tenant, test=leanix.test).save_problem(entry)
    if delivery.unfinished:
        raise CensusIncomplete(f"LeanIX has not finished {tenant}")
    return entry


def finish_run(run: RunContext, *, test: bool) -> CensusResult:
    """Add the outcome of each inventory in LeanIX to the manifest, and notify people of problems.

    With `test`, the inventories were sent as a dry run.

    Raises:
        ConfigurationError: no report is published.
    """
    manifest = _published(run)
    result = result_from_manifest(run, manifest)
    if manifest.run_id != run.plan.run_id:
        return result
    sent = complete_tenants(run, manifest.tenants)
    with ThreadPoolExecutor(MAX_READS, thread_name_prefix="leanix") as pool:
        entries = list(pool.map(lambda tenant: _leanix_entry(run, tenant, test=test), sent))
    add_leanix_entries(
        run.services.reports, run.plan.folder(manifest.status), run.plan.run_id, entries
    )
    # The report is made again only for a notice that was not sent yet: if LeanIX has a problem.
    return notify_census(
        run, replace(result, leanix=entries), lambda: build_report(run, stored_results(run))
    )


def _published(run: RunContext) -> Manifest:
    reports, plan = run.services.reports, run.plan
    manifest = read_manifest_of_run(reports, plan.period, plan.run_id) or read_manifest(
        reports, plan.folder()
    )
    if manifest is None:
        raise ConfigurationError(f"report of {run.plan.period}: missing; run step publish first")
    return manifest


def _leanix_entry(run: RunContext, tenant: str, *, test: bool) -> Mapping[str, Any]:
    state = _inbound_state(run, tenant, test=test)
    return state.read_entry() or leanix_problem(tenant, NOT_SENT, test=test)


def _inbound_state(run: RunContext, tenant: str, *, test: bool) -> InboundState:
    return InboundState(run.services.state, run.plan.period, run.plan.run_id, tenant, test=test)
