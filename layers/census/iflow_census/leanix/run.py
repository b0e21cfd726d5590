"""Synchronization runs: starts each one once, and waits for its end."""

from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from iflow_census.errors import DeadlineExceeded, TransientError
from iflow_census.leanix.errors import InvalidRunState, RunNotFound
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Workspace

LOOKUP_DELAYS = (2.0, 5.0, 10.0)
"""Seconds until the list of runs is read again after the response to a creation was lost."""

INITIAL_POLL_INTERVAL = 1.0
MAX_POLL_INTERVAL = 30.0
POLL_BACKOFF = 1.5
"""Factor; a small inventory takes seconds, a large one may wait in LeanIX's queue."""

OnState = Callable[[RunState], None]
"""Called with each state while a run is being waited for."""


def find_run(workspace: Workspace, key: str) -> RunState | None:
    """Find the run whose description contains an idempotency key.

    If several do, one that did not fail is preferred.
    """
    runs = [run for run in workspace.runs() if f"[{key}]" in run.description]
    return min(runs, key=lambda run: run.status in ("FAILED", "STOPPED"), default=None)


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
    up in the list of runs before it is created again.

    Args:
        workspace: the target.
        ldif: an LDIF whose description contains the key.
        key: the idempotency key.
        test: whether to make a dry run.

    Raises:
        TransientError: LeanIX cannot create a run now.
        CensusError: LeanIX rejects this run.
    """
    existing = find_run(workspace, key)
    if existing is not None:
        return _resume(workspace, existing, test=test)
    failure = TransientError("LeanIX: the created run does not appear in the list of runs")
    for delay in LOOKUP_DELAYS:
        try:
            run_id = workspace.create_run(ldif, test=test)
        except DeadlineExceeded:
            raise
        except TransientError as error:
            failure = error
        else:
            if run_id is not None:
                return RunState(run_id, "CREATED")
        existing = find_run(workspace, key)
        if existing is None:
            workspace.deadline.sleep(delay)
            existing = find_run(workspace, key)
        if existing is not None:
            return _resume(workspace, existing, test=test)
    raise failure


def _resume(workspace: Workspace, run: RunState, *, test: bool) -> RunState:
    """Start the run if it was created but not started."""
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
