"""A client-side rate limiter, shared by threads.

A server counts requests as they arrive, and requests that are sent at equal intervals arrive at
unequal ones. A request whose response took longer than those of the fastest requests is therefore
assumed to have arrived late, and the request that might share a second with it is delayed by the
same time.
"""

import threading
from collections import deque
from dataclasses import dataclass

from iflow_census.clock import Clock, Deadline

HEADROOM = 0.03
"""Share of the limit that stays unused, as a reserve for delays that cannot be measured."""

MAX_BURST = 3
"""Unused permits that may be made up for at once. How large a burst SAP tolerates is unknown."""

MAX_DELAY = 0.15
"""Upper bound of the assumed delay in seconds: beyond it, the server itself was slow."""

SAMPLE_SIZE = 31
"""Number of recent responses that the response time of a fast request is learned from."""

FAST_SHARE = 4
"""One of so many recent responses was at least as fast as a fast request's. The fastest one may be
an exception; with more of them, on a busy machine most are late, and a late one is not noticed."""

MIN_SAMPLES = 4
"""Responses needed to learn from; the times of the first ones include connecting."""


@dataclass(slots=True)
class Permit:
    """Permission for one request.

    Attributes:
        sent_at: when the request was sent, in seconds of the monotonic clock; until then, when the
            permit was granted. On a busy machine, a thread may wait long in between.
        clock: what `sent_at` is read from.
        response_time: seconds until the response began; None as long as there is none.
    """

    sent_at: float
    clock: Clock
    response_time: float | None = None

    def record_sent(self) -> None:
        """Count the request from now."""
        self.sent_at = self.clock.monotonic()


class RateLimiter:
    """Grants evenly spaced permits to any number of threads, with bursts of `MAX_BURST`.

    Args:
        per_second: the limit.
        headroom: share of the limit that stays unused.
    """

    def __init__(self, per_second: float, headroom: float = HEADROOM) -> None:
        permits_per_window = max(1, int(per_second))
        self._headroom = headroom
        self._interval = (1 + headroom) / per_second
        self._window = permits_per_window / per_second
        self._permits: deque[Permit] = deque(
            [Permit(float("-inf"), Clock(), 0.0)] * permits_per_window, maxlen=permits_per_window
        )
        self._response_times: deque[float] = deque(maxlen=SAMPLE_SIZE)
        self._next_slot = float("-inf")
        self._lock = threading.Lock()

    def acquire(self, deadline: Deadline) -> Permit:
        """Wait for a permit. Raises `DeadlineExceeded` if it would come too late."""
        with self._lock:
            now = deadline.clock.monotonic()
            slot = max(self._next_slot, now - MAX_BURST * self._interval)
            self._next_slot = slot + self._interval
            ready_at = max(slot, now)
        while True:
            deadline.sleep(ready_at - deadline.clock.monotonic())
            with self._lock:
                now = deadline.clock.monotonic()
                # Count from when requests were really sent: a thread that woke up late must not
                # be followed by others that are on time.
                oldest = self._permits[0]
                reserve = max(
                    self._headroom * self._window,
                    self._estimate_delay(oldest, now) + self._headroom / 2,
                )
                ready_at = oldest.sent_at + self._window + reserve
                if ready_at <= now:
                    permit = Permit(now, deadline.clock)
                    self._permits.append(permit)
                    return permit

    def record_response(self, permit: Permit, deadline: Deadline) -> None:
        """Learn from the time at which a response begins."""
        with self._lock:
            permit.response_time = deadline.clock.monotonic() - permit.sent_at
            self._response_times.append(permit.response_time)

    def pause(self, deadline: Deadline, seconds: float) -> None:
        """Grant no permit for a while, because the server reported too many requests."""
        with self._lock:
            self._next_slot = max(self._next_slot, deadline.clock.monotonic() + seconds)

    def _estimate_delay(self, permit: Permit, now: float) -> float:
        """Estimate how many seconds later than a fast request a request arrived."""
        if len(self._response_times) < MIN_SAMPLES:
            return 0.0
        elapsed = now - permit.sent_at if permit.response_time is None else permit.response_time
        fast = sorted(self._response_times)[len(self._response_times) // FAST_SHARE]
        return min(max(elapsed - fast, 0.0), MAX_DELAY)
