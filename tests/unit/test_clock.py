"""A deadline that all threads of a run share."""

import threading
from datetime import timedelta

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from tests.clock import NOVEMBER, FakeClock


def test_deadline_is_reached_when_its_seconds_have_passed() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 10)

    time.advance(9.5)
    deadline.check()
    remaining = deadline.remaining()
    time.advance(0.5)

    assert remaining == 0.5
    with pytest.raises(DeadlineExceeded):
        deadline.check()


def test_sleep_that_would_outlast_the_deadline_is_not_started() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 10)

    with pytest.raises(DeadlineExceeded):
        deadline.sleep(10)

    assert time.monotonic() == 0


def test_sleep_within_the_deadline_lets_time_pass() -> None:
    time = FakeClock()

    Deadline(time.clock, 10).sleep(9)

    assert time.now() == NOVEMBER + timedelta(seconds=9)


def test_canceling_a_child_leaves_the_parent_running() -> None:
    parent = Deadline(FakeClock().clock, 10)
    child = parent.child()

    child.cancel()

    assert child.remaining() == 0
    parent.check()
    with pytest.raises(DeadlineExceeded):
        child.check()
    with pytest.raises(DeadlineExceeded):
        child.sleep(0)


def test_child_ends_at_the_same_moment_as_its_parent() -> None:
    time = FakeClock()
    parent = Deadline(time.clock, 10)
    time.advance(4)

    child = parent.child()

    assert child.remaining() == parent.remaining() == 6


def test_child_may_end_before_its_parent_but_never_after() -> None:
    time = FakeClock()
    parent = Deadline(time.clock, 10)

    short, long = parent.child(3), parent.child(30)
    time.advance(3)

    assert (short.remaining(), long.remaining()) == (0, 7)
    parent.check()


def test_canceling_a_deadline_that_has_passed_changes_nothing() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 1)
    time.advance(5)

    deadline.cancel()

    assert deadline.remaining() == -4


def test_canceling_the_parent_cancels_all_its_children() -> None:
    parent = Deadline(FakeClock().clock, 10)
    child, sibling = parent.child(), parent.child()

    child.cancel()
    remaining_of_others = (parent.remaining(), sibling.remaining())
    parent.cancel()

    assert remaining_of_others == (10, 10)
    assert (child.remaining(), sibling.remaining()) == (0, 0)


def test_both_times_of_the_fake_clock_move_together_in_many_threads() -> None:
    time = FakeClock()
    threads = [threading.Thread(target=time.advance, args=(0.25,)) for _ in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert time.monotonic() == 10
    assert time.now() - NOVEMBER == timedelta(seconds=10)


def test_time_after_the_deadline_is_negative() -> None:
    time = FakeClock()
    parent = Deadline(time.clock, 10)
    child = parent.child()

    time.advance(12)

    assert child.remaining() == parent.remaining() == -2


def test_time_after_canceling_is_negative() -> None:
    time = FakeClock()
    parent = Deadline(time.clock, 10)
    child = parent.child()

    parent.cancel()
    time.advance(3)
    child.cancel()

    assert child.remaining() == parent.remaining() == -3
