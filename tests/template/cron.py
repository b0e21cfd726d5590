"""EventBridge's cron expressions: are they valid, and when do they fire.

Six fields: minutes, hours, day of month, month, day of week (1 is Sunday), year; one of the two
days, and only one, is `?`. Source: EventBridge Scheduler User Guide, schedule types. `L`, `W` and
`#`, which this stack does not use, are refused.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

_LIMITS = {
    "minutes": (0, 59),
    "hours": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "day of week": (1, 7),
    "year": (1970, 2199),
}
_DAYS = ("day of month", "day of week")
_PART = re.compile(r"(?:(\*)|(\d+)(?:-(\d+))?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """The values that each field takes; None: no matter which."""

    fields: dict[str, frozenset[int] | None]

    @classmethod
    def parse(cls, expression: str) -> "Cron":
        """Read `cron(…)`. Raises `ValueError`, which says what is wrong."""
        match = re.fullmatch(r"cron\((.*)\)", expression)
        if not match:
            raise ValueError(f"{expression!r} is no cron(…)")
        texts = match[1].split(" ")
        if len(texts) != len(_LIMITS):
            raise ValueError(f"{expression!r} has {len(texts)} fields, not {len(_LIMITS)}")
        named = dict(zip(_LIMITS, texts, strict=True))
        if [named[day] for day in _DAYS].count("?") != 1:
            raise ValueError(f"{expression!r}: one of the two days, and only one, must be '?'")
        return cls({name: _values(name, text) for name, text in named.items()})

    def next_after(self, moment: datetime) -> datetime:
        """The first moment after this one, in UTC, at which it fires."""
        day = moment.astimezone(UTC).date()
        while day.year <= _LIMITS["year"][1]:
            if self._takes_day(day.year, day.month, day.day, day.isoweekday() % 7 + 1):
                for hour in range(24):
                    for minute in range(60):
                        fires = datetime.combine(day, time(hour, minute), UTC)
                        hit = self._takes("hours", hour) and self._takes("minutes", minute)
                        if hit and fires > moment:
                            return fires
            day += timedelta(days=1)
        raise ValueError("it never fires again")

    def _takes_day(self, year: int, month: int, day: int, weekday: int) -> bool:
        return (
            self._takes("year", year)
            and self._takes("month", month)
            and self._takes("day of month", day)
            and self._takes("day of week", weekday)
        )

    def _takes(self, field: str, value: int) -> bool:
        values = self.fields[field]
        return values is None or value in values


def _values(name: str, text: str) -> frozenset[int] | None:
    if text == "*" or (text == "?" and name in _DAYS):
        return None
    low, high = _LIMITS[name]
    values: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f"{name}: {part!r} cannot be read")
        every, first, last, step = match.groups()
        start = low if every else int(first)
        end = int(last) if last else high if every or step else start
        if not low <= start <= end <= high or step == "0":
            raise ValueError(f"{name}: {part!r} is not within {low} and {high}")
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)
