"""Staying under a rate limit."""

import threading

from iflow_census.clock import Deadline

HEADROOM = 0.04
"""Share of the limit that is left unused, because what is sent at equal intervals arrives at
unequal ones."""


class Pacer:
    """Gives each request its turn, evenly spaced, in any number of threads."""

    def __init__(self, per_second: float) -> None:
        self._interval = (1 + HEADROOM) / per_second
        self._lock = threading.Lock()
        self._next_turn = float("-inf")

    def wait(self, deadline: Deadline) -> None:
        """Wait for a turn. Raises `DeadlineReached` if it would come too late."""
        with self._lock:
            now = deadline.clock.monotonic()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        deadline.sleep(turn - now)

    def hold(self, deadline: Deadline, seconds: float) -> None:
        """Give no turn for a while: the other side said that there were too many."""
        with self._lock:
            self._next_turn = max(self._next_turn, deadline.clock.monotonic() + seconds)
