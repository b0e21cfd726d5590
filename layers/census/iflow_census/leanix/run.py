"""A synchronization run: started once, waited for to its end."""

from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from iflow_census.errors import DeadlineExceeded, TransientError
from iflow_census.leanix.errors import InvalidRunState, RunNotFound
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Workspace

PAUSES_AFTER_A_LOST_ANSWER = (2.0, 5.0, 10.0)
"""Seconds after which a run may show in the list that was created without our hearing of it."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
GROWTH = 1.5
"""A small inventory is done in seconds, a large one waits its turn: questions grow rarer."""

OnState = Callable[[RunState], None]
"""Told of each answer while a run is waited for."""


def find_run(workspace: Workspace, scan: str) -> RunState | None:
    """The run that carries a scan id in its description, if there is one.

    Of several, one that was not in vain.
    """
    found = [run for run in workspace.runs() if f"[{scan}]" in run.description]
    return min(found, key=lambda run: run.status in ("FAILED", "STOPPED"), default=None)


def known_state(workspace: Workspace, run_id: str | None) -> RunState | None:
    """How far a run is that an earlier try started; None where LeanIX does not know it."""
    if run_id is None:
        return None
    try:
        return workspace.state(run_id)
    except RunNotFound:
        return None


def start_once(workspace: Workspace, ldif: BinaryIO, scan: str, *, test: bool) -> RunState:
    """Create and start a run, unless there is one of this scan.

    The API has no idempotency key. So a creation whose answer was lost is not repeated before the
    list of runs has been asked whether it went through.

    Args:
        workspace: where to.
        ldif: whose description carries the scan id.
        scan: the scan id.
        test: as a dry run.

    Raises:
        TransientError: LeanIX takes no run now.
        CensusError: it refuses this one.
    """
    found = find_run(workspace, scan)
    if found is not None:
        return _taken_up(workspace, found, test=test)
    failure = TransientError("LeanIX: the run that was created shows in no list of runs")
    for pause in PAUSES_AFTER_A_LOST_ANSWER:
        try:
            run_id = workspace.create_run(ldif, test=test)
        except DeadlineExceeded:
            raise
        except TransientError as error:
            failure = error
        else:
            if run_id is not None:
                return RunState(run_id, "CREATED")
        found = find_run(workspace, scan)
        if found is None:
            workspace.deadline.sleep(pause)
            found = find_run(workspace, scan)
        if found is not None:
            return _taken_up(workspace, found, test=test)
    raise failure


def _taken_up(workspace: Workspace, run: RunState, *, test: bool) -> RunState:
    """A run that was created, but perhaps never started, is started."""
    if run.status != "CREATED":
        return run
    with suppress(InvalidRunState):  # it was started, and waits
        workspace.start_run(run.id, test=test)
    return run


def wait(workspace: Workspace, run: RunState, on_state: OnState) -> RunState:
    """Wait until a run has ended, in whichever way.

    Raises:
        DeadlineExceeded: it has not ended; a later try can take it up by its id.
    """
    pause = FIRST_PAUSE
    while not run.final:
        try:
            workspace.deadline.sleep(pause)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(
                f"LeanIX run {run.id} is still {run.status}: {error}; see "
                f"`iflow-census leanix status {run.id}`"
            ) from error
        run = workspace.state(run.id)
        on_state(run)
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    return run
