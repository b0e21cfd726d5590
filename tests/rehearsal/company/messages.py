"""The message logs of the company's iFlows: patterns of weekdays and month ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from tests.rehearsal.company.descriptions import Iflow, package_rows, to_moment
from tests.simulators.cloud_integration.landscape import LogArtifact, MessageLog

_OFTEN = 10
"""An iFlow that fails more often, in percent, does so since its last change; before that,"""
_RARELY = 0.5
"""this percentage of its messages failed."""


def _working_days(day: date) -> float:
    return 1.0 if day.weekday() < 5 else 0.1


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=3)).month != day.month or day.day == 1


PATTERNS: Mapping[str, Callable[[date], float]] = {
    "working_days": _working_days,
    "every_day": lambda _: 1.0,
    "month_end": lambda day: _working_days(day) * (3.0 if _is_month_end(day) else 0.6),
    "weekly": lambda day: 1.0 if day.weekday() == 0 else 0.0,
    "monthly": lambda day: 1.0 if _is_month_end(day) else 0.0,
    "never": lambda _: 0.0,
}
"""Which part of the messages of a normal day an iFlow has on a day."""


def messages_of(
    iflow: Iflow, tenant: str, start: date, end: date, *, share: float
) -> Iterator[MessageLog]:
    """Yield the message logs of the days in [start, end).

    Args:
        iflow: the iFlow.
        tenant: where it runs.
        start: the first day.
        end: the day after the last one.
        share: how many of production's messages it has.
    """
    package = next(row["name"] for row in package_rows() if row["id"] == iflow.package)
    artifact = LogArtifact(
        iflow.id, iflow.name, iflow.package, package, iflow.sender, iflow.receiver
    )
    day = max(start, iflow.created)
    while day < end and (iflow.last_message is None or day <= iflow.last_message):
        yield from _messages_of_day(iflow, artifact, tenant, day, share)
        day += timedelta(days=1)


def _messages_of_day(
    iflow: Iflow, artifact: LogArtifact, tenant: str, day: date, share: float
) -> Iterator[MessageLog]:
    expected = iflow.per_day * PATTERNS[iflow.pattern](day) * share
    if not expected:
        return
    draw = random.Random(f"{tenant}/{iflow.id}/{day}")  # noqa: S311 - repeatable, not secret
    count = int(expected * draw.uniform(0.8, 1.2) + draw.random())
    is_worse = iflow.changed is not None and day >= iflow.changed
    failing = iflow.failing if is_worse or iflow.failing < _OFTEN else _RARELY
    midnight = to_moment(day)
    prefix = f"{tenant}-{iflow.id[:40]}-{day:%y%m%d}-"
    chance, randrange = draw.random, draw.randrange
    for number in range(count):
        started = midnight + int((5 + 16 * chance()) * 3_600_000)
        yield MessageLog(
            f"{prefix}{number:04d}",
            artifact,
            "FAILED" if chance() * 100 < failing else "COMPLETED",
            started,
            started + randrange(80, 9001),
        )
