"""Timeouts and retries, and the pause that a server requests in a Retry-After header."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from urllib3 import Retry

from iflow_census.clock import Clock

RETRYABLE_STATUSES = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Status codes that a retry may change."""

MAX_RETRY_AFTER = 6 * 3600.0
"""Seconds. A longer pause would outlast any run."""

_SECONDS = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Timeouts and retries of a request.

    Attributes:
        connect: timeout for connecting, in seconds.
        read: timeout for each read from the socket, in seconds.
        retries: retries after timeouts, connection errors, 429 and 5xx.
        backoff: seconds before the second retry; doubles with each further one, plus jitter.
    """

    connect: float = 10.0
    read: float = 60.0
    retries: int = 6
    backoff: float = 0.5

    def to_urllib3(self) -> Retry:
        """Create urllib3's retry object, which counts retries and computes the backoff."""
        return Retry(
            total=self.retries,
            backoff_factor=self.backoff,
            backoff_max=60,
            backoff_jitter=self.backoff,
        )


class QuickRetries:
    """The retries of a connection that was refused or timed out, or to a host that is unknown.

    Mostly a wrong address, a proxy or a firewall is the cause, which no retry changes. One that
    times out is tried twice; the operating system has repeated each try by itself. A gateway that
    restarts refuses connections for a moment, so there are a few retries within seconds. More would
    only make a person wait, and a monthly run would hold a Lambda for minutes: the error is a
    `TransientError`, so that the next attempt of the Lambda or of the state machine, half a minute
    later or more, covers a longer restart. A host that has answered this client before has the
    right address; its failures are retried like any other.
    """

    PAUSES = (0.5, 1.0, 1.0)
    MAX_SECONDS = 5.0
    """No retry starts later than this after the first failure."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pauses = iter(self.PAUSES)
        self._end: float | None = None

    def next_pause(self) -> float | None:
        """Return the seconds before the next retry; None if there is none."""
        now = self._clock.monotonic()
        self._end = now + self.MAX_SECONDS if self._end is None else self._end
        pause = next(self._pauses, None)
        return None if pause is None or now + pause > self._end else pause


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header (RFC 9110, section 10.2.3): seconds from `now`, at least 0."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware_date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return min(max((aware_date - now).total_seconds(), 0.0), MAX_RETRY_AFTER)
