"""When a Quartz expression fires next.

Source: Quartz documentation, "CronTrigger Tutorial": seconds, minutes, hours, day of month, month,
day of week (1 is Sunday), year. `L`, `W` and `#` are not supported.
"""

import re
from collections.abc import Set
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

MAX_YEARS = 10

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES = {name: number for names in (_MONTHS, _DAYS) for number, name in enumerate(names, start=1)}
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_PART = re.compile(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d+))?", re.ASCII)
_UTC_NAMES = frozenset({"Etc/GMT", "Etc/UTC", "GMT", "UTC"})
"""Not every system has a database of time zones."""


def next_run(expression: str, time_zone: str | None, after: datetime) -> datetime | None:
    """Return when an expression fires next, in UTC; None if not within `MAX_YEARS`.

    Args:
        expression: seven fields with blanks between them.
        time_zone: the name of its time zone.
        after: the moment from which to look, timezone-aware.

    Raises:
        ValueError: the expression or the time zone is not known.
    """
    fields = expression.split()
    if len(fields) != len(_RANGES):
        raise ValueError("not a Quartz expression")
    seconds, minutes, hours, *days = (
        _parse_field(field, *limits) for field, limits in zip(fields, _RANGES, strict=True)
    )
    zone = _find_zone(time_zone)
    local = after.astimezone(zone)
    if max(days[-1]) < local.year:
        return None
    times = [time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
    for offset in range(366 * MAX_YEARS):
        day = local.date() + timedelta(days=offset)
        if not _is_on(days, day.day, day.month, day.isoweekday() % 7 + 1, day.year):
            continue
        for moment in times:
            for second in sorted(seconds):
                fires = datetime.combine(day, moment.replace(second=second), zone).astimezone(UTC)
                if fires > after:
                    return fires
                if fires < after - timedelta(minutes=1):
                    break
    return None


def _is_on(days: list[Set[int]], day: int, month: int, weekday: int, year: int) -> bool:
    days_of_month, months, weekdays, years = days
    return day in days_of_month and month in months and weekday in weekdays and year in years


def _parse_field(field: str, low: int, high: int) -> Set[int]:
    values: set[int] = set()
    for part in field.upper().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"not supported: {part}")
        first, last, step = match.groups()
        if first in ("*", "?"):
            start, end = low, high
        else:
            start = _number(first)
            end = _number(last) if last else high if step else start
        if not low <= start <= end <= high or (step and not int(step)):
            raise ValueError(f"out of range: {part}")
        values.update(range(start, end + 1, int(step or 1)))
    return values


def _number(text: str) -> int:
    return _NAMES[text] if text in _NAMES else int(text)


def _find_zone(name: str | None) -> tzinfo:
    if name is None or name in _UTC_NAMES:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"unknown time zone {name}") from None
