"""The state of a tenant's LeanIX inbound run, so that it is started once and its result is kept."""

from collections.abc import Mapping
from typing import Any

from iflow_census.scan.period import Period
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder

_RUN_ID: StateFormat[str] = json_format("iflow-census/leanix-run/v1", str)
_OUTCOME: StateFormat[Mapping[str, Any]] = json_format(
    "iflow-census/leanix-outcome/v1", dict[str, Any]
)

Evidence = Mapping[str, bytes]
"""What LeanIX reported about a run: the files by name."""


class InboundState:
    """The files of one tenant's LeanIX run, in the work state of a census run.

    Args:
        test: the state of a dry run that changes nothing.

    Attributes:
        lease_key: of the lease that is held while a run is started.
        dry_run_folder: the prefix of the files of the dry run before a run in full mode.
    """

    def __init__(
        self, store: Store, period: Period, run_id: str, tenant: str, *, test: bool
    ) -> None:
        self._store = store
        kind = "leanix-test" if test else "leanix"
        self._folder = f"{run_folder(period, run_id)}{kind}/{tenant}/"
        self.dry_run_folder = f"{self._folder}dry-run/"
        self.lease_key = f"{self._folder}lease.json"
        self._run_id = StateFile(store, f"{self._folder}run.json", _RUN_ID)
        self._dry_run_id = StateFile(store, f"{self.dry_run_folder}run.json", _RUN_ID)
        self._outcome = StateFile(store, f"{self._folder}outcome.json", _OUTCOME)
        self._dry_run = StateFile(store, f"{self.dry_run_folder}outcome.json", _OUTCOME)
        self._problem = StateFile(store, f"{self._folder}problem.json", _OUTCOME)

    def read_run_id(self) -> str | None:
        """LeanIX's id of the newest run; None before one is started."""
        return self._run_id.read().value

    def save_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the run, once it is started."""
        self._run_id.write(leanix_run_id)

    def read_dry_run_id(self) -> str | None:
        """LeanIX's id of the newest dry run in full mode; None before one is started."""
        return self._dry_run_id.read().value

    def save_dry_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the dry run, once it is started."""
        self._dry_run_id.write(leanix_run_id)

    def read_outcome(self) -> Mapping[str, Any] | None:
        """The outcome of the newest LeanIX run that has ended, good or bad; None before."""
        return self._outcome.read().value

    def read_dry_run(self) -> Mapping[str, Any] | None:
        """The outcome of the newest dry run in full mode that has ended; None before."""
        return self._dry_run.read().value

    def read_entry(self) -> Mapping[str, Any] | None:
        """What the manifest shows: a good outcome, or why the newest attempt has none."""
        outcome = self.read_outcome()
        if outcome is not None and outcome["problem"] is None:
            return outcome
        return self._problem.read().value or outcome

    def save_problem(self, problem: Mapping[str, Any]) -> None:
        """Save why an attempt has no good outcome; one takes precedence over it."""
        self._problem.write(problem)

    def save_outcome(self, outcome: Mapping[str, Any], evidence: Evidence) -> None:
        """Save everything that LeanIX reported; the outcome last, as the mark that all is there."""
        self._save_evidence(self._folder, evidence)
        self._outcome.write(outcome)

    def save_dry_run(self, outcome: Mapping[str, Any], evidence: Evidence) -> None:
        """Save what LeanIX reported about the dry run before a run in full mode."""
        self._save_evidence(self.dry_run_folder, evidence)
        self._dry_run.write(outcome)

    def _save_evidence(self, folder: str, evidence: Evidence) -> None:
        for name, body in evidence.items():
            self._store.write(folder + name, body)
