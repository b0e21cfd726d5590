"""Turns, evenly spaced, whoever asks for them."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.clock import Clock, Deadline
from iflow_census.errors import DeadlineReached
from iflow_census.http.pacing import Pacer
from tests.clock import FakeClock


class Turns:
    """Time that stands still, so that each wait tells when its turn is."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        clock = Clock(
            now=lambda: datetime(2026, 11, 1, tzinfo=UTC),
            monotonic=lambda: 0.0,
            sleep=self.moments.append,
        )
        self.deadline = Deadline(clock, 3600)

    def taken(self) -> Sequence[float]:
        """When each turn came; the first one needs no sleep."""
        return sorted([0.0, *self.moments])


def busiest_second(moments: Sequence[float]) -> int:
    return max(sum(start <= one < start + 1 for one in moments) for start in moments)


def test_turns_are_evenly_spaced_a_little_below_the_limit() -> None:
    time = FakeClock()
    deadline, pacer = Deadline(time.clock, 60), Pacer(10)
    moments = []

    for _ in range(5):
        pacer.wait(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([0, 0.104, 0.208, 0.312, 0.416])


def test_time_that_nobody_used_is_not_made_up_for() -> None:
    time = FakeClock()
    deadline, pacer = Deadline(time.clock, 60), Pacer(10)
    pacer.wait(deadline)
    time.advance(30)
    moments = []

    for _ in range(2):
        pacer.wait(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([30, 30.104])


@given(st.integers(1, 120), st.integers(2, 300))
def test_no_second_has_more_turns_than_the_limit(limit: int, requests: int) -> None:
    turns, pacer = Turns(), Pacer(limit)

    for _ in range(requests):
        pacer.wait(turns.deadline)

    assert busiest_second(turns.taken()) <= limit


def test_many_threads_together_stay_under_the_limit() -> None:
    turns, pacer = Turns(), Pacer(10)
    threads = [
        threading.Thread(target=lambda: [pacer.wait(turns.deadline) for _ in range(10)])
        for _ in range(20)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(turns.taken()) == 200
    assert busiest_second(turns.taken()) <= 10
    assert max(turns.taken()) == pytest.approx(199 * 0.104)


def test_after_a_hold_turns_begin_anew_and_stay_spaced() -> None:
    time = FakeClock()
    deadline, pacer = Deadline(time.clock, 60), Pacer(10)
    pacer.wait(deadline)
    moments = []

    pacer.hold(deadline, 2)
    for _ in range(3):
        pacer.wait(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([2, 2.104, 2.208])


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    time = FakeClock()
    deadline, pacer = Deadline(time.clock, 60), Pacer(10)

    pacer.hold(deadline, 5)
    pacer.hold(deadline, 1)
    pacer.wait(deadline)

    assert time.monotonic() == 5


def test_a_turn_after_the_deadline_is_refused_at_once() -> None:
    time = FakeClock()
    deadline, pacer = Deadline(time.clock, 3), Pacer(10)
    pacer.hold(deadline, 5)

    with pytest.raises(DeadlineReached):
        pacer.wait(deadline)

    assert time.monotonic() == 0
