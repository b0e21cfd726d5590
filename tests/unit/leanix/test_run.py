"""The attempts at a LeanIX run."""

from collections.abc import Sequence

import pytest

from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import Attempt, find_attempt
from tests.unit.leanix.fake_workspace import FakeWorkspace


def test_first_attempt_has_the_key_itself() -> None:
    attempt = Attempt("key")

    assert attempt.key == "key"
    assert attempt.next() == attempt


def test_attempt_after_a_run_has_the_next_number() -> None:
    attempt = Attempt("key", run=RunState("r1", "FAILED"))

    assert attempt.key == "key"
    assert attempt.next() == Attempt("key", number=2)
    assert attempt.next().key == "key#2"


@pytest.mark.parametrize(
    ("runs", "newest", "key"),
    [
        ([], None, "key"),
        ([("1", "FAILED", "[key]")], "1", "key#2"),
        ([("1", "FAILED", "[key]"), ("2", "FINISHED", "[key]")], "2", "key#2"),
        ([("2", "FAILED", "[key#2]"), ("1", "FINISHED", "[key]")], "2", "key#3"),
        ([("1", "FINISHED", "[key-dry]"), ("2", "FINISHED", "[other]")], None, "key"),
    ],
)
def test_newest_attempt_is_found_by_its_number(
    runs: Sequence[tuple[str, str, str]], newest: str | None, key: str
) -> None:
    class Workspace(FakeWorkspace):
        def runs(self) -> Sequence[RunState]:
            return [RunState(*run) for run in runs]

    attempt = find_attempt(Workspace(), "key")

    assert (attempt.run.id if attempt.run else None) == newest
    assert attempt.next().key == key
