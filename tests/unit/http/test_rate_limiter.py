"""Turns, evenly spaced, whoever asks for them."""

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from iflow_census.http.rate_limiter import RateLimiter
from tests.clock import FakeClock


def busiest_second(moments: Sequence[float]) -> int:
    return max(sum(start <= one < start + 1 for one in moments) for start in moments)


def test_after_the_first_ones_turns_are_evenly_spaced_a_little_below_the_limit() -> None:
    time = FakeClock()
    deadline, rate_limiter = Deadline(time.clock, 60), RateLimiter(10)
    moments = []

    for _ in range(8):
        rate_limiter.acquire(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([0, 0, 0, 0, 0.104, 0.208, 0.312, 0.416])


def test_of_turns_that_nobody_took_only_three_are_made_up_for() -> None:
    time = FakeClock()
    deadline, rate_limiter = Deadline(time.clock, 60), RateLimiter(10)
    rate_limiter.acquire(deadline)
    time.advance(30)
    moments = []

    for _ in range(6):
        rate_limiter.acquire(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([30, 30, 30, 30, 30.104, 30.208])


@given(st.integers(1, 60), st.integers(2, 150))
def test_no_second_has_more_turns_than_the_limit(limit: int, requests: int) -> None:
    deadline, rate_limiter = Deadline(FakeClock().clock, 3600), RateLimiter(limit)

    moments = [rate_limiter.acquire(deadline).sent_at for _ in range(requests)]

    assert busiest_second(moments) <= limit


def test_many_threads_together_stay_under_the_limit() -> None:
    deadline, rate_limiter = Deadline(FakeClock().clock, 3600), RateLimiter(10)
    moments: list[float] = []

    def send() -> None:
        moments.extend(rate_limiter.acquire(deadline).sent_at for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 200
    assert busiest_second(moments) <= 10


def test_after_a_hold_turns_begin_anew_and_stay_spaced() -> None:
    time = FakeClock()
    deadline, rate_limiter = Deadline(time.clock, 60), RateLimiter(10)
    rate_limiter.acquire(deadline)
    moments = []

    rate_limiter.pause(deadline, 2)
    for _ in range(3):
        rate_limiter.acquire(deadline)
        moments.append(time.monotonic())

    assert moments == pytest.approx([2, 2.104, 2.208])


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    time = FakeClock()
    deadline, rate_limiter = Deadline(time.clock, 60), RateLimiter(10)

    rate_limiter.pause(deadline, 5)
    rate_limiter.pause(deadline, 1)
    rate_limiter.acquire(deadline)

    assert time.monotonic() == 5


def test_a_turn_after_the_deadline_is_refused_at_once() -> None:
    time = FakeClock()
    deadline, rate_limiter = Deadline(time.clock, 3), RateLimiter(10)
    rate_limiter.pause(deadline, 5)

    with pytest.raises(DeadlineExceeded):
        rate_limiter.acquire(deadline)

    assert time.monotonic() == 0
