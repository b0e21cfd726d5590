"""Starting LeanIX runs once, finding them again, and waiting for their end."""

import io
import json
from collections.abc import Sequence
from itertools import pairwise

import pytest

from iflow_census.errors import DeadlineExceeded, TransientError
from iflow_census.leanix.run import find_attempt, start_once
from tests.clock import FakeClock
from tests.functional.leanix.conftest import (
    MemoryRecord,
    OpenSession,
    StartWorkspace,
    send,
    set_up,
)
from tests.functional.leanix.test_run_command import LDIF
from tests.simulators.leanix import Fault, FaultKind, Run, SimulatedWorkspace


def fail_creation(leanix: SimulatedWorkspace, kind: FaultKind, times: int | None = 1) -> None:
    path = r"synchronizationRuns\?start"
    leanix.faults.add(Fault(kind, method="POST", path=path, times=times))


def recreate_without_start(leanix: SimulatedWorkspace) -> Run:
    """Replace the only run by one that was created but not started."""
    (run,) = leanix.runs.all()
    leanix.runs.delete(run)
    return leanix.runs.create(run.ldif, run.configuration)


def test_same_content_is_sent_once(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    set_up(leanix)

    first, second = send(open_session(leanix)), send(open_session(leanix))

    assert first.run_id == second.run_id
    assert len(leanix.runs.all()) == 1


def test_run_id_is_reported_before_waiting(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"]
    record = MemoryRecord()

    with pytest.raises(DeadlineExceeded, match=r"is still PENDING.*leanix status"):
        send(open_session(leanix, seconds=60), record=record)

    assert record.ids == [run.id for run in leanix.runs.all()]


@pytest.mark.parametrize("is_known", [True, False])
def test_active_run_is_resumed(
    leanix: SimulatedWorkspace, open_session: OpenSession, is_known: bool
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 200 + ["FINISHED"]
    record = MemoryRecord()
    with pytest.raises(DeadlineExceeded):
        send(open_session(leanix, seconds=60), record=record)

    kept = record if is_known else MemoryRecord()
    outcome = send(open_session(leanix, seconds=90_000), record=kept)

    assert outcome.problem is None
    assert outcome.run_id == record.ids[0]
    assert len(leanix.runs.all()) == 1


def test_run_that_another_process_has_started_is_not_created_again(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    ldif = json.dumps(LDIF | {"description": "By hand [key-1]"}).encode()

    first, second = (start_once(workspace, io.BytesIO(ldif), "key-1", test=False) for _ in range(2))

    assert first.id == second.id
    assert len(leanix.runs.all()) == 1


def test_known_run_that_leanix_deleted_is_sent_again(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    first = send(workspace)
    leanix.runs.delete(leanix.runs.all()[0])

    second = send(workspace, record=MemoryRecord([first.run_id]))

    assert second.run_id != first.run_id
    assert second.summary.unchanged == 3


def test_run_that_was_created_but_not_started_is_started(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    send(workspace)
    run = recreate_without_start(leanix)

    outcome = send(workspace)

    assert outcome.run_id == run.id
    assert outcome.problem is None
    assert not run.test


def test_dry_run_that_was_not_started_is_started_as_dry_run(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    send(workspace, test=True)
    run = recreate_without_start(leanix)

    outcome = send(workspace, test=True)

    assert outcome.run_id == run.id
    assert run.test
    assert leanix.inventory.active() == []


@pytest.mark.parametrize(
    "statuses", [("FAILED", "FINISHED"), ("FINISHED", "STOPPED"), ("STOPPED", "IN_PROGRESS")]
)
def test_failed_run_is_not_preferred_over_a_good_one(
    leanix: SimulatedWorkspace, open_session: OpenSession, statuses: Sequence[str]
) -> None:
    for status in statuses:
        leanix.runs.create({"description": "iFlows of prod [key]"}, None).status = status

    run = find_attempt(open_session(leanix), "key").run

    assert run is not None
    assert run.status not in ("FAILED", "STOPPED")


def test_newest_attempt_is_found_whatever_the_order_of_the_list(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    for key in ("key", "key#10", "key#9", "key-dry#11", "other#12"):
        leanix.runs.create({"description": f"iFlows of prod [{key}]"}, None).status = "FAILED"

    attempt = find_attempt(open_session(leanix), "key")

    assert (attempt.number, attempt.next().key) == (10, "key#11")


def test_without_a_run_the_first_attempt_is_next(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    attempt = find_attempt(open_session(leanix), "key")

    assert (attempt.run, attempt.next().key) == (None, "key")


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_run_that_did_not_finish_is_repeated_once(
    leanix: SimulatedWorkspace, open_session: OpenSession, status: str, *, test: bool
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING", status]
    failed = send(open_session(leanix), test=test)
    leanix.runs.script = ["FINISHED"]

    healed = send(open_session(leanix), test=test)
    again = send(open_session(leanix), test=test)

    assert (failed.status, healed.problem) == (status, None)
    assert again.run_id == healed.run_id
    assert [run.test for run in leanix.runs.all()] == [test, test]


def test_run_with_errors_is_repeated(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    set_up(leanix)
    leanix.runs.extra_warnings = [{"status": "ERROR", "message": "m"}]
    bad = send(open_session(leanix))
    leanix.runs.extra_warnings = []

    good = send(open_session(leanix))

    assert (bad.errors, good.problem) == (1, None)
    assert len(leanix.runs.all()) == 2


def test_lost_response_to_a_repeated_run_does_not_find_the_failed_one(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]
    send(open_session(leanix))
    leanix.runs.script = ["FINISHED"]
    fail_creation(leanix, FaultKind.LOST_RESPONSE)

    outcome = send(open_session(leanix))

    assert outcome.problem is None
    assert len(leanix.runs.all()) == 2


def test_poll_interval_grows_up_to_a_limit(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 60 + ["FINISHED"]

    send(open_session(leanix))

    polls = [request.at for request in leanix.requests if request.path.endswith("/status")]
    intervals = [later - earlier for earlier, later in pairwise(polls)]
    assert len(polls) == 61
    assert intervals[0] < 2
    assert max(intervals) < 31


@pytest.mark.parametrize("status", ["ARCHIVING", "SEQUENTIALIZED", "finished?"])
def test_unknown_status_is_waited_for(
    leanix: SimulatedWorkspace, open_session: OpenSession, status: str
) -> None:
    set_up(leanix)
    leanix.runs.script = [status] * 5 + ["FINISHED"]

    assert send(open_session(leanix)).status == "FINISHED"


def test_created_run_in_a_list_is_accepted(
    start_workspace: StartWorkspace, open_session: OpenSession
) -> None:
    leanix = start_workspace(create_shape="array")
    set_up(leanix)

    assert send(open_session(leanix)).problem is None


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.LOST_RESPONSE,
        FaultKind.LATE_ERROR,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.CONFLICT,
        FaultKind.CUT_BEFORE_RESPONSE,
        FaultKind.LOGIN_PAGE,
        FaultKind.THROTTLED,
        FaultKind.UNAUTHORIZED,
    ],
)
def test_failed_or_lost_creation_results_in_one_run(
    leanix: SimulatedWorkspace, open_session: OpenSession, kind: FaultKind
) -> None:
    set_up(leanix)
    fail_creation(leanix, kind)

    outcome = send(open_session(leanix))

    assert outcome.problem is None
    assert [run.id for run in leanix.runs.all()] == [outcome.run_id]


def test_run_that_is_listed_late_is_not_created_again(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.listing_delay = 15
    fail_creation(leanix, FaultKind.LOST_RESPONSE)

    outcome = send(open_session(leanix))

    assert outcome.problem is None
    assert [run.id for run in leanix.runs.all()] == [outcome.run_id]


def test_creation_that_times_out_results_in_one_run(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    fail_creation(leanix, FaultKind.HANG)

    outcome = send(open_session(leanix, read_timeout=0.2))
    leanix.faults.clear()

    assert [run.id for run in leanix.runs.all()] == [outcome.run_id]


def test_unavailable_creation_is_a_transient_error(
    leanix: SimulatedWorkspace, open_session: OpenSession, clock: FakeClock
) -> None:
    set_up(leanix)
    fail_creation(leanix, FaultKind.UNAVAILABLE, times=None)

    with pytest.raises(TransientError, match="HTTP 503"):
        send(open_session(leanix))

    assert leanix.runs.all() == []
    assert clock.monotonic() == pytest.approx(3 * (2 + 5 + 10), abs=0.9)


def test_token_is_renewed_while_waiting(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 300 + ["FINISHED"]

    outcome = send(open_session(leanix, seconds=20_000))

    assert outcome.problem is None
    assert sum(request.path.endswith("token") for request in leanix.requests) > 2
    assert not [request for request in leanix.requests if request.status == 401]
