"""Synchronization runs; each request for a run's status advances it by one step.

Source: swagger, ``StatusResponse``, ``SyncRunInboundProgressReport`` and the examples of
``/synchronizationRuns/{id}/stats``.
"""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.leanix.inventory import Inventory
from tests.simulators.leanix.ldif import Key, connector_key
from tests.simulators.leanix.processing import Processing, RunFailed

FINAL = frozenset({"FINISHED", "STOPPED", "FAILED"})
SCRIPT = ("PENDING", "IN_PROGRESS", "FINISHED")


@dataclass(slots=True)
class Run:
    """A run. ``steps`` are its next statuses."""

    id: str
    ldif: Mapping[str, Any]
    configuration: Mapping[str, Any] | None
    status: str = "CREATED"
    test: bool = False
    started: bool = False
    steps: list[str] = field(default_factory=list)
    status_changes: list[tuple[str, datetime]] = field(default_factory=list)
    processing: Processing | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def created_at(self) -> datetime:
        """When the run was created."""
        return self.status_changes[0][1]

    @property
    def key(self) -> Key:
        """The five keys of its LDIF."""
        return connector_key(self.ldif)

    def to_status_response(self) -> dict[str, Any]:
        """Return the run as a ``StatusResponse``."""
        return {
            "id": self.id,
            "status": self.status,
            "description": self.ldif.get("description"),
        }


class Runs:
    """All runs of a workspace, in the order of their creation.

    ``script`` has the statuses of each run, ``extra_warnings`` are added to its warnings.
    ``lists_deletions_of_dry_runs``: the statistics of a dry run list what it would delete.
    ``listing_delay`` is the time in seconds until a created run appears in the list of runs.
    """

    def __init__(self, inventory: Inventory, clock: Callable[[], datetime]) -> None:
        """Start without runs."""
        self.inventory = inventory
        self.script: Sequence[str] = SCRIPT
        self.extra_warnings: list[dict[str, Any]] = []
        self.listing_delay = 0.0
        self.counts_in_stats = True
        self.lists_deletions_of_dry_runs = True
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Run]:
        """Return all runs."""
        with self._lock:
            return list(self._runs.values())

    def listed(self) -> list[Run]:
        """Return the runs that the API lists by now."""
        newest = self._clock() - timedelta(seconds=self.listing_delay)
        return [run for run in self.all() if run.created_at <= newest]

    def get(self, run_id: str) -> Run | None:
        """Return a run, or None."""
        with self._lock:
            return self._runs.get(run_id)

    def create(self, ldif: Mapping[str, Any], configuration: Mapping[str, Any] | None) -> Run:
        """Create a run without starting it."""
        run = Run(str(uuid.uuid4()), ldif, configuration)
        with self._lock:
            self._runs[run.id] = run
            self._set_status(run, "CREATED")
        return run

    def start(self, run: Run, *, test: bool) -> bool:
        """Start a run; return False if it was already started."""
        with self._lock:
            if run.started:
                return False
            run.started, run.test = True, test
            run.steps = list(self.script) if run.configuration is not None else ["FAILED"]
            return True

    def stop(self, run: Run) -> bool:
        """Stop a run; return False if it is not active."""
        with self._lock:
            if not run.started or run.status in FINAL:
                return False
            run.steps = []
            self._set_status(run, "STOPPED")
            return True

    def delete(self, run: Run) -> None:
        """Delete a run, as LeanIX may do after some time."""
        with self._lock:
            del self._runs[run.id]

    def advance(self, run: Run) -> None:
        """Take the next step; with sequential execution, a run waits for the earlier ones."""
        with self._lock:
            if self._must_wait(run):
                self._set_status(run, "SEQUENTIALIZED")
            elif run.steps:
                self._set_status(run, run.steps.pop(0))

    def _must_wait(self, run: Run) -> bool:
        if not run.started or not (run.configuration or {}).get("sequentialExecution", False):
            return False
        for other in self._runs.values():
            if other is run:
                return False
            if other.key == run.key and other.started and other.status not in FINAL:
                return True
        return False

    def _set_status(self, run: Run, status: str) -> None:
        if status == "FINISHED":
            status = self._execute(run)
        elif status == "FAILED" and run.configuration is None:
            run.warnings.append(_error("No processor configuration found"))
        run.status = status
        run.status_changes.append((status, self._clock()))

    def _execute(self, run: Run) -> str:
        inventory = copy.deepcopy(self.inventory) if run.test else self.inventory
        run.processing = Processing(inventory, run.configuration or {}, run.ldif)
        try:
            run.processing.execute()
        except RunFailed as failure:
            run.warnings.append(_error(str(failure)))
            return "FAILED"
        run.warnings += run.processing.warnings + self.extra_warnings
        return "FINISHED"

    def results(self, run: Run) -> dict[str, Any] | None:
        """Return the LDIF that a run wrote, or None."""
        return run.processing.results if run.processing else None

    def progress(self, run: Run) -> dict[str, Any]:
        """Return the ``SyncRunInboundProgressReport``."""
        tallies = run.processing.tallies if run.processing else []
        return {
            "processedContentCount": sum(tally.processed for tally in tallies),
            "errorCount": 0,
            "graphQLRequestCount": 0,
            "runLevelIndex": 0,
            "status": run.status,
            "contentsCount": 0,
            "warningsCount": len(run.warnings),
            "itemsInScopeCount": 0,
        }

    def stats(self, run: Run) -> dict[str, Any]:
        """Return the statistics, structured as in the published example."""
        tallies = run.processing.tallies if run.processing else []
        rows = []
        for tally in tallies:
            row: dict[str, Any] = {
                "processorIndex": tally.index,
                "processorName": tally.name,
                "processingTotalDuration": "PT0.07S",
                "processingNetworkDuration": "PT0.05S",
                "processedContentCount": tally.processed,
                "graphQLRequestCount": tally.processed,
                "errorCount": tally.errors,
            }
            if self.counts_in_stats and tally.created + tally.updated + tally.unchanged:
                row |= {
                    "createdCount": tally.created,
                    "updatedCount": tally.updated,
                    "unchangedCount": tally.unchanged,
                }
            rows.append(row)
        stats = {
            "statusChanges": [
                {"status": status, "timestamp": moment.isoformat().replace("+00:00", "Z")}
                for status, moment in run.status_changes
            ],
            "processorStatistics": rows,
            "singleRunLevelStatistics": [
                {
                    "singleRunIndex": 0,
                    "totalTime": "PT0.4S",
                    "prefetchTime": "PT0.0S",
                    "processTime": "PT0.4S",
                    "processedContentCount": sum(tally.processed for tally in tallies),
                    "errorCount": sum(tally.errors for tally in tallies),
                }
            ],
            "totalBlockingTime": "PT0S",
        }
        if run.test and not self.lists_deletions_of_dry_runs:
            return stats
        return stats | {"deletedObjects": run.processing.deleted if run.processing else []}


def _error(message: str) -> dict[str, Any]:
    return {
        "processor": {"name": "", "index": -1},
        "message": message,
        "category": "run",
        "status": "ERROR",
    }
