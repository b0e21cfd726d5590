"""A LeanIX workspace in memory: every run is accepted, and finished at the first look at it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from iflow_census.clock import Deadline
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Connector, Workspace


class FakeWorkspace(Workspace):
    """Archives nothing.

    Attributes:
        created: each run as `test` or `real`.
        status: of a run, once it was looked at.
        error: raised when a run is created.
        lists_runs: whether runs appear in the list of runs, which LeanIX does late.
        on_look: called once, before the first look at a run is answered.
    """

    def __init__(self) -> None:
        self.id = "12345678-1234-1234-1234-123456789012"
        self.created: list[str] = []
        self.status = "FINISHED"
        self.error: Exception | None = None
        self.lists_runs = True
        self.on_look: Callable[[], object] | None = None
        self._runs: dict[str, RunState] = {}

    @contextmanager
    def open(self, deadline: Deadline) -> Iterator[Workspace]:
        """Open a session, as a plan does."""
        self.deadline = deadline
        yield self

    def configuration(self, connector: Connector) -> Mapping[str, Any]:
        return connector.fields()

    def create_run(self, ldif: BinaryIO, *, test: bool) -> str:
        if self.error is not None:
            raise self.error
        ldif.seek(0)
        self.created.append("test" if test else "real")
        run_id = f"run-{len(self.created)}"
        self._runs[run_id] = RunState(run_id, "PENDING", json.load(ldif)["description"])
        return run_id

    def runs(self) -> Sequence[RunState]:
        return list(self._runs.values()) if self.lists_runs else []

    def state(self, run_id: str) -> RunState:
        run = self._runs[run_id]
        self._runs[run_id] = RunState(run_id, self.status, run.description)
        call, self.on_look = self.on_look, None
        if call is not None:
            call()
            return run
        return self._runs[run_id]

    def stats(self, run_id: str) -> Mapping[str, Any]:
        end = self.deadline.clock.now().isoformat()
        changes = [{"status": self._runs[run_id].status, "timestamp": end}]
        return {
            "deletedObjects": [],
            "processorStatistics": [{"errorCount": 0}],
            "statusChanges": changes,
        }

    def warnings(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        del run_id
        return []

    def results(self, run_id: str) -> bytes | None:
        del run_id
        return None
