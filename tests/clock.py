"""Time that passes only when somebody sleeps or a test says so."""

import threading
import time
from datetime import UTC, datetime, timedelta

from iflow_census.clock import Clock

NOVEMBER = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
"""When the schedule starts the census of October 2026."""


class FakeClock:
    """A clock without waiting, for many threads; `now` and `monotonic` move together.

    Sleeps that overlap pass together, as real ones do: one of a second beside another of a second
    take one second, if both were begun before either has ended.

    Args:
        start: the moment at which it starts; aware.
    """

    def __init__(self, start: datetime = NOVEMBER) -> None:
        self._start = start.astimezone(UTC)
        self._passed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since the start."""
        with self._lock:
            return self._passed

    def sleep(self, seconds: float) -> None:
        """Be at least this many seconds later than at the call; never goes back."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        end = self.monotonic() + seconds
        time.sleep(0)  # lets other threads begin their sleep before this one ends
        self.reach(end)

    def reach(self, seconds: float) -> None:
        """Be at least this many seconds after the start; never goes back."""
        with self._lock:
            self._passed = max(self._passed, seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody."""
        if seconds < 0:
            raise ValueError("time never goes back")
        with self._lock:
            self._passed += seconds

    @property
    def clock(self) -> Clock:
        """The clock as the census takes it."""
        return Clock(now=self.now, monotonic=self.monotonic, sleep=self.sleep)
