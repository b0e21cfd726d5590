"""Compute what a report shows of the runtime locations of a tenant."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.simulators.cloud_integration.landscape import (
    CLOUD,
    Landscape,
    MessageLog,
    RuntimeArtifact,
    iso,
    to_ms,
)


class EdgeScan(NamedTuple):
    """The window in which a location was counted, None if it was not; and whether it was read."""

    start: datetime | None
    end: datetime | None
    is_read: bool = True


class ExpectedLocations:
    """The runtime locations of a tenant, as a report of a window shows them.

    ``edges`` are the locations that were not read as the cloud was, by id; the others are as
    described for ``expected_report``.
    """

    def __init__(
        self,
        landscape: Landscape,
        start: datetime,
        end: datetime,
        *,
        now: datetime,
        retention: timedelta | None,
        edges: Mapping[str, EdgeScan],
    ) -> None:
        """Collect deployed iFlows, addresses and logs."""
        self._whole = EdgeScan(start, end)
        self._start = to_ms(start)
        self._scans = {edge.id: edges.get(edge.id, self._whole) for edge in landscape.edges}
        self.logs_at = {CLOUD: list(_logs(landscape.messages, start, end, now, retention))}
        self._deployments: dict[str, dict[str, RuntimeArtifact]] = defaultdict(dict)
        self._addresses: dict[str, set[str]] = defaultdict(set)
        self._add(CLOUD, landscape)
        for edge in sorted(landscape.edges, key=lambda edge: edge.id):
            scan = self._scans[edge.id]
            kept = None if retention is None else timedelta(days=edge.retention_days)
            self.logs_at[edge.id] = (
                list(_logs(edge.messages, scan.start, scan.end, now, kept))
                if scan.start and scan.end
                else []
            )
            if scan.is_read:
                self._add(edge.id, landscape.at(edge))

    def _add(self, location: str, content: Landscape) -> None:
        for item in content.runtime_artifacts:
            if item.type == "INTEGRATION_FLOW":
                self._deployments[item.id][location] = item
        for endpoint in content.endpoints:
            self._addresses[endpoint.name].update(entry.url for entry in endpoint.entry_points)

    def deployed(self) -> Mapping[str, RuntimeArtifact]:
        """Return the deployed iFlows by id: as in the cloud, or as at the first location."""
        return {
            iflow_id: next(iter(found.values())) for iflow_id, found in self._deployments.items()
        }

    def columns(self, iflow_id: str, version: str | None) -> dict[str, Any]:
        """Return the runtime columns; ``version`` is None for drafts and orphans."""
        found = self._deployments.get(iflow_id, {})
        runtime = next(iter(found.values()), None)
        is_unknown = runtime is None and not all(scan.is_read for scan in self._scans.values())
        drifts = [item.version != version for item in found.values()]
        in_error = runtime is not None and runtime.status == "ERROR"
        return {
            "deployed": None if is_unknown else runtime is not None,
            "runtime_status": runtime and runtime.status,
            "runtime_version": runtime and runtime.version,
            "version_drift": any(drifts) if drifts and version is not None else None,
            "deployed_at": runtime and iso(runtime.deployed_on),
            "deployed_by": runtime and runtime.deployed_by,
            "runtime_error": _error_text(runtime.error) if runtime and in_error else None,
            "endpoints": None if is_unknown else sorted(self._addresses.get(iflow_id, ())),
            "runtime_locations": list(found),
        }

    def usage(self, row: Mapping[str, Any]) -> str:
        """Return the usage without knowledge of an earlier deployment."""
        found = self._deployments.get(row["iflow_id"], {})
        if row["messages"]:
            return "USED"
        if not all(scan.is_read for scan in self._scans.values()):
            return "UNKNOWN"
        if any(self._scans.get(location, self._whole) != self._whole for location in found):
            return "UNKNOWN"
        if not found:
            return "NOT_DEPLOYED"
        idle = not row["messages_discarded"] and all(
            item.deployed_on <= self._start and item.status == "STARTED" for item in found.values()
        )
        return "UNUSED" if idle and row["log_level"] not in ("ERROR", "NONE") else "UNKNOWN"

    def summary(self) -> list[dict[str, Any]]:
        """Return id, deployed iFlows and messages of each location."""
        return [
            {
                "id": location,
                "iflows_deployed": sum(location in found for found in self._deployments.values())
                if location == CLOUD or self._scans[location].is_read
                else None,
                "messages": sum(log.status != "DISCARDED" for log in logs)
                if self._scans.get(location, self._whole).start
                else None,
            }
            for location, logs in self.logs_at.items()
        ]


def _logs(
    messages: Sequence[MessageLog],
    start: datetime,
    end: datetime,
    now: datetime,
    retention: timedelta | None,
) -> Iterator[MessageLog]:
    first, last, moment = to_ms(start), to_ms(end), to_ms(now)
    if retention is not None:
        first = max(first, to_ms(now - retention))
    for log in messages:
        if log.start is not None and first <= log.start < last and log.start <= moment:
            yield log


def _error_text(error: str | None) -> str | None:
    """Return the text of an error information, which is plain or JSON with one parameter."""
    return json.loads(error)["parameter"][0] if error and error.startswith("{") else error
