"""Extras are read within a time budget, and not at all once several in a row have failed."""

import pytest

from iflow_census.clock import Deadline
from iflow_census.scan.bounded_reads import MAX_FAILURES, BoundedReads, CircuitBreaker
from iflow_census.scan.readings import Reading
from tests.clock import FakeClock


class Extras:
    """Serves readings in order, and records what was requested and for how many seconds."""

    def __init__(self, *readings: Reading[int] | Exception, seconds: float = 0.0) -> None:
        self.clock = FakeClock()
        self.requests: list[tuple[str, float]] = []
        self._readings = iter(readings)
        self._seconds = seconds

    def read(self, key: str, seconds: float) -> Reading[int]:
        self.requests.append((key, seconds))
        self.clock.advance(self._seconds)
        reading = next(self._readings)
        if isinstance(reading, Exception):
            raise reading
        return reading

    def bounded(self, budget: float) -> BoundedReads[int]:
        return BoundedReads(self.read, Deadline(self.clock.clock, budget), "not yet read")


def test_extras_are_read_until_three_in_a_row_have_failed() -> None:
    breaker = CircuitBreaker()
    reasons = [Reading[int](reason=f"HTTP {status}") for status in (500, 502, 503)]
    readings = [*reasons[:2], Reading(1), *reasons]

    assert [breaker.read(lambda: reading) for reading in readings] == readings  # noqa: B023

    assert breaker.read(lambda: Reading(2)) == reasons[-1]
    assert len(reasons) == MAX_FAILURES


def test_zero_is_no_failure() -> None:
    breaker = CircuitBreaker()

    readings = [breaker.read(lambda: Reading(0)) for _ in range(MAX_FAILURES + 1)]

    assert readings == [Reading(0)] * (MAX_FAILURES + 1)


def test_extra_has_the_rest_of_the_budget_but_at_most_30_seconds() -> None:
    extras = Extras(Reading(1), Reading(2), seconds=25)
    reads = extras.bounded(budget=50)

    values = [reads.read(key).value for key in "abc"]

    assert values == [1, 2, None]
    assert extras.requests == [("a", 30), ("b", 25)]


def test_extra_without_time_has_the_given_reason() -> None:
    assert Extras().bounded(budget=0).read("a") == Reading(reason="not yet read")


@pytest.mark.parametrize("error", [KeyError("bug"), TimeoutError()])
def test_error_of_an_extra_is_a_failure(error: Exception) -> None:
    extras = Extras(*[error] * MAX_FAILURES)
    reads = extras.bounded(budget=100)

    readings = [reads.read(key) for key in "abcd"]

    assert set(readings) == {Reading(reason=f"not yet read: {type(error).__name__}")}
    assert len(extras.requests) == MAX_FAILURES
