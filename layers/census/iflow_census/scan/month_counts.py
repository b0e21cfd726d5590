"""The messages of a month, merged from windows that were counted at different times and locations.

SAP keeps message logs for 30 days, so a month of 31 days cannot be counted at its end. A checkpoint
in the middle of the month counts the first part, and the census adds the rest. Windows that do not
overlap add up.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TypeVar

from iflow_census.scan.counting import StatusCounts, count_messages
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import MessageLog

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The last message of an iFlow in a window.

    Attributes:
        error: the beginning of the last failed message's error, "" if SAP has none; None if no
            message failed, or errors were not read.
    """

    log: Reading[MessageLog]
    error: Reading[str] | None = None


NOT_READ = LastMessage(Reading(reason="it was not read when its window was counted"))


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """Message processing logs of a runtime location that started in a window.

    Attributes:
        total: all logs of the location, per status.
        by_iflow: logs per iFlow id and status, without those of no iFlow.
        exhaustive: `by_iflow` has every iFlow with logs; if False, only those that were
            listed when the window was counted.
        by_day: messages of the location per calendar day (UTC) that the window touches, without
            DISCARDED ones; None if not known, as in ledgers from before days were counted.
        confirmed: zeros were confirmed by a different request; False in ledgers from before that.
        deployed: when each iFlow was deployed that was deployed when the window was counted.
        last_messages: by id of the iFlows that had messages.
        location: the id of the runtime location.
    """

    window: Window
    total: StatusCounts
    by_iflow: Mapping[str, StatusCounts]
    exhaustive: bool
    by_day: Mapping[date, int] | None = None
    deployed: Mapping[str, datetime] = field(default_factory=dict)
    confirmed: bool = True
    last_messages: Mapping[str, LastMessage] = field(default_factory=dict)
    location: str = CLOUD

    def is_known_for(self, iflow_id: str) -> bool:
        """Whether the iFlow was counted, and a zero was confirmed."""
        by_status = self.by_iflow.get(iflow_id)
        return by_status is not None and (self.confirmed or any(by_status.values()))

    @property
    def unattributed(self) -> int:
        """The number of logs that belong to no iFlow in `by_iflow`."""
        attributed = sum(sum(counts.values()) for counts in self.by_iflow.values())
        return sum(self.total.values()) - attributed


@dataclass(frozen=True)
class MonthCounts:
    """The counted windows of a month, in order; those of one location do not overlap."""

    windows: tuple[WindowCounts, ...]

    def __post_init__(self) -> None:
        ends: dict[str, Window] = {}
        for counts in self.windows:
            before = ends.get(counts.location)
            if before is not None and before.end > counts.window.start:
                raise ValueError(f"windows overlap: {before} and {counts.window}")
            ends[counts.location] = counts.window

    def at(self, location: str) -> "MonthCounts":
        """The counts of one runtime location."""
        return MonthCounts(tuple(counts for counts in self.windows if counts.location == location))

    def overlaps(self, other: WindowCounts) -> bool:
        """Whether a part of a window is counted already at its location."""
        counted = [counts.window for counts in self.at(other.location).windows]
        return find_gaps(other.window, counted) != [other.window]

    @cached_property
    def total(self) -> StatusCounts:
        """The tenant's logs per status."""
        return _sum(counts.total for counts in self.windows)

    def of_iflow(self, iflow_id: str) -> StatusCounts:
        """An iFlow's logs per status."""
        return _sum(counts.by_iflow.get(iflow_id, {}) for counts in self.windows)

    def last_message(self, iflow_id: str) -> Reading[MessageLog] | None:
        """The log of an iFlow's last message; None if it had no message.

        It is not known if the last message at one of the locations is not.
        """
        last = {
            counts.location: counts.last_messages.get(iflow_id, NOT_READ).log
            for counts in self.windows
            if count_messages(counts.by_iflow.get(iflow_id, {}))
        }
        return max(last.values(), key=_started_at, default=None)

    def last_error(self, iflow_id: str) -> Reading[str] | None:
        """The error of an iFlow's last failed message; None if none failed, or it was not read.

        Of an iFlow that failed at several locations, where its last message is the newest.
        """
        last = {
            counts.location: counts.last_messages.get(iflow_id, NOT_READ)
            for counts in self.windows
            if counts.by_iflow.get(iflow_id, {}).get("FAILED")
        }
        newest = max(last.values(), key=lambda message: _started_at(message.log), default=None)
        return newest.error if newest else None

    def is_complete_for(self, iflow_id: str) -> bool:
        """Whether `of_iflow` returns all logs of the iFlow in these windows.

        A window that was counted before the iFlow was listed has no count for it. If that window
        has unattributed logs, some of them may be of the iFlow.
        """
        return all(
            counts.exhaustive or not unattributed or counts.is_known_for(iflow_id)
            for counts, unattributed in zip(self.windows, self._unattributed, strict=True)
        )

    def deployed_since(self, moment: datetime) -> frozenset[tuple[str, str]]:
        """The locations and iFlows that a window shows as deployed at a moment before it."""
        return frozenset(
            (counts.location, iflow_id)
            for counts in self.windows
            for iflow_id, deployed_at in counts.deployed.items()
            if deployed_at <= moment
        )

    def per_day(self, window: Window, locations: Iterable[str] = (CLOUD,)) -> Sequence[int | None]:
        """The tenant's messages on each day of a window.

        Args:
            window: the window; its first and last day may be partial.
            locations: the ids of the tenant's runtime locations; the number of a day that was not
                counted in full at each of them is None.
        """
        by_day = _sum(counts.by_day for counts in self.windows if counts.by_day is not None)
        counted = [
            [part.window for part in self.at(location).windows if part.by_day is not None]
            for location in locations
        ]
        return [
            None
            if any(find_gaps(day, windows) for windows in counted)
            else by_day[day.start.date()]
            for day in window.days()
        ]

    @cached_property
    def _unattributed(self) -> list[int]:
        return [counts.unattributed for counts in self.windows]


def _started_at(log: Reading[MessageLog]) -> tuple[bool, datetime]:
    """When a message started; one that could not be read counts as newer than any other."""
    started_at = log.value.started_at if log.value else None
    return (log.value is None, started_at or datetime.min.replace(tzinfo=UTC))


def select_windows(
    window: Window, known: Iterable[WindowCounts], new: Iterable[WindowCounts]
) -> MonthCounts:
    """The counts of a window: the known ones within it, and the new ones that add to them."""

    def within(counts: WindowCounts) -> bool:
        return window.start <= counts.window.start and counts.window.end <= window.end

    selected = merge_windows(filter(within, known))
    added = [counts for counts in filter(within, new) if not selected.overlaps(counts)]
    return merge_windows(selected.windows, added)


def merge_windows(*sources: Iterable[WindowCounts]) -> MonthCounts:
    """Merge the windows of several sources, which must not overlap at a location."""
    windows = [counts for source in sources for counts in source]
    return MonthCounts(tuple(sorted(windows, key=lambda counts: counts.window)))


def find_gaps(window: Window | None, counted: Iterable[Window]) -> Sequence[Window]:
    """Find the parts of a window that are in none of the counted windows."""
    if window is None:
        return []
    gaps = []
    start = window.start
    for other in sorted(counted):
        end = min(other.start, window.end)
        if start < end:
            gaps.append(Window(start, end))
        start = max(start, other.end)
    if start < window.end:
        gaps.append(Window(start, window.end))
    return gaps


def _sum(counts: Iterable[Mapping[Key, int]]) -> Mapping[Key, int]:
    result: Counter[Key] = Counter()
    for by_key in counts:
        result.update(by_key)
    return result
