"""The attempts at a LeanIX run."""

from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import Attempt


def test_first_attempt_has_the_key_itself() -> None:
    attempt = Attempt("key")

    assert attempt.key == "key"
    assert attempt.next() == attempt


def test_attempt_after_a_run_has_the_next_number() -> None:
    attempt = Attempt("key", run=RunState("r1", "FAILED"))

    assert attempt.key == "key"
    assert attempt.next() == Attempt("key", number=2)
    assert attempt.next().key == "key#2"
