"""Staying under a rate limit.

A limit counts requests as they arrive, and what is sent at equal intervals arrives at unequal ones.
So a request that took longer than usual is taken to have arrived late, and the one that would share
a second with it waits as much longer.
"""

import threading
from collections import deque
from dataclasses import dataclass

from iflow_census.clock import Deadline

HEADROOM = 0.04
"""Share of a limit that is left unused at least; room for what cannot be measured."""

MAX_BURST = 3
"""Turns that nobody took and that may be taken late, at once; how many SAP bears is not known."""

LARGEST_DELAY = 0.15
"""Seconds that a request is taken to have been late at most: beyond it, the answer was slow."""

SAMPLE_SIZE = 31
"""Answers from which it is learned how long one usually takes."""


MIN_SAMPLES = 4
"""Answers before which nothing is learned; the first ones also made their connections."""


@dataclass(slots=True)
class Turn:
    """One request: when it was let go, and how long its answer took, once it is there."""

    sent_at: float
    took: float | None = None


class RateLimiter:
    """Gives each request its turn, evenly spaced but for a few, in any number of threads.

    Args:
        per_second: the limit.
        headroom: share of it that is left unused.
    """

    def __init__(self, per_second: float, headroom: float = HEADROOM) -> None:
        whole = max(1, int(per_second))
        self._headroom = headroom
        self._interval = (1 + headroom) / per_second
        self._window = whole / per_second
        self._turns: deque[Turn] = deque([Turn(float("-inf"), 0.0)] * whole, maxlen=whole)
        self._took: deque[float] = deque(maxlen=SAMPLE_SIZE)
        self._next_turn = float("-inf")
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline) -> Turn:
        """Wait for a turn. Raises `DeadlineExceeded` if it would come too late."""
        with self._lock:
            now = deadline.clock.monotonic()
            turn = max(self._next_turn, now - MAX_BURST * self._interval)
            self._next_turn = turn + self._interval
            moment = max(turn, now)
        while True:
            deadline.sleep(moment - deadline.clock.monotonic())
            with self._lock:
                now = deadline.clock.monotonic()
                # Counted from when requests were really let go: a thread that woke up late must
                # not be followed by others that are on time.
                oldest = self._turns[0]
                spare = max(
                    self._headroom * self._window, self._delay(oldest, now) + self._headroom / 2
                )
                moment = oldest.sent_at + self._window + spare
                if moment <= now:
                    taken = Turn(now)
                    self._turns.append(taken)
                    return taken

    def answered(self, turn: Turn, deadline: Deadline) -> None:
        """Learn from the first byte of an answer."""
        with self._lock:
            turn.took = deadline.clock.monotonic() - turn.sent_at
            self._took.append(turn.took)

    def hold(self, deadline: Deadline, seconds: float) -> None:
        """Give no turn for a while: the other side said that there were too many."""
        with self._lock:
            self._next_turn = max(self._next_turn, deadline.clock.monotonic() + seconds)

    def _delay(self, turn: Turn, now: float) -> float:
        """How much later than usual a request may have arrived."""
        if len(self._took) < MIN_SAMPLES:
            return 0.0
        took = now - turn.sent_at if turn.took is None else turn.took
        usual = sorted(self._took)[len(self._took) * 3 // 4]
        return min(max(took - usual, 0.0), LARGEST_DELAY)
