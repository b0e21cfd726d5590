"""Extras that are read one by one: not if several fail in a row, and within a time budget."""

from collections.abc import Callable
from typing import Generic, TypeVar

from iflow_census.clock import Deadline
from iflow_census.scan.readings import Reading

MAX_FAILURES = 3
"""Readings that failed, one after the other, after which no more are tried."""

MAX_READ_SECONDS = 30.0

T = TypeVar("T")


class CircuitBreaker:
    """Reads extras until several in a row have no value: others would have none either.

    A tenant that does not respond would otherwise delay the scan by the time-out of each.
    """

    def __init__(self) -> None:
        self._failures: tuple[str, ...] = ()

    def read(self, read: Callable[[], Reading[T]]) -> Reading[T]:
        """Read an extra; called from several threads."""
        failures = self._failures
        if len(failures) >= MAX_FAILURES:
            return Reading(reason=failures[-1])
        reading = read()
        self._failures = (*failures, reading.reason or "") if reading.value is None else ()
        return reading


class BoundedReads(Generic[T]):
    """Reads extras until the budget is used up or several in a row have failed; raises nothing.

    Args:
        read: reads the extra of an id within a number of seconds.
        budget: the deadline for all readings.
        unread: the reason of a reading that there was no time for.
    """

    def __init__(
        self, read: Callable[[str, float], Reading[T]], budget: Deadline, unread: str
    ) -> None:
        self._read = read
        self._budget = budget
        self._unread = unread
        self._breaker = CircuitBreaker()

    def read(self, key: str) -> Reading[T]:
        """Read the extra of an id; called from several threads."""
        seconds = min(self._budget.remaining(), MAX_READ_SECONDS)
        if seconds <= 0:
            return Reading(reason=self._unread)
        return self._breaker.read(lambda: self._try(key, seconds))

    def _try(self, key: str, seconds: float) -> Reading[T]:
        try:
            return self._read(key, seconds)
        except Exception as error:  # noqa: BLE001 - no extra is worth a scan
            return Reading(reason=f"{self._unread}: {type(error).__name__}")
