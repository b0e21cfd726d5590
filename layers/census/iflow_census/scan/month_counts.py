"""The messages of a month, put together from windows counted at different times.

SAP keeps message logs for 30 days, so a month of 31 cannot be counted at its end. A checkpoint in
mid-month counts its first part; the census adds the rest. Windows that do not overlap add up.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.period import Month, Window

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """Messages that started in a window.

    Attributes:
        window: the window.
        total: all of the tenant's, per status.
        by_iflow: per iFlow id and status; logs that belong to no iFlow are in none.
        exhaustive: every iFlow that has messages is in `by_iflow`; else only those that were
            listed when the window was counted.
        by_day: the tenant's messages per calendar day (UTC) that the window touches; None: not
            known, as in ledgers written before days were counted.
    """

    window: Window
    total: StatusCounts
    by_iflow: Mapping[str, StatusCounts]
    exhaustive: bool
    by_day: Mapping[date, int] | None = None

    @property
    def unattributed(self) -> int:
        """Messages of no iFlow that is in `by_iflow`."""
        attributed = sum(sum(counts.values()) for counts in self.by_iflow.values())
        return sum(self.total.values()) - attributed


@dataclass(frozen=True)
class MonthCounts:
    """All windows of a month that were counted, in order; they do not overlap."""

    windows: tuple[WindowCounts, ...]

    def __post_init__(self) -> None:
        for before, after in zip(self.windows, self.windows[1:], strict=False):
            if before.window.end > after.window.start:
                raise ValueError(f"windows overlap: {before.window} and {after.window}")

    @cached_property
    def total(self) -> StatusCounts:
        """The tenant's messages per status."""
        return _sum(one.total for one in self.windows)

    def of(self, iflow_id: str) -> StatusCounts:
        """An iFlow's messages per status."""
        return _sum(one.by_iflow.get(iflow_id, {}) for one in self.windows)

    def is_complete_for(self, iflow_id: str) -> bool:
        """Whether `of` holds all of the iFlow's messages in these windows.

        A window counted before the iFlow was listed knows nothing of it; if that window has
        messages of nobody, some of them may be the iFlow's.
        """
        return all(
            one.exhaustive or iflow_id in one.by_iflow or not unattributed
            for one, unattributed in zip(self.windows, self._unattributed, strict=True)
        )

    def per_day(self, month: Month) -> Sequence[int | None]:
        """The tenant's messages of each day of a month; None for one not wholly counted."""
        known = [one for one in self.windows if one.by_day is not None]
        counts = _sum(one.by_day for one in known if one.by_day is not None)
        covered = [one.window for one in known]
        return [
            None if find_gaps(day, covered) else counts.get(day.start.date(), 0)
            for day in month.window.days()
        ]

    @cached_property
    def _unattributed(self) -> list[int]:
        return [one.unattributed for one in self.windows]


def merge_windows(*counted: Iterable[WindowCounts]) -> MonthCounts:
    """Windows of several sources, in order."""
    every = [one for source in counted for one in source]
    return MonthCounts(tuple(sorted(every, key=lambda one: one.window)))


def find_gaps(wanted: Window | None, counted: Iterable[Window]) -> Sequence[Window]:
    """What of a window is not counted yet: windows that overlap neither these nor each other."""
    if wanted is None:
        return []
    gaps = []
    start = wanted.start
    for window in sorted(counted):
        if window.start >= wanted.end:
            break
        if window.start > start:
            gaps.append(Window(start, window.start))
        start = max(start, window.end)
    if start < wanted.end:
        gaps.append(Window(start, wanted.end))
    return gaps


def _sum(counts: Iterable[Mapping[Key, int]]) -> Mapping[Key, int]:
    result: Counter[Key] = Counter()
    for one in counts:
        result.update(one)
    return result
