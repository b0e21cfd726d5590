"""Clocks and deadlines.

The driver passes the clock in. No other code reads the system's time, except where it completes a
socket's timeout (`http.time_limit`).
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from iflow_census.errors import DeadlineExceeded


@dataclass(frozen=True)
class Clock:
    """The functions of time that the census uses.

    Attributes:
        now: returns the current time, timezone-aware UTC.
        monotonic: returns seconds since a fixed point; never goes back.
        sleep: waits the given number of seconds.
    """

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class Deadline:
    """A point in time after which no work is started; shared by all threads of a run.

    `cancel` reaches it early: every later wait and request fails at once, so that one failure
    stops the other threads.

    Args:
        seconds: until the deadline, from now.
        parent: canceling it cancels this deadline too.
    """

    def __init__(self, clock: Clock, seconds: float, *, parent: "Deadline | None" = None) -> None:
        self.clock = clock
        self._end = clock.monotonic() + seconds
        self._parent = parent

    def child(self, seconds: float = math.inf) -> "Deadline":
        """Create a deadline that can be canceled on its own.

        It is never later than this one.
        """
        return Deadline(self.clock, min(self._end - self.clock.monotonic(), seconds), parent=self)

    def remaining(self) -> float:
        """Seconds left; after the deadline, minus the seconds that have passed since."""
        return self._earliest_end() - self.clock.monotonic()

    def cancel(self) -> None:
        """Reach the deadline now."""
        self._end = min(self._end, self.clock.monotonic())

    def _earliest_end(self) -> float:
        parent = self._parent
        return self._end if parent is None else min(self._end, parent._earliest_end())  # noqa: SLF001 - same class

    def check(self) -> None:
        """Raise `DeadlineExceeded` if no more work may start."""
        if self.remaining() <= 0:
            raise DeadlineExceeded("the time of this run is used up")

    def sleep(self, seconds: float) -> None:
        """Wait; raise `DeadlineExceeded` at once if the deadline would come first."""
        if max(seconds, 0.0) >= self.remaining():
            raise DeadlineExceeded("the time of this run is used up")
        if seconds > 0:
            self.clock.sleep(seconds)
