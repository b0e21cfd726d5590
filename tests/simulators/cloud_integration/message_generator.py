"""Message processing logs from a seed: realistic shares, and the cases at the borders."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from tests.simulators.cloud_integration.landscape import LogArtifact, MessageLog, to_ms

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST_RUN = 6 * HOUR
"""No generated message runs longer than this, in milliseconds."""

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
    """Return first millisecond of the month and of the month after it, UTC."""
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return (
        to_ms(datetime(year, month, 1, tzinfo=UTC)),
        to_ms(datetime(*following, 1, tzinfo=UTC)),
    )


class MessageGenerator:
    """Draws logs with guids that never repeat within one landscape."""

    def __init__(self, seed: str) -> None:
        """``seed`` decides every guid, time and status."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._prefix = f"AG{self._random.getrandbits(48):012x}"
        self._drawn = 0

    def _guid(self) -> str:
        self._drawn += 1
        return f"{self._prefix}{self._drawn:014d}"

    def spread(self, artifact: LogArtifact, count: int, start: int, end: int) -> list[MessageLog]:
        """Return ``count`` logs that started at random times in [start, end)."""
        draw = self._random.random
        width = end - start
        statuses = self._random.choices(_STATUS_NAMES, cum_weights=_CUMULATIVE, k=count)
        logs = []
        for status in statuses:
            begun = start + int(draw() * width)
            duration = 20 + int(draw() ** 8 * 30 * MINUTE)
            logs.append(
                MessageLog(
                    self._guid(),
                    artifact,
                    status,
                    begun,
                    None if status in _UNFINISHED else begun + duration,
                    "CHECKED_BY_HAND" if status == "ESCALATED" else None,
                )
            )
        return logs

    def at_borders(self, artifact: LogArtifact, start: int, end: int) -> Iterator[MessageLog]:
        """Yield logs on either side of both borders of the month [start, end)."""
        for begun, ended in (
            (start - 1, start - 1),
            (start - HOUR, start + HOUR),
            (start, start + 40),
            (start + 1, None),
            (end - 1, end + LONGEST_RUN - 1),
            (end - HOUR, end + MINUTE),
            (end - HOUR, end - HOUR),
            (end, end + 40),
        ):
            status = "RETRY" if ended is None else "COMPLETED"
            yield MessageLog(self._guid(), artifact, status, begun, ended)

    def null_heavy(self, count: int) -> Iterator[MessageLog]:
        """Yield rows of which nothing is known but guid and status, as real tenants show them."""
        for _ in range(count):
            yield MessageLog(self._guid(), None, "PROCESSING", None, None)

    def of_deleted(self, count: int, start: int, end: int) -> Iterator[MessageLog]:
        """Yield logs of iFlows that are in no list any more."""
        ghosts: Sequence[LogArtifact] = [
            LogArtifact(f"deleted_iflow_{n}", f"Deleted {n}", "gone", "Gone") for n in range(3)
        ]
        for n in range(count):
            yield from self.spread(ghosts[n % len(ghosts)], 1, start, end)
