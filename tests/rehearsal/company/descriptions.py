"""What `packages.csv` and `iflows.csv` say of the company."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from tests.simulators.cloud_integration import to_ms

NOT_DEPLOYED = "-"
"""In the place of a deployed version."""


@dataclass(frozen=True, slots=True)
class Iflow:
    """A line of `iflows.csv`.

    Attributes:
        package: the id of its package.
        id: its id.
        name: its name.
        sender: the system that it starts from.
        receiver: the system that it sends to.
        protocol: of its HTTP endpoint; empty if it has none.
        pattern: on which days it has messages; a key of `PATTERNS` in messages.py.
        per_day: messages on a normal day of the pattern.
        failing: percentage of messages that fail.
        created: when it was created, or copied from SAP.
        changed: when its present version was saved; None: as created.
        version: in the design.
        deployed_version: where it differs; "-": not deployed.
        last_message: the day of the last message; None: there are new ones each month.
        runs_at_edge: whether it runs in the Edge Integration Cell.
    """

    package: str
    id: str
    name: str
    sender: str
    receiver: str
    protocol: str
    pattern: str
    per_day: float
    failing: float
    created: date
    changed: date | None
    version: str
    deployed_version: str
    last_message: date | None
    runs_at_edge: bool


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def read_iflows() -> Sequence[Iflow]:
    """Return the iFlows of production."""
    return [
        Iflow(
            package=row["package"],
            id=row["id"],
            name=row["name"],
            sender=row["sender"],
            receiver=row["receiver"],
            protocol=row["protocol"],
            pattern=row["pattern"],
            per_day=float(row["per_day"]),
            failing=float(row["failing"]),
            created=date.fromisoformat(row["created"]),
            changed=_date(row["changed"]),
            version=row["version"],
            deployed_version=row["deployed_version"],
            last_message=_date(row["last_message"]),
            runs_at_edge=row["runs_in"] == "edge",
        )
        for row in _rows("iflows.csv")
    ]


@cache
def package_rows() -> Sequence[Mapping[str, str]]:
    """Return the lines of `packages.csv`, by column."""
    return _rows("packages.csv")


def to_moment(day: date) -> int:
    """Return the beginning of a day (UTC) in milliseconds since 1970."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
