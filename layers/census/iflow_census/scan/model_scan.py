"""Reading the models of iFlows: an extra with a time budget, which never fails a scan."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from iflow_census.clock import Deadline
from iflow_census.scan.anatomy.model import IflowModel, ModelResult
from iflow_census.scan.bounded_reads import BoundedReads
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import CredentialKind
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Unreadable
from iflow_census.scan.tenant_api import DesigntimeIflow

STAGE = "models"

CONFIGURE_ONLY = "configure-only"
NOT_YET_READ = "not yet read"

MIN_SEARCHED_AGAIN = 20
SHARE_SEARCHED_AGAIN = 0.1
"""How many models a scan reads again at most, to search them for new credentials."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What a model depends on.

    The version of a draft says nothing, but its date does. Parameters take effect when the iFlow
    is deployed.
    """

    version: str | None
    modified_at: datetime | None
    deployed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredModel:
    """The result of reading a version of an iFlow.

    Attributes:
        iflow_id: the iFlow.
        version: the version.
        result: the model.
        searched: the names of credentials that it was searched for.
    """

    iflow_id: str
    version: ModelVersion
    result: ModelResult
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelReading:
    """How to read models.

    Attributes:
        read: reads an iFlow's model within a number of seconds, and searches it for the names of
            credentials; raises nothing but `DeadlineExceeded`.
        read_package: reads the models of a package in the same way, by iFlow.
        stored: what earlier scans have read.
        start_budget: returns the deadline for all models of this scan, which starts when it is
            called.
        credential_names: reads the names of credentials where no health is read, in a checkpoint;
            None: they are not read.
    """

    read: Callable[[str, float, Sequence[str]], Reading[ModelResult]]
    read_package: Callable[[str, float, Sequence[str]], Reading[Mapping[str, ModelResult]]]
    stored: Sequence[StoredModel]
    start_budget: Callable[[], Deadline]
    credential_names: Callable[[CredentialKind], Reading[Sequence[str]]] | None = None


@dataclass(frozen=True, slots=True)
class TenantModels:
    """The models of a tenant.

    Attributes:
        by_iflow: the model of each iFlow with a design, or why it has none.
        stored: what later scans need not read again.
        searched: the names of credentials that all models were searched for.
    """

    by_iflow: Mapping[str, Reading[IflowModel]]
    stored: Sequence[StoredModel]
    searched: Set[str] = frozenset()

    @property
    def unreadable(self) -> Sequence[Unreadable]:
        """How many models are missing, without those that SAP never hands out."""
        reasons = [
            reading.reason or ""
            for reading in self.by_iflow.values()
            if reading.value is None and reading.reason != CONFIGURE_ONLY
        ]
        if not reasons:
            return []
        total = sum(reading.reason != CONFIGURE_ONLY for reading in self.by_iflow.values())
        read = total - len(reasons)
        return [Unreadable("models", f"read {read:,} of {total:,}; the first reason: {reasons[0]}")]


class ModelScan:
    """Reads the models of a tenant.

    Args:
        progress: called with the numbers of models read and to be read, from several threads.
        names: of the tenant's credentials, which the models are searched for.
    """

    def __init__(
        self,
        reading: ModelReading,
        executor: ScanExecutor,
        progress: Callable[[int, int], None] = lambda _done, _known: None,
        names: Iterable[str] = (),
    ) -> None:
        self._reading = reading
        self._start_budget = cache(reading.start_budget)
        self._executor = executor
        self._names = tuple(sorted(set(names)))
        self._progress = progress

    def result(self, inventory: Inventory, used: Set[str]) -> TenantModels:
        """Read what changed since earlier scans: silent deployed iFlows first, then others.

        `used` are the ids of iFlows with messages.
        """
        design_time = inventory.design_time
        known = {stored.iflow_id: stored for stored in self._reading.stored}
        kept: dict[str, StoredModel] = {}
        results: dict[str, Reading[ModelResult]] = {}
        versions: dict[str, ModelVersion] = {}
        for package in design_time.packages:
            for iflow in design_time.iflows.get(package.id, ()):
                versions[iflow.id] = version = _version(inventory, iflow)
                stored = known.get(iflow.id)
                if package.configure_only:
                    results[iflow.id] = Reading(reason=CONFIGURE_ONLY)
                elif stored is not None and stored.version == version:
                    kept[iflow.id] = stored
                    results[iflow.id] = Reading(stored.result)
        missing = [iflow_id for iflow_id in versions if iflow_id not in results]
        missing.sort(key=lambda iflow_id: (not inventory.running(iflow_id), iflow_id in used))
        results |= self._read_all(missing, _unread_packages(design_time, missing))
        for iflow_id, result in self._read_all(self._not_searched(kept), ()).items():
            if result.value is not None:
                results[iflow_id] = result
                del kept[iflow_id]
        new = [
            kept.get(iflow_id)
            or StoredModel(iflow_id, versions[iflow_id], result.value, self._names)
            for iflow_id, result in results.items()
            if result.value is not None
        ]
        hidden = self._reading.stored if design_time.unread_packages else ()
        return TenantModels(
            {iflow_id: _model(results[iflow_id]) for iflow_id in versions},
            [*new, *(stored for stored in hidden if stored.iflow_id not in versions)],
            set(self._names).intersection(
                *{stored.searched for stored in new if stored.result.model}
            ),
        )

    def _not_searched(self, kept: Mapping[str, StoredModel]) -> Sequence[str]:
        """Some of the models that were read before a credential was deployed."""
        names = set(self._names)
        outdated = {
            searched
            for searched in {stored.searched for stored in kept.values()}
            if not names.issubset(searched)
        }
        waiting = [
            iflow_id
            for iflow_id, stored in kept.items()
            if stored.result.model and stored.searched in outdated
        ]
        waiting.sort(key=lambda iflow_id: len(kept[iflow_id].searched))
        return waiting[: max(MIN_SEARCHED_AGAIN, int(len(kept) * SHARE_SEARCHED_AGAIN))]

    def _read_all(
        self, iflow_ids: Sequence[str], package_ids: Sequence[str]
    ) -> Mapping[str, Reading[ModelResult]]:
        if not iflow_ids:
            return {}
        budget = self._start_budget()
        self._progress(0, len(iflow_ids))
        package_reads = BoundedReads(
            lambda package_id, seconds: self._reading.read_package(
                package_id, seconds, self._names
            ),
            budget,
            NOT_YET_READ,
        )
        packages = [
            self._executor.submit_design_time(STAGE, package_reads.read, package_id)
            for package_id in package_ids
        ]
        results: dict[str, Reading[ModelResult]] = {}
        for package in packages:
            # The iFlows that it lacks are read one by one, all of them if it could not be read.
            found = package.result().value or {}
            results |= {key: Reading(found[key]) for key in found.keys() & set(iflow_ids)}
            self._progress(len(results), len(iflow_ids))
        reads = BoundedReads(
            lambda iflow_id, seconds: self._reading.read(iflow_id, seconds, self._names),
            budget,
            NOT_YET_READ,
        )
        futures: dict[str, Future[Reading[ModelResult]]] = {
            iflow_id: self._executor.submit_design_time(STAGE, reads.read, iflow_id)
            for iflow_id in iflow_ids
            if iflow_id not in results
        }
        for iflow_id, future in futures.items():
            results[iflow_id] = future.result()
            self._progress(len(results), len(iflow_ids))
        return results


def _unread_packages(design_time: DesignTime, missing: Sequence[str]) -> Sequence[str]:
    """The packages worth a request: none of their iFlows was read before, and none is a draft.

    Those with the iFlows that are read first come first.
    """
    rank = {iflow_id: number for number, iflow_id in enumerate(missing)}
    ranks = {
        package.id: min(rank[iflow.id] for iflow in iflows)
        for package in design_time.packages
        if len(iflows := design_time.iflows.get(package.id, ())) > 1
        and all(iflow.id in rank and not iflow.draft for iflow in iflows)
    }
    return sorted(ranks, key=ranks.__getitem__)


def _version(inventory: Inventory, iflow: DesigntimeIflow) -> ModelVersion:
    running = inventory.running(iflow.id)
    deployed_at = running[0].iflows[iflow.id].deployed_at if running else None
    return ModelVersion(iflow.version, iflow.modified_at, deployed_at)


def _model(result: Reading[ModelResult]) -> Reading[IflowModel]:
    if result.value is None:
        return Reading(reason=result.reason)
    return Reading(result.value.model, result.value.problem)
