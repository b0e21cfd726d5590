"""One deadline for all that belongs to a run."""

import threading
from datetime import timedelta

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from tests.clock import NOVEMBER, FakeClock


def test_a_deadline_is_reached_when_its_seconds_have_passed() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 10)

    time.advance(9.5)
    deadline.check()
    left = deadline.remaining()
    time.advance(0.5)

    assert left == 0.5
    with pytest.raises(DeadlineExceeded):
        deadline.check()


def test_a_sleep_that_would_outlast_the_deadline_is_not_begun() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 10)

    with pytest.raises(DeadlineExceeded):
        deadline.sleep(10)

    assert time.monotonic() == 0


def test_a_sleep_within_the_deadline_lets_time_pass() -> None:
    time = FakeClock()

    Deadline(time.clock, 10).sleep(9)

    assert time.now() == NOVEMBER + timedelta(seconds=9)


def test_a_cancelled_part_is_over_and_the_whole_goes_on() -> None:
    whole = Deadline(FakeClock().clock, 10)
    part = whole.child()

    part.cancel()

    assert part.remaining() == 0
    whole.check()
    with pytest.raises(DeadlineExceeded):
        part.check()
    with pytest.raises(DeadlineExceeded):
        part.sleep(0)


def test_a_part_ends_at_the_same_moment_as_the_whole() -> None:
    time = FakeClock()
    whole = Deadline(time.clock, 10)
    time.advance(4)

    part = whole.child()

    assert part.remaining() == whole.remaining() == 6


def test_a_part_may_end_earlier_and_never_later_than_the_whole() -> None:
    time = FakeClock()
    whole = Deadline(time.clock, 10)

    short, long = whole.child(3), whole.child(30)
    time.advance(3)

    assert (short.remaining(), long.remaining()) == (0, 7)
    whole.check()


def test_a_reached_deadline_stays_reached_when_it_is_cancelled_too() -> None:
    time = FakeClock()
    deadline = Deadline(time.clock, 1)
    time.advance(5)

    deadline.cancel()

    assert deadline.remaining() == -4


def test_now_and_monotonic_of_the_fake_clock_move_together_from_many_threads() -> None:
    time = FakeClock()
    threads = [threading.Thread(target=time.advance, args=(0.25,)) for _ in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert time.monotonic() == 10
    assert time.now() - NOVEMBER == timedelta(seconds=10)


def test_who_cancels_the_whole_cancels_its_parts_and_not_the_other_way_round() -> None:
    whole = Deadline(FakeClock().clock, 10)
    part, other = whole.child(), whole.child()

    part.cancel()
    left_to_the_others = (whole.remaining(), other.remaining())
    whole.cancel()

    assert left_to_the_others == (10, 10)
    assert (part.remaining(), other.remaining()) == (0, 0)
