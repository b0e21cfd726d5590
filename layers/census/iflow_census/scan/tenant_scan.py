"""The scan of one tenant: lists and counts side by side."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from functools import partial

from iflow_census.scan import counting
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.health_scan import HealthCheck, HealthScan
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.message_counter import STAGE, MessageCount
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import DesigntimeIflow, TenantApi

Progress = Callable[[str, int, int], None]
"""Told of each step: of what ("packages", "iflows"), how many are done, of how many so far."""


@dataclass(frozen=True, slots=True)
class TenantScan:
    """What a tenant holds, and what it processed in each of the windows asked for.

    Without a health check, `health` is None.
    """

    inventory: Inventory
    counts: Sequence[WindowCounts]
    health: TenantHealth | None = None


def scan_tenant(
    tenant: TenantApi,
    windows: Sequence[Window],
    *,
    progress: Progress,
    cancel: Callable[[], None],
    health_check: HealthCheck | None = None,
) -> TenantScan:
    """Scan a tenant.

    Counting starts with the deployed iFlows, which one list names, and goes on with those of each
    package as soon as it is read; so the slowest list sets the pace, and not the sum of all.

    Args:
        tenant: answers the questions.
        windows: messages that started in each of them are counted.
        progress: told of each step, from several threads.
        cancel: makes questions under way fail soon, when another has failed.
        health_check: reads the tenant's health as well; None: not.

    Raises:
        CensusError: any question's error, with the stage in front; there is no half result.
    """
    with ScanExecutor(cancel) as work:
        packages = work.submit_design_time("packages", tenant.packages)
        runtime = work.submit("deployed artifacts", tenant.runtime_artifacts)
        endpoints = work.submit("endpoints", tenant.service_endpoints)
        health = HealthScan(health_check, work) if health_check else None
        totals = [work.submit(STAGE, counting.totals, tenant, window) for window in windows]
        # The packages come first: nothing takes longer than their iFlows.
        reading = {
            work.submit_design_time("iFlows of a package", tenant.iflows, package.id): package.id
            for package in packages.result()
        }
        progress("packages", 0, len(reading))
        deployed = {one.id: one for one in runtime.result() if one.is_iflow}
        errors = {
            iflow_id: work.submit("deployment errors", tenant.runtime_error, iflow_id)
            for iflow_id, one in deployed.items()
            if one.in_error
        }
        if health:
            health.begin(runtime.result())
        counts = [
            MessageCount(tenant, work, total.result(), len(deployed), partial(progress, "iflows"))
            for total in totals
        ]
        for count in counts:
            count.begin(deployed)
        iflows = _collect(reading, counts, progress)
        runtime_errors = {iflow_id: error.result() for iflow_id, error in errors.items()}
        return TenantScan(
            Inventory(
                packages=packages.result(),
                iflows=iflows,
                runtime=deployed,
                runtime_errors=runtime_errors,
                endpoints=endpoints.result(),
            ),
            [count.result() for count in counts],
            health.result(runtime_errors) if health else None,
        )


def _collect(
    reading: Mapping[Future[Sequence[DesigntimeIflow]], str],
    counts: Sequence[MessageCount],
    progress: Progress,
) -> Mapping[str, Sequence[DesigntimeIflow]]:
    """The iFlows of each package, whose counting begins as soon as they are known."""
    found: dict[str, Sequence[DesigntimeIflow]] = {}
    for done in as_completed(reading):
        found[reading[done]] = done.result()
        for count in counts:
            count.begin(iflow.id for iflow in done.result())
        progress("packages", len(found), len(reading))
    return found
