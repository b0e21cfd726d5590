"""The run that a command has started in a folder, so that the same command continues it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import AwareDatetime

from iflow_census.scan.retention import MAX_DELAY
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run of a command.

    Attributes:
        tenants: the names of its tenants, sorted.
        finished: it is complete, so that the next command starts a new run.
    """

    run_id: str
    started_at: AwareDatetime
    tenants: Sequence[str]
    finished: bool = False


_FORMAT: StateFormat[StartedRun] = json_format("iflow-census/started-run/v1", StartedRun)


class StartedRunFile:
    """The file with the newest run of a command.

    Args:
        command: names the command and its period.
    """

    def __init__(self, store: Store, command: str) -> None:
        self._file = StateFile(store, f"work/commands/{command}.json", _FORMAT)

    def start(self, run: StartedRun) -> StartedRun:
        """Start a run, or continue the newest one of the same tenants if it is not complete.

        Returns:
            The run. A process that is working on it continues as well: they share its tenants.
        """

        def change(current: State[StartedRun]) -> StartedRun | None:
            stored = current.value
            continues = (
                stored
                and not stored.finished
                and list(stored.tenants) == list(run.tenants)
                and timedelta(0) <= run.started_at - stored.started_at <= MAX_DELAY
            )
            return None if continues else run

        return self._file.update(change) or run

    def finish(self, run_id: str) -> None:
        """Mark a run as complete."""

        def change(current: State[StartedRun]) -> StartedRun | None:
            stored = current.value
            return replace(stored, finished=True) if stored and stored.run_id == run_id else None

        self._file.update(change)
