"""A clock that moves only when a thread sleeps or a test moves it."""

import threading
import time
from datetime import UTC, datetime, timedelta

from iflow_census.clock import Clock

NOVEMBER = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
"""When the schedule starts the census of October 2026."""


class FakeClock:
    """A clock for many threads that never waits; `now` and `monotonic` move together.

    Overlapping sleeps pass together, like real ones: two sleeps of one second take one second in
    total if both started before either ended.

    Args:
        start: the time at which it starts; timezone-aware.
    """

    def __init__(self, start: datetime = NOVEMBER) -> None:
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The current time, timezone-aware UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since the start."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move to this many seconds after the call, unless the clock is later already."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        end = self.monotonic() + seconds
        time.sleep(0)  # lets other threads start their sleep before this one ends
        self.reach(end)

    def reach(self, seconds: float) -> None:
        """Move to this many seconds after the start, unless the clock is later already."""
        with self._lock:
            self._elapsed = max(self._elapsed, seconds)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        if seconds < 0:
            raise ValueError("a clock cannot go back")
        with self._lock:
            self._elapsed += seconds

    @property
    def clock(self) -> Clock:
        """The fake clock as the `Clock` that the code under test takes."""
        return Clock(now=self.now, monotonic=self.monotonic, sleep=self.sleep)
