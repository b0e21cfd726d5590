"""The columns of a row that runtime locations determine.

An iFlow may be deployed at several of them. Columns with one value take it from the cloud, else
from the first location by id.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import TypedDict

from iflow_census.scan.runtime_scan import RuntimeContent
from iflow_census.scan.tenant_api import DesigntimeIflow, RuntimeArtifact


class RuntimeColumns(TypedDict):
    """The columns, with the names of `IflowRow`."""

    deployed: bool | None
    runtime_status: str | None
    runtime_version: str | None
    version_drift: bool | None
    deployed_at: datetime | None
    deployed_by: str | None
    runtime_error: str | None
    endpoints: tuple[str, ...] | None
    runtime_locations: tuple[str, ...]


class RuntimeColumnsBuilder:
    """Builds the columns.

    Args:
        runtimes: the locations that could be read: the cloud first, then by id.
        is_incomplete: others could not be read, so more iFlows may be deployed.
    """

    def __init__(self, runtimes: Sequence[RuntimeContent], is_incomplete: bool) -> None:
        self._runtimes = [(runtime, _collect_urls(runtime)) for runtime in runtimes]
        self._is_incomplete = is_incomplete

    def build(self, iflow: DesigntimeIflow | None, iflow_id: str) -> RuntimeColumns:
        """Build the columns of an iFlow; `iflow` is None for an orphan."""
        runtimes = [runtime for runtime, _ in self._runtimes if iflow_id in runtime.iflows]
        if not runtimes:
            unknown = None if self._is_incomplete else False
            return {
                "deployed": unknown,
                "runtime_status": None,
                "runtime_version": None,
                "version_drift": None,
                "deployed_at": None,
                "deployed_by": None,
                "runtime_error": None,
                "endpoints": None if self._is_incomplete else self._endpoints(iflow_id),
                "runtime_locations": (),
            }
        artifact = runtimes[0].iflows[iflow_id]
        error = runtimes[0].errors.get(iflow_id)
        drifts = [_has_drift(iflow, runtime.iflows[iflow_id]) for runtime in runtimes]
        return {
            "deployed": True,
            "runtime_status": artifact.status,
            "runtime_version": artifact.version,
            "version_drift": True if True in drifts else None if None in drifts else False,
            "deployed_at": artifact.deployed_at,
            "deployed_by": artifact.deployed_by,
            "runtime_error": (error.value or None) if error else None,
            "endpoints": self._endpoints(iflow_id),
            "runtime_locations": tuple(runtime.location.id for runtime in runtimes),
        }

    def _endpoints(self, iflow_id: str) -> tuple[str, ...] | None:
        """The URLs of an iFlow; None if those of the cloud or of where it runs are not known."""
        urls: set[str] = set()
        for runtime, urls_of_iflows in self._runtimes:
            if urls_of_iflows is not None:
                urls |= urls_of_iflows.get(iflow_id, set())
            elif runtime.location.is_cloud or iflow_id in runtime.iflows:
                return None
        return tuple(sorted(urls))


def _collect_urls(runtime: RuntimeContent) -> Mapping[str, Set[str]] | None:
    """The URLs of each iFlow at a location; None if they could not be read."""
    if runtime.endpoints.value is None:
        return None
    urls: dict[str, set[str]] = {}
    for endpoint in runtime.endpoints.value:
        urls.setdefault(endpoint.iflow_id, set()).update(endpoint.urls)
    return urls


def _has_drift(iflow: DesigntimeIflow | None, runtime: RuntimeArtifact) -> bool | None:
    """Whether the deployed version differs from the designed one; None if one is not known."""
    if iflow is None or iflow.draft or iflow.version is None or runtime.version is None:
        return None
    return iflow.version != runtime.version
