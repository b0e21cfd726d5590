"""The scan of a runtime location: its deployed artifacts, endpoints and messages.

The cloud runtime decides a tenant. Any other location is an extra, which has a result or a reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType

from iflow_census.errors import CensusError, DeadlineExceeded
from iflow_census.scan import counting
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.message_counter import STAGE, MessageCounter
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import Runtime, RuntimeArtifact, ServiceEndpoint


@dataclass(frozen=True, slots=True)
class RuntimeContent:
    """What a runtime location runs.

    Attributes:
        iflows: the deployed iFlows by id, without artifacts of other types.
        errors: SAP's text for each iFlow in error.
    """

    location: RuntimeLocation
    iflows: Mapping[str, RuntimeArtifact]
    errors: Mapping[str, Reading[str]]
    endpoints: Reading[Sequence[ServiceEndpoint]]


@dataclass(frozen=True, slots=True)
class RuntimeResult:
    """What a location runs, and its messages per window."""

    content: RuntimeContent
    counts: Sequence[WindowCounts]


class RuntimeScan:
    """Reads a runtime location; the requests start at once.

    Args:
        windows: messages that started in each of them are counted.
        on_counted: as for `MessageCounter`.
        last_errors: as for `MessageCounter`.
    """

    def __init__(
        self,
        runtime: Runtime,
        executor: ScanExecutor,
        windows: Sequence[Window],
        on_counted: Callable[[int, int], None] = lambda _counted, _known: None,
        *,
        last_errors: bool = False,
    ) -> None:
        self._location = runtime.location
        self._api = runtime.api
        self._executor = executor
        self._on_counted = on_counted
        self._last_errors = last_errors
        self._artifacts = executor.submit("deployed artifacts", self._api.runtime_artifacts)
        self._endpoints = executor.submit("endpoints", self._api.service_endpoints)
        self._totals = [
            executor.submit(STAGE, counting.count_totals, self._api, window) for window in windows
        ]
        self._deployed: Mapping[str, RuntimeArtifact] = {}
        self._errors: Mapping[str, Future[Reading[str]]] = {}
        self._counters: list[MessageCounter] = []

    def start_counting(self) -> Sequence[RuntimeArtifact]:
        """Wait for the deployed artifacts, start counting the iFlows among them, and return all."""
        artifacts = self._artifacts.result()
        self._deployed = {artifact.id: artifact for artifact in artifacts if artifact.is_iflow}
        self._errors = {
            iflow_id: self._executor.submit("deployment errors", self._api.runtime_error, iflow_id)
            for iflow_id, artifact in self._deployed.items()
            if artifact.in_error
        }
        self._counters.extend(
            MessageCounter(
                self._api,
                self._executor,
                total.result(),
                len(self._deployed),
                self._on_counted,
                last_errors=self._last_errors,
            )
            for total in self._totals
        )
        self.count(self._deployed)
        return artifacts

    def count(self, iflow_ids: Iterable[str]) -> None:
        """Start counting iFlows, except those that were added before."""
        ids = list(iflow_ids)
        for counter in self._counters:
            counter.add_iflows(ids)

    def result(self) -> RuntimeResult:
        """Wait for everything."""
        deployed_at: dict[str, datetime] = {
            iflow_id: artifact.deployed_at
            for iflow_id, artifact in self._deployed.items()
            if artifact.deployed_at is not None
        }
        content = RuntimeContent(
            self._location,
            self._deployed,
            {iflow_id: error.result() for iflow_id, error in self._errors.items()},
            self._endpoints.result(),
        )
        return RuntimeResult(
            content,
            [
                replace(counter.result(), deployed=deployed_at, location=self._location.id)
                for counter in self._counters
            ],
        )


class EdgeScan:
    """The scan of a location that a tenant's scan can do without; a context manager.

    Its requests have threads of their own, and its failure ends only them. Leaving the context
    ends the scan.

    Args:
        executor: the tenant's, which has a thread that waits for this scan.
    """

    def __init__(
        self,
        runtime: Runtime,
        windows: Sequence[Window],
        executor: ScanExecutor,
        *,
        last_errors: bool = False,
    ) -> None:
        self.location = runtime.location
        self._deployed: Future[Sequence[str]] = Future()
        self._iflow_ids: Future[Sequence[str]] = Future()
        self._result = executor.submit(
            f"location {self.location.id}", self._scan, runtime, windows, last_errors
        )

    def __enter__(self) -> "EdgeScan":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if not self._iflow_ids.done():
            self._iflow_ids.set_result(())

    def deployed(self) -> Sequence[str]:
        """Wait for the ids of the deployed iFlows; there are none if they cannot be read."""
        return self._deployed.result()

    def count(self, iflow_ids: Iterable[str]) -> None:
        """Count all iFlows of the tenant, and not only those deployed here; called once."""
        self._iflow_ids.set_result(list(iflow_ids))

    def result(self) -> RuntimeResult | CensusError:
        """Wait for everything; returns why the location could not be read if it could not."""
        return self._result.result()

    def _scan(
        self, runtime: Runtime, windows: Sequence[Window], last_errors: bool
    ) -> RuntimeResult | CensusError:
        try:
            with ScanExecutor(runtime.cancel) as executor:
                scan = RuntimeScan(runtime, executor, windows, last_errors=last_errors)
                artifacts = scan.start_counting()
                self._deployed.set_result([item.id for item in artifacts if item.is_iflow])
                scan.count(self._iflow_ids.result())
                return scan.result()
        except DeadlineExceeded:
            return DeadlineExceeded("not read in the time that a location may take")
        except CensusError as error:
            return error
        finally:
            if not self._deployed.done():
                self._deployed.set_result(())
