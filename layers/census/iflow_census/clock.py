"""Time, passed in by the driver: nothing below a driver asks the machine what time it is."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from iflow_census.errors import DeadlineExceeded


@dataclass(frozen=True)
class Clock:
    """The three questions about time that the census asks.

    Attributes:
        now: the moment, timezone-aware UTC.
        monotonic: seconds since some fixed point; never goes back.
        sleep: waits the given number of seconds.
    """

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class Deadline:
    """The moment after which no further work is begun, shared by all threads of a run.

    It can also be reached early: `cancel` makes every later wait and request of the run fail
    at once, so that one failed stage does not leave the others at work.
    """

    def __init__(self, clock: Clock, seconds: float, *, parent: "Deadline | None" = None) -> None:
        self.clock = clock
        self._end = clock.monotonic() + seconds
        self._parent = parent
        self._cancelled = threading.Event()

    def child(self, seconds: float = math.inf) -> "Deadline":
        """A deadline at the same moment, or earlier, for a part that can be cancelled alone.

        Args:
            seconds: of the part, from now; it ends with the whole all the same.
        """
        return Deadline(self.clock, min(self._end - self.clock.monotonic(), seconds), parent=self)

    def remaining(self) -> float:
        """Seconds left; 0 or less when the deadline has been reached."""
        left = self._end - self.clock.monotonic()
        return min(left, 0.0) if self._is_cancelled() else left

    def cancel(self) -> None:
        """Reach the deadline now."""
        self._cancelled.set()

    def _is_cancelled(self) -> bool:
        parent = self._parent
        return self._cancelled.is_set() or (parent is not None and parent._is_cancelled())  # noqa: SLF001 - its own kind

    def check(self) -> None:
        """Raise `DeadlineExceeded` if no further work may begin."""
        if self.remaining() <= 0:
            raise DeadlineExceeded("the time given to this run is used up")

    def sleep(self, seconds: float) -> None:
        """Wait, unless the deadline would come first: then raise `DeadlineExceeded` at once."""
        if max(seconds, 0.0) >= self.remaining():
            raise DeadlineExceeded("the time given to this run is used up")
        if seconds > 0:
            self.clock.sleep(seconds)
