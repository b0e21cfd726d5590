"""The state of a tenant's LeanIX inbound run, so that it is started once and its result is kept."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from iflow_census.scan.period import Period
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder

_RUN_ID: StateFormat[str] = json_format("iflow-census/leanix-run/v1", str)
_OUTCOME: StateFormat[Mapping[str, Any]] = json_format(
    "iflow-census/leanix-outcome/v1", dict[str, Any]
)


class InboundState:
    """The files of one tenant's LeanIX run, in the work state of a census run.

    Args:
        store: holds the files.
        period: of the census.
        run_id: of the census run.
        tenant: the tenant's name.
        test: the state of the dry run, which is a LeanIX run of its own.

    Attributes:
        lease_key: of the lease that is held while the run is started.
    """

    def __init__(
        self, store: Store, period: Period, run_id: str, tenant: str, *, test: bool
    ) -> None:
        self._store = store
        kind = "leanix-test" if test else "leanix"
        self._folder = f"{run_folder(period, run_id)}{kind}/{tenant}/"
        self.lease_key = f"{self._folder}lease.json"
        self._run_id = StateFile(store, f"{self._folder}run.json", _RUN_ID)
        self._outcome = StateFile(store, f"{self._folder}outcome.json", _OUTCOME)
        self._problem = StateFile(store, f"{self._folder}problem.json", _OUTCOME)

    def read_run_id(self) -> str | None:
        """LeanIX's id of the run; None before it is started."""
        return self._run_id.read().value

    def save_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the run, once it is started."""
        self._run_id.write(leanix_run_id)

    def read_outcome(self) -> Mapping[str, Any] | None:
        """The outcome of the LeanIX run; None before it has ended."""
        return self._outcome.read().value

    def read_problem(self) -> Mapping[str, Any] | None:
        """Why the latest attempt has no outcome, for the step that ends a run."""
        return self._problem.read().value

    def save_problem(self, problem: Mapping[str, Any]) -> None:
        """Save why an attempt has no outcome; an outcome takes precedence over it."""
        self._problem.write(problem)

    def save_outcome(
        self,
        outcome: Mapping[str, Any],
        stats: Mapping[str, Any],
        warnings: Sequence[Mapping[str, Any]],
        results: bytes | None,
    ) -> None:
        """Save everything that LeanIX reported; the outcome last, as the mark that all is there."""
        self._write("stats.json", _to_json(stats))
        self._write("warnings.json", _to_json(warnings))
        if results is not None:
            self._write("results.json", results)
        self._outcome.write(outcome)

    def _write(self, name: str, body: bytes) -> None:
        self._store.write(self._folder + name, body)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
