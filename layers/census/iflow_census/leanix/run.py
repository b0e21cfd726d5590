"""Synchronization runs: creates each one once, and waits for its end."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from iflow_census.errors import DeadlineExceeded, TransientError
from iflow_census.leanix.errors import InvalidRunState, RunNotFound
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Workspace

LOOKUP_DELAYS = (2.0, 5.0, 10.0)
"""Seconds until the list of runs is read again after the response to a creation was lost."""

MAX_CREATIONS = 3
"""How often a run is created that never appears in the list."""

INITIAL_POLL_INTERVAL = 1.0
MAX_POLL_INTERVAL = 30.0
POLL_BACKOFF = 1.5
"""Factor; a small inventory takes seconds, a large one may wait in LeanIX's queue."""

OnState = Callable[[RunState], None]
"""Called with each state while a run is being waited for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The newest run of an idempotency key.

    A failed run is repeated under the same key with a number, so that a lost response to the
    creation of the second run never finds the first one.

    Attributes:
        number: 1 for the first run.
        run: the run; None if there is none yet.
    """

    base_key: str
    number: int = 1
    run: RunState | None = None

    @property
    def key(self) -> str:
        """The key in the description of this attempt's run."""
        return self.base_key if self.number == 1 else f"{self.base_key}#{self.number}"

    def next(self) -> "Attempt":
        """The attempt after this one; this one, if it has no run."""
        return self if self.run is None else Attempt(self.base_key, self.number + 1)


def find_attempt(workspace: Workspace, base_key: str) -> Attempt:
    """Find the newest run of an idempotency key in the list of runs.

    If several runs have the same number, one that did not fail is preferred.
    """
    pattern = re.compile(rf"\[{re.escape(base_key)}(?:#(\d{{1,6}}))?\]")
    attempts = [
        Attempt(base_key, int(match[1] or 1), run)
        for run in workspace.runs()
        if (match := pattern.search(run.description))
    ]
    return max(
        attempts,
        key=lambda attempt: (attempt.number, not _has_failed(attempt.run)),
        default=Attempt(base_key),
    )


def _has_failed(run: RunState | None) -> bool:
    return run is not None and run.status in ("FAILED", "STOPPED")


def _find_run(workspace: Workspace, key: str) -> RunState | None:
    runs = [run for run in workspace.runs() if f"[{key}]" in run.description]
    return min(runs, key=_has_failed, default=None)


def fetch_known_run(workspace: Workspace, run_id: str | None) -> RunState | None:
    """Fetch the state of a run that an earlier attempt started; None if LeanIX has deleted it."""
    if run_id is None:
        return None
    try:
        return workspace.state(run_id)
    except RunNotFound:
        return None


def start_once(workspace: Workspace, ldif: BinaryIO, key: str, *, test: bool) -> RunState:
    """Create and start a run, unless a run with the same idempotency key exists.

    The API itself has no idempotency keys. If the response to a creation is lost, the run is looked
    up in the list of runs before it is created again. The description of the LDIF contains the
    idempotency key.

    Raises:
        TransientError: LeanIX cannot create a run now.
        CensusError: LeanIX rejects this run.
    """
    existing = _find_run(workspace, key)
    if existing is not None:
        return resume(workspace, existing, test=test)
    failure = TransientError("LeanIX: the created run does not appear in the list of runs")
    for _ in range(MAX_CREATIONS):
        try:
            run_id = workspace.create_run(ldif, test=test)
        except DeadlineExceeded:
            raise
        except TransientError as error:
            failure = error
        else:
            if run_id is not None:
                return RunState(run_id, "CREATED")
        existing = _find_late_run(workspace, key)
        if existing is not None:
            return resume(workspace, existing, test=test)
    raise failure


def _find_late_run(workspace: Workspace, key: str) -> RunState | None:
    """Find a run that LeanIX may list only some seconds after it was created."""
    existing = _find_run(workspace, key)
    for delay in LOOKUP_DELAYS:
        if existing is not None:
            break
        workspace.deadline.sleep(delay)
        existing = _find_run(workspace, key)
    return existing


def resume(workspace: Workspace, run: RunState, *, test: bool) -> RunState:
    """Start a run of the list of runs if it was created but not started."""
    if run.status != "CREATED":
        return run
    with suppress(InvalidRunState):  # already started, and queued
        workspace.start_run(run.id, test=test)
    return run


def wait_for_run(workspace: Workspace, run: RunState, on_state: OnState) -> RunState:
    """Wait until a run has ended, with whatever status.

    Raises:
        DeadlineExceeded: the run is still active; a later attempt can resume it by its id.
    """
    interval = INITIAL_POLL_INTERVAL
    while not run.is_final:
        try:
            workspace.deadline.sleep(interval)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(
                f"LeanIX run {run.id} is still {run.status}: {error}; follow it with "
                f"`iflow-census leanix status {run.id}`"
            ) from error
        run = workspace.state(run.id)
        on_state(run)
        interval = min(interval * POLL_BACKOFF, MAX_POLL_INTERVAL)
    return run
