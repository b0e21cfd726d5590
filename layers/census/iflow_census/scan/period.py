"""Periods and half-open windows of time, all in UTC."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from iflow_census.errors import ConfigurationError

FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Years in which a tenant of SAP Cloud Integration can have messages, with room on both sides."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The time from `start` (included) to `end` (excluded), timezone-aware UTC.

    Half-open windows add up: splitting one neither counts a message twice nor loses one.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"window {self.start} .. {self.end}: must start before it ends")

    @property
    def length(self) -> timedelta:
        """The length of the window."""
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        """Whether the moment is in the window."""
        return self.start <= moment < self.end

    def halves(self) -> tuple["Window", "Window"]:
        """Split the window in two, at a full second."""
        middle = (self.start + self.length / 2).replace(microsecond=0)
        return Window(self.start, middle), Window(middle, self.end)

    def days(self) -> Sequence["Window"]:
        """Split the window at midnight UTC; the first and the last day may be partial."""
        midnight = datetime.combine(self.start.date(), time(), UTC)
        cuts = [self.start]
        while (midnight := midnight + timedelta(days=1)) < self.end:
            cuts.append(midnight)
        return [Window(start, end) for start, end in pairwise([*cuts, self.end])]


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC, written as in an event: "2026-10"."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Parse "YYYY-MM", from 2000 on. Raises `ConfigurationError` for anything else."""
        match = _MONTH.fullmatch(text)
        if not match:
            raise ConfigurationError(f"period {text!r}: not a month; write it as YYYY-MM")
        if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise ConfigurationError(
                f"period {text!r}: not a month that can be counted; choose one from "
                f"{FIRST_YEAR}-01 to {LAST_YEAR}-12"
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, moment: datetime) -> "Month":
        """The month that contains a moment."""
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def start(self) -> datetime:
        """The first moment of the month."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next month."""
        if self.month == 12:  # noqa: PLR2004 - December
            return datetime(self.year + 1, 1, 1, tzinfo=UTC)
        return datetime(self.year, self.month + 1, 1, tzinfo=UTC)

    @property
    def window(self) -> Window:
        """The month from start to end."""
        return Window(self.start, self.end)

    @property
    def months(self) -> "Sequence[Month]":
        """The month itself; see `RollingWindow.months`."""
        return [self]

    @property
    def label(self) -> str:
        """The month, for people."""
        return str(self)

    def previous(self) -> "Month":
        """The month before."""
        return Month.containing(self.start - timedelta(days=1))

    def next(self) -> "Month":
        """The month after."""
        return Month.containing(self.end)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


LAST_MONTH = "last-month"
"""The month before a run in events."""

LAST_30_DAYS = "last-30-days"
"""The rolling window in events, names of folders and manifests."""


@dataclass(frozen=True, slots=True, order=True)
class RollingWindow:
    """The time before a run for which SAP surely has all message logs; not a calendar month."""

    start: datetime
    end: datetime

    @property
    def window(self) -> Window:
        """The window from start to end."""
        return Window(self.start, self.end)

    @property
    def months(self) -> Sequence[Month]:
        """The months that the window touches, in order."""
        months = [Month.containing(self.start)]
        while months[-1].end < self.end:
            months.append(months[-1].next())
        return months

    def previous(self) -> Month:
        """The newest month whose report is of the time before the window ended."""
        return Month.containing(self.start)

    @property
    def label(self) -> str:
        """The window, for people."""
        return f"last 30 days ({self.start:%Y-%m-%d} to {self.end:%Y-%m-%d})"

    def __str__(self) -> str:
        return LAST_30_DAYS


Period = Month | RollingWindow
"""What a report is of."""


def iso_utc(moment: datetime | None) -> str | None:
    """Format a moment as in the reports: ISO 8601, UTC, milliseconds; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
