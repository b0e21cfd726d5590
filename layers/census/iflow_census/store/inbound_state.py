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


class LeanixRunFiles:
    """What is kept of a LeanIX run, in a folder that ends with a slash."""

    def __init__(self, store: Store, folder: str) -> None:
        self.folder = folder
        self._store = store
        self._run_id = StateFile(store, f"{folder}run.json", _RUN_ID)
        self._outcome = StateFile(store, f"{folder}outcome.json", _OUTCOME)

    def read_run_id(self) -> str | None:
        """LeanIX's id of the newest run; None before one is started."""
        return self._run_id.read().value

    def save_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the run, once it is started."""
        self._run_id.write(leanix_run_id)

    def read_outcome(self) -> Mapping[str, Any] | None:
        """The outcome of the newest run that has ended, good or bad; None before."""
        return self._outcome.read().value

    def save_outcome(self, outcome: Mapping[str, Any], evidence: Evidence) -> None:
        """Save everything that LeanIX reported; the outcome last, as the mark that all is there."""
        for name, body in evidence.items():
            self._store.write(self.folder + name, body)
        self._outcome.write(outcome)


class InboundState(LeanixRunFiles):
    """The files of one tenant's LeanIX run, in the work state of a census run.

    Args:
        test: the state of a dry run that changes nothing.

    Attributes:
        dry_run: the files of the dry run before a run in full mode.
        lease_key: of the lease that is held while a run is started.
    """

    def __init__(
        self, store: Store, period: Period, run_id: str, tenant: str, *, test: bool
    ) -> None:
        kind = "leanix-test" if test else "leanix"
        super().__init__(store, f"{run_folder(period, run_id)}{kind}/{tenant}/")
        self.dry_run = LeanixRunFiles(store, f"{self.folder}dry-run/")
        self.lease_key = f"{self.folder}lease.json"
        self._problem = StateFile(store, f"{self.folder}problem.json", _OUTCOME)

    def read_entry(self) -> Mapping[str, Any] | None:
        """What the manifest shows: a good outcome, or why the newest attempt has none."""
        outcome = self.read_outcome()
        if outcome is not None and outcome["problem"] is None:
            return outcome
        return self._problem.read().value or outcome

    def save_problem(self, problem: Mapping[str, Any]) -> None:
        """Save why an attempt has no good outcome; one takes precedence over it."""
        self._problem.write(problem)
