"""Months and half-open windows of time, all in UTC."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from iflow_census.errors import ConfigurationError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The moments from `start` (included) to `end` (not included), timezone-aware UTC.

    Half-open windows add up: cutting one never counts a message twice and never loses one.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a window ends after it starts: {self.start} .. {self.end}")

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def halves(self) -> tuple["Window", "Window"]:
        """Two windows that together are this one, cut at a whole second."""
        middle = (self.start + self.length / 2).replace(microsecond=0)
        return Window(self.start, middle), Window(middle, self.end)

    def days(self) -> Sequence["Window"]:
        """The window cut at each midnight in it; the first and the last may be parts of a day."""
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
        """Read "YYYY-MM"; anything else is a `ConfigurationError` that says so."""
        match = _MONTH.fullmatch(text)
        if not match or int(match[1]) == 0:
            raise ConfigurationError(f"period {text!r} is no month: write it as YYYY-MM")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, moment: datetime) -> "Month":
        """The month in which a moment lies."""
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
        """The whole month."""
        return Window(self.start, self.end)

    def previous(self) -> "Month":
        """The month before."""
        return Month.containing(self.start - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def iso_utc(moment: datetime | None) -> str | None:
    """A moment as the reports write it: ISO 8601, UTC, milliseconds; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
