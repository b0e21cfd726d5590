"""Synchronization runs: their states, one step further each time that the status is asked for.

Source: swagger, ``StatusResponse``, ``SyncRunInboundProgressReport`` and the examples of
``/synchronizationRuns/{id}/stats``.
"""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulators.leanix.inventory import Inventory
from tests.simulators.leanix.ldif import Key, key_of
from tests.simulators.leanix.processing import Processing, RunFailed

FINAL = frozenset({"FINISHED", "STOPPED", "FAILED"})
SCRIPT = ("PENDING", "IN_PROGRESS", "FINISHED")


@dataclass(slots=True)
class Run:
    """One run. ``steps`` are the statuses still to come."""

    id: str
    ldif: Mapping[str, Any]
    configuration: Mapping[str, Any] | None
    status: str = "CREATED"
    test: bool = False
    started: bool = False
    steps: list[str] = field(default_factory=list)
    changes: list[tuple[str, datetime]] = field(default_factory=list)
    processing: Processing | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """The five keys of its LDIF."""
        return key_of(self.ldif)

    def answer(self) -> dict[str, Any]:
        """The run as ``StatusResponse``."""
        return {
            "id": self.id,
            "status": self.status,
            "description": self.ldif.get("description"),
        }


class Runs:
    """All runs of a workspace, in the order of their creation."""

    def __init__(self, inventory: Inventory, clock: Callable[[], datetime]) -> None:
        """Begin without any."""
        self.inventory = inventory
        self.script: Sequence[str] = SCRIPT
        self.planted_warnings: list[dict[str, Any]] = []
        self.counts_in_stats = True
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Run]:
        """Return all runs."""
        with self._lock:
            return list(self._runs.values())

    def get(self, run_id: str) -> Run | None:
        """Return a run."""
        with self._lock:
            return self._runs.get(run_id)

    def create(self, ldif: Mapping[str, Any], configuration: Mapping[str, Any] | None) -> Run:
        """Create a run that is not started."""
        run = Run(str(uuid.uuid4()), ldif, configuration)
        with self._lock:
            self._runs[run.id] = run
            self._become(run, "CREATED")
        return run

    def start(self, run: Run, *, test: bool) -> bool:
        """Start a run; False where it was started before."""
        with self._lock:
            if run.started:
                return False
            run.started, run.test = True, test
            run.steps = list(self.script) if run.configuration is not None else ["FAILED"]
            return True

    def stop(self, run: Run) -> bool:
        """Stop a run; False where it neither waits nor runs."""
        with self._lock:
            if not run.started or run.status in FINAL:
                return False
            run.steps = []
            self._become(run, "STOPPED")
            return True

    def forget(self, run: Run) -> None:
        """Drop a run, as after some time."""
        with self._lock:
            del self._runs[run.id]

    def advance(self, run: Run) -> None:
        """Take the next step; a run of a sequential configuration waits for those before it."""
        with self._lock:
            if self._must_wait(run):
                self._become(run, "SEQUENTIALIZED")
            elif run.steps:
                self._become(run, run.steps.pop(0))

    def _must_wait(self, run: Run) -> bool:
        if not run.started or not (run.configuration or {}).get("sequentialExecution", False):
            return False
        for other in self._runs.values():
            if other is run:
                return False
            if other.key == run.key and other.started and other.status not in FINAL:
                return True
        return False

    def _become(self, run: Run, status: str) -> None:
        if status == "FINISHED":
            status = self._carried_out(run)
        elif status == "FAILED" and run.configuration is None:
            run.warnings.append(_error("No processor configuration found"))
        run.status = status
        run.changes.append((status, self._clock()))

    def _carried_out(self, run: Run) -> str:
        inventory = copy.deepcopy(self.inventory) if run.test else self.inventory
        run.processing = Processing(inventory, run.configuration or {}, run.ldif)
        try:
            run.processing.carry_out()
        except RunFailed as failure:
            run.warnings.append(_error(str(failure)))
            return "FAILED"
        run.warnings += run.processing.warnings + self.planted_warnings
        return "FINISHED"

    def results(self, run: Run) -> dict[str, Any] | None:
        """Return the LDIF that a run made."""
        return run.processing.results if run.processing else None

    def progress(self, run: Run) -> dict[str, Any]:
        """Return ``SyncRunInboundProgressReport``."""
        processed = sum(one.processed for one in run.processing.tallies) if run.processing else 0
        return {
            "processedContentCount": processed,
            "errorCount": 0,
            "graphQLRequestCount": 0,
            "runLevelIndex": 0,
            "status": run.status,
            "contentsCount": 0,
            "warningsCount": len(run.warnings),
            "itemsInScopeCount": 0,
        }

    def stats(self, run: Run) -> dict[str, Any]:
        """Return the statistics, in the shape of the published example."""
        tallies = run.processing.tallies if run.processing else []
        rows = []
        for one in tallies:
            row: dict[str, Any] = {
                "processorIndex": one.index,
                "processorName": one.name,
                "processingTotalDuration": "PT0.07S",
                "processingNetworkDuration": "PT0.05S",
                "processedContentCount": one.processed,
                "graphQLRequestCount": one.processed,
                "errorCount": one.errors,
            }
            if self.counts_in_stats and one.created + one.updated + one.unchanged:
                row |= {
                    "createdCount": one.created,
                    "updatedCount": one.updated,
                    "unchangedCount": one.unchanged,
                }
            rows.append(row)
        return {
            "statusChanges": [
                {"status": status, "timestamp": moment.isoformat().replace("+00:00", "Z")}
                for status, moment in run.changes
            ],
            "processorStatistics": rows,
            "singleRunLevelStatistics": [
                {
                    "singleRunIndex": 0,
                    "totalTime": "PT0.4S",
                    "prefetchTime": "PT0.0S",
                    "processTime": "PT0.4S",
                    "processedContentCount": sum(one.processed for one in tallies),
                    "errorCount": sum(one.errors for one in tallies),
                }
            ],
            "deletedObjects": run.processing.deleted if run.processing else [],
            "totalBlockingTime": "PT0S",
        }


def _error(text: str) -> dict[str, Any]:
    return {
        "processor": {"name": "", "index": -1},
        "message": text,
        "category": "run",
        "status": "ERROR",
    }
