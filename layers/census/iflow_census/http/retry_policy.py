"""Timeouts and retries, and the pause that a server asks for in a Retry-After header."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from urllib3 import Retry

MAX_RETRY_AFTER = 6 * 3600.0
"""Seconds; whoever asks for more will be asked again in another run anyway."""

_SECONDS = re.compile(r"\d{1,18}", re.ASCII)


RETRYABLE_STATUSES = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Answers that another try may change."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait and how often to try again.

    Attributes:
        connect: seconds for a connection to be made.
        read: seconds of silence while an answer is awaited.
        retries: how often a request is sent again after time-outs, cut connections, 429 and 5xx.
        backoff: seconds before the second retry; doubled for each further one, with jitter.
    """

    connect: float = 10.0
    read: float = 60.0
    retries: int = 6
    backoff: float = 0.5

    def policy(self) -> Retry:
        """The same as urllib3 has it."""
        return Retry(
            total=self.retries,
            backoff_factor=self.backoff,
            backoff_max=60,
            backoff_jitter=self.backoff,
        )


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3).

    Returns:
        Seconds from `now`, 0 or more; None where the header is missing or says nothing.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max((aware - now).total_seconds(), 0.0), MAX_RETRY_AFTER)
