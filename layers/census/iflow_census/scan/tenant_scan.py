"""The scan of a tenant: lists and counts in parallel."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from iflow_census.scan import counting
from iflow_census.scan.design_time import DesignTimeScan
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.health_scan import HealthCheck, HealthScan
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.message_counter import STAGE, MessageCounter
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.other_artifacts import ArtifactCount, count_other_artifacts
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import RuntimeArtifact, TenantApi

ScanProgress = Callable[[str, int, int], None]
"""Called after each step with its kind ("packages" or "iflows"), the numbers done and known."""


@dataclass(frozen=True, slots=True)
class TenantScan:
    """The content of a tenant, its messages per requested window, and its health if requested."""

    inventory: Inventory
    counts: Sequence[WindowCounts]
    health: TenantHealth | None
    other_artifacts: Sequence[ArtifactCount]


def scan_tenant(
    tenant: TenantApi,
    windows: Sequence[Window],
    *,
    progress: ScanProgress,
    cancel: Callable[[], None],
    health_check: HealthCheck | None = None,
    last_errors: bool = False,
) -> TenantScan:
    """Scan a tenant.

    Counting starts with the deployed iFlows, which are a single list, and continues with those of
    each package as soon as it is read. The duration is that of the slowest list, not of their sum.

    Args:
        tenant: its API.
        windows: messages that started in each of them are counted.
        progress: called after each step, from several threads.
        cancel: makes requests in progress fail soon after another one has failed.
        health_check: reads the tenant's health too.
        last_errors: read the error of each iFlow's last failed message too.

    Raises:
        CensusError: the first error of any request, with its stage; there is no partial scan.
    """
    with ScanExecutor(cancel) as executor:
        packages = executor.submit_design_time("packages", tenant.packages)
        artifacts = executor.submit("deployed artifacts", tenant.runtime_artifacts)
        endpoints = executor.submit("endpoints", tenant.service_endpoints)
        health = HealthScan(health_check, executor) if health_check else None
        totals = [
            executor.submit(STAGE, counting.count_totals, tenant, window) for window in windows
        ]
        counters: list[MessageCounter] = []

        def count(iflow_ids: Iterable[str]) -> None:
            ids = list(iflow_ids)
            for counter in counters:
                counter.add_iflows(ids)

        # Packages first: nothing takes longer than their iFlows.
        design_time = DesignTimeScan(tenant, executor, packages.result())
        deployed = {artifact.id: artifact for artifact in artifacts.result() if artifact.is_iflow}
        errors = {
            iflow_id: executor.submit("deployment errors", tenant.runtime_error, iflow_id)
            for iflow_id, artifact in deployed.items()
            if artifact.in_error
        }
        if health:
            health.add_artifacts(artifacts.result(), tenant.runtime_error)
        counters.extend(
            MessageCounter(
                tenant,
                executor,
                total.result(),
                len(deployed),
                partial(progress, "iflows"),
                last_errors=last_errors,
            )
            for total in totals
        )
        count(deployed)
        content = design_time.result(deployed, count, partial(progress, "packages"))
        runtime_errors = {iflow_id: error.result() for iflow_id, error in errors.items()}
        return TenantScan(
            Inventory(
                design_time=content,
                runtime=deployed,
                runtime_errors=runtime_errors,
                endpoints=endpoints.result(),
            ),
            [replace(counter.result(), deployed=_deployments(deployed)) for counter in counters],
            health.result(runtime_errors) if health else None,
            count_other_artifacts(artifacts.result()),
        )


def _deployments(artifacts: Mapping[str, RuntimeArtifact]) -> Mapping[str, datetime]:
    return {
        iflow_id: artifact.deployed_at
        for iflow_id, artifact in artifacts.items()
        if artifact.deployed_at is not None
    }
