"""The scan of a tenant: lists and counts in parallel."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from iflow_census.errors import CensusError
from iflow_census.scan.counting import count_messages
from iflow_census.scan.credential_search import find_unmentioned_credentials
from iflow_census.scan.design_time import DesignTimeScan
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import CredentialKind, TenantHealth
from iflow_census.scan.health_scan import HealthCheck, HealthScan
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.locations import CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.model_scan import ModelReading, ModelScan, TenantModels
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.other_artifacts import ArtifactCount, count_other_artifacts
from iflow_census.scan.owner_scan import OwnerReading, OwnerScan, PackageOwners
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.runtime_scan import EdgeScan, RuntimeResult, RuntimeScan
from iflow_census.scan.tenant_api import Runtime, TenantApi

ScanProgress = Callable[[str, int, int], None]
"""Called after each step with its kind ("packages", "iflows", "owners" or "models"), and the
numbers done and known."""


@dataclass(frozen=True, slots=True)
class TenantScan:
    """The content of a tenant, its messages, and its health if requested.

    Attributes:
        counts: its messages per runtime location and requested window.
        health: None if it was not requested.
        other_artifacts: the deployed artifacts of the cloud that are not iFlows.
        models: None if they were not requested.
        owners: those of the packages; none if they were not requested.
    """

    inventory: Inventory
    counts: Sequence[WindowCounts]
    health: TenantHealth | None
    other_artifacts: Sequence[ArtifactCount]
    models: TenantModels | None = None
    owners: PackageOwners = field(default_factory=PackageOwners)


def scan_tenant(
    tenant: TenantApi,
    windows: Callable[[RuntimeLocation], Sequence[Window]],
    *,
    progress: ScanProgress,
    cancel: Callable[[], None],
    health_check: HealthCheck | None = None,
    last_errors: bool = False,
    known_iflows: Iterable[str] = (),
    models: ModelReading | None = None,
    owners: OwnerReading | None = None,
) -> TenantScan:
    """Scan a tenant.

    Counting starts with the deployed iFlows, which are a single list, and continues with those of
    each package as soon as it is read. The duration is that of the slowest list, not of their sum.
    Other runtime locations are read at the same time; the failure of one does not affect the rest.

    Args:
        tenant: its API.
        windows: those of a runtime location in which messages are counted.
        progress: called after each step, from several threads.
        cancel: makes requests in progress fail soon after another one has failed.
        health_check: reads the tenant's health too.
        last_errors: read the error of each iFlow's last failed message too.
        known_iflows: the ids of iFlows that were there last month; those that are in no package
            anymore are requested by their ids.
        models: read the models of the iFlows too, after everything else.
        owners: read the owners of the packages too, after the packages.

    Raises:
        CensusError: the first error of any request, with its stage; there is no partial scan.
    """
    with ScanExecutor(cancel) as executor, ExitStack() as stack:
        packages = executor.submit_design_time("packages", tenant.packages)
        cloud = RuntimeScan(
            Runtime(CLOUD_RUNTIME, tenant, cancel),
            executor,
            windows(CLOUD_RUNTIME),
            partial(progress, "iflows"),
            last_errors=last_errors,
        )
        edges = [
            stack.enter_context(
                EdgeScan(runtime, windows(runtime.location), executor, last_errors=last_errors)
            )
            for runtime in tenant.edge_runtimes()
        ]
        health = HealthScan(health_check, executor) if health_check else None

        # Packages first: nothing takes longer than their iFlows.
        design_time = DesignTimeScan(tenant, executor, packages.result())
        artifacts = cloud.start_counting()
        if health:
            health.add_artifacts(artifacts, tenant.runtime_error)

        def deployed() -> Sequence[str]:
            in_cloud = [artifact.id for artifact in artifacts if artifact.is_iflow]
            return [*in_cloud, *(iflow_id for edge in edges for iflow_id in edge.deployed())]

        content = design_time.result(
            lambda: [*deployed(), *known_iflows], cloud.count, partial(progress, "packages")
        )
        owner_scan = OwnerScan(owners, executor, content, {*deployed()}) if owners else None
        iflow_ids = dict.fromkeys([*deployed(), *content.iflow_ids])
        cloud.count(iflow_ids)
        for edge in edges:
            edge.count(iflow_ids)
        in_edges = {edge.location: edge.result() for edge in edges}
        in_cloud = cloud.result()
        read = [in_cloud, *(edge for edge in in_edges.values() if isinstance(edge, RuntimeResult))]
        inventory = Inventory(
            content,
            [result.content for result in read],
            {
                location: str(error)
                for location, error in in_edges.items()
                if isinstance(error, CensusError)
            },
        )
        counts = [counts for result in read for counts in result.counts]
        tenant_health = health.result(in_cloud.content.errors) if health else None
        tenant_models = None
        if models:
            names = _credential_names(models, health)
            to_find = chain.from_iterable(reading.value or () for reading in names.values())
            scan = ModelScan(models, executor, partial(progress, "models"), to_find)
            tenant_models = scan.result(inventory, _used_iflows(counts))
            if tenant_health:
                found = find_unmentioned_credentials(names, tenant_models, inventory)
                tenant_health = replace(tenant_health, unmentioned_credentials=found)
        return TenantScan(
            inventory,
            counts,
            tenant_health,
            count_other_artifacts(artifacts),
            tenant_models,
            owner_scan.result(partial(progress, "owners")) if owner_scan else PackageOwners(),
        )


def _credential_names(
    models: ModelReading, health: HealthScan | None
) -> Mapping[CredentialKind, Reading[Sequence[str]]]:
    if health:
        return health.credentials()
    if models.credential_names is None:
        return {}
    return {kind: models.credential_names(kind) for kind in CredentialKind}


def _used_iflows(counts: Sequence[WindowCounts]) -> Set[str]:
    return {
        iflow_id
        for window in counts
        for iflow_id, by_status in window.by_iflow.items()
        if count_messages(by_status)
    }
