"""Generate message processing logs from a seed, including those at month boundaries."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from tests.simulators.cloud_integration.landscape import LogArtifact, MessageLog, to_ms

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_DURATION = 6 * HOUR
"""The maximum duration of a generated message, in milliseconds."""

_SHARES = {
    "COMPLETED": 930,
    "FAILED": 35,
    "RETRY": 8,
    "PROCESSING": 5,
    "ESCALATED": 8,
    "CANCELLED": 6,
    "DISCARDED": 7,
    "ABANDONED": 1,
}
_STATUS_NAMES = tuple(_SHARES)
_CUMULATIVE = tuple(accumulate(_SHARES.values()))
_UNFINISHED = frozenset({"RETRY", "PROCESSING"})


def month_bounds(year: int, month: int) -> tuple[int, int]:
    """Return the first millisecond of a month and of the next month, UTC."""
    next_link = (year + 1, 1) if month == 12 else (year, month + 1)
    return (
        to_ms(datetime(year, month, 1, tzinfo=UTC)),
        to_ms(datetime(*next_link, 1, tzinfo=UTC)),
    )


class MessageGenerator:
    """Generates logs with unique guids."""

    def __init__(self, seed: str) -> None:
        """``seed`` determines all guids, times and statuses."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._prefix = f"AG{self._random.getrandbits(48):012x}"
        self._generated = 0

    def _guid(self) -> str:
        self._generated += 1
        return f"{self._prefix}{self._generated:014d}"

    def spread(self, artifact: LogArtifact, count: int, start: int, end: int) -> list[MessageLog]:
        """Return ``count`` logs that started at random times in [start, end)."""
        draw = self._random.random
        width = end - start
        statuses = self._random.choices(_STATUS_NAMES, cum_weights=_CUMULATIVE, k=count)
        logs = []
        for status in statuses:
            started = start + int(draw() * width)
            duration = 20 + int(draw() ** 8 * 30 * MINUTE)
            logs.append(
                MessageLog(
                    self._guid(),
                    artifact,
                    status,
                    started,
                    None if status in _UNFINISHED else started + duration,
                    "CHECKED_BY_HAND" if status == "ESCALATED" else None,
                )
            )
        return logs

    def at_month_borders(self, artifact: LogArtifact, start: int, end: int) -> Iterator[MessageLog]:
        """Yield logs just before and after both boundaries of the month [start, end)."""
        for started, ended in (
            (start - 1, start - 1),
            (start - HOUR, start + HOUR),
            (start, start + 40),
            (start + 1, None),
            (end - 1, end + MAX_DURATION - 1),
            (end - HOUR, end + MINUTE),
            (end - HOUR, end - HOUR),
            (end, end + 40),
        ):
            status = "RETRY" if ended is None else "COMPLETED"
            yield MessageLog(self._guid(), artifact, status, started, ended)

    def without_artifact(self, count: int) -> Iterator[MessageLog]:
        """Yield rows with only guid and status, as real tenants have them."""
        for _ in range(count):
            yield MessageLog(self._guid(), None, "PROCESSING", None, None)

    def for_deleted_iflows(self, count: int, start: int, end: int) -> Iterator[MessageLog]:
        """Yield logs of iFlows that no longer exist."""
        artifacts: Sequence[LogArtifact] = [
            LogArtifact(f"deleted_iflow_{n}", f"Deleted {n}", "gone", "Gone") for n in range(3)
        ]
        for n in range(count):
            yield from self.spread(artifacts[n % len(artifacts)], 1, start, end)
