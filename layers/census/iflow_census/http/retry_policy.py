"""How long the other side asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE = 6 * 3600.0
"""Seconds; whoever asks for more will be asked again in another run anyway."""

_SECONDS = re.compile(r"\d{1,18}", re.ASCII)


def asked_pause(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3).

    Returns:
        Seconds from `now`, 0 or more; None where the header is missing or says nothing.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max((aware - now).total_seconds(), 0.0), LONGEST_PAUSE)
