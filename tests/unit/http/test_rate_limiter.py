"""The rate limiter spaces requests, however many threads send them."""

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from iflow_census.http.rate_limiter import RateLimiter
from tests.clock import FakeClock


class Limited:
    """A rate limiter on a fake clock.

    With the limit of one request per second, only the request before decides how long the next
    one has to wait.
    """

    def __init__(self, per_second: float, seconds: float = 3600, **options: float) -> None:
        self.time = FakeClock()
        self.limiter = RateLimiter(per_second, **options)
        self.deadline = Deadline(self.time.clock, seconds)

    def acquire(self, count: int) -> list[float]:
        """Acquire permits without a response in between; return when they were granted."""
        return [self.limiter.acquire(self.deadline).sent_at for _ in range(count)]

    def send(self, *response_times: float) -> float:
        """Send requests whose responses take so long; return when the last one was sent."""
        for seconds in response_times:
            permit = self.limiter.acquire(self.deadline)
            self.time.advance(seconds)
            self.limiter.record_response(permit, self.deadline)
        return permit.sent_at

    def next_gap(self, *response_times: float) -> float:
        """Send requests; return the seconds between the last one and the next."""
        sent_at = self.send(*response_times)
        return self.limiter.acquire(self.deadline).sent_at - sent_at


def busiest_second(moments: Sequence[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


def test_permits_are_evenly_spaced_after_a_small_burst() -> None:
    moments = Limited(10).acquire(8)

    assert moments == pytest.approx([0, 0, 0, 0, 0.103, 0.206, 0.309, 0.412])


def test_request_that_is_sent_late_counts_from_then() -> None:
    limited = Limited(1)
    permit = limited.limiter.acquire(limited.deadline)
    limited.time.advance(0.9)
    permit.record_sent()

    assert limited.acquire(1) == pytest.approx([0.9 + 1.03])


def test_at_most_three_unused_permits_are_made_up_for() -> None:
    limited = Limited(10)
    limited.acquire(1)
    limited.time.advance(30)

    moments = limited.acquire(6)

    assert moments == pytest.approx([30, 30, 30, 30, 30.103, 30.206])


@pytest.mark.parametrize(
    ("per_second", "headroom", "gap"), [(1, 0.04, 1.04), (1, 0.1, 1.1), (0.5, 0.04, 2.08)]
)
def test_gap_is_a_little_larger_than_the_limit_requires(
    per_second: float, headroom: float, gap: float
) -> None:
    moments = Limited(per_second, headroom=headroom).acquire(4)

    assert moments == pytest.approx([0, gap, 2 * gap, 3 * gap])


@given(st.integers(1, 60), st.integers(2, 150))
def test_no_second_has_more_permits_than_the_limit(limit: int, requests: int) -> None:
    moments = Limited(limit).acquire(requests)

    assert busiest_second(moments) <= limit


def test_window_is_measured_from_when_requests_were_sent() -> None:
    limited = Limited(2)
    limited.acquire(2)
    limited.time.advance(1.9)

    moments = limited.acquire(4)

    assert moments == pytest.approx([1.9, 1.9, 2.93, 2.93])


def test_request_after_a_late_one_waits_as_much_longer() -> None:
    assert Limited(1).next_gap(0.1, 0.1, 0.1, 0.1, 0.2) == pytest.approx(1 + 0.1 + 0.015)


def test_reserve_beside_a_delay_is_half_the_headroom() -> None:
    limited = Limited(1, headroom=0.1)

    assert limited.next_gap(0.1, 0.1, 0.1, 0.1, 0.2) == pytest.approx(1 + 0.1 + 0.05)


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.11])
def test_small_delay_is_covered_by_the_headroom(seconds: float) -> None:
    assert Limited(1).next_gap(0.1, 0.1, 0.1, 0.1, seconds) == pytest.approx(1.03)


def test_delay_is_limited_because_the_server_may_be_slow() -> None:
    assert Limited(1).next_gap(0.1, 0.1, 0.1, 0.1, 0.9) == pytest.approx(1 + 0.15 + 0.015)


@pytest.mark.parametrize(("samples", "delay"), [(3, 0.0), (4, 0.15)])
def test_pending_request_is_late_once_four_responses_are_known(samples: int, delay: float) -> None:
    limited = Limited(1)
    limited.send(*[0.1] * samples)

    pending, following = limited.acquire(2)

    assert following - pending == pytest.approx(1 + max(delay + 0.015, 0.03))


def test_pending_request_is_not_late_if_responses_are_usually_slow() -> None:
    limited = Limited(1)
    limited.send(1.1, 1.1, 1.1, 1.1)

    pending, following = limited.acquire(2)

    assert following - pending == pytest.approx(1.03)


def test_response_time_of_a_fast_request_is_the_first_quartile() -> None:
    response_times = [0.1, 0.11, 0.12, 0.2, 0.3, 0.4, 0.5, 0.22]

    assert Limited(1).next_gap(*response_times) == pytest.approx(1 + 0.1 + 0.015)


def test_late_request_is_noticed_where_most_are_late() -> None:
    assert Limited(1).next_gap(0.1, 0.1, 0.1, *[0.2] * 5) == pytest.approx(1 + 0.1 + 0.015)


def test_response_time_of_a_fast_request_is_learned_from_recent_responses() -> None:
    slow, fast = [0.9] * 100, [0.1] * 30

    assert Limited(1).next_gap(*slow, *fast, 0.2) == pytest.approx(1 + 0.1 + 0.015)


def test_many_threads_together_stay_below_the_limit() -> None:
    limited = Limited(10)
    moments: list[float] = []
    threads = [
        threading.Thread(target=lambda: moments.extend(limited.acquire(10))) for _ in range(20)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 200
    assert busiest_second(moments) <= 10


def test_permits_stay_spaced_after_a_pause() -> None:
    limited = Limited(10)
    limited.acquire(1)

    limited.limiter.pause(limited.deadline, 2)

    assert limited.acquire(3) == pytest.approx([2, 2.103, 2.206])


def test_shorter_pause_does_not_end_a_longer_one() -> None:
    limited = Limited(10)

    limited.limiter.pause(limited.deadline, 5)
    limited.limiter.pause(limited.deadline, 1)

    assert limited.acquire(1) == [5]


def test_permit_after_the_deadline_is_refused_at_once() -> None:
    limited = Limited(10, seconds=3)
    limited.limiter.pause(limited.deadline, 5)

    with pytest.raises(DeadlineExceeded):
        limited.acquire(1)

    assert limited.time.monotonic() == 0
