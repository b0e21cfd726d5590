"""Extras that are read one by one: within a time budget, and not if several fail in a row."""

from collections.abc import Callable
from typing import Generic, TypeVar

from iflow_census.clock import Deadline
from iflow_census.scan.readings import Reading

MAX_FAILURES = 3
"""Readings that failed, one after the other, after which no more are tried."""

MAX_READ_SECONDS = 30.0

T = TypeVar("T")


class BoundedReads(Generic[T]):
    """Reads extras until the budget is used up; of no reading an error is raised.

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
        self._failures: tuple[str, ...] = ()

    def read(self, key: str) -> Reading[T]:
        """Read the extra of an id; called from several threads."""
        seconds = min(self._budget.remaining(), MAX_READ_SECONDS)
        if seconds <= 0:
            return Reading(reason=self._unread)
        if len(self._failures) >= MAX_FAILURES:
            return Reading(reason=self._failures[-1])
        try:
            reading = self._read(key, seconds)
        except Exception as error:  # noqa: BLE001 - no extra is worth a scan
            return Reading(reason=f"{self._unread}: {type(error).__name__}")
        self._failures = (*self._failures, reading.reason or "") if reading.value is None else ()
        return reading
