"""A tenant made of a list of message logs, without HTTP or waiting, and lists of logs to try."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from iflow_census.errors import ResponseTimeout
from iflow_census.scan.counting import STATUSES, StatusCounts
from iflow_census.scan.period import Month, Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import LogQuery, MessageLog

OCTOBER = Month(2026, 10)
IFLOWS = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Log:
    """A message log of the fake tenant."""

    start: datetime
    iflow_id: str | None
    status: str
    level: str = "INFO"


@dataclass
class FakeTenant:
    """Counts and lists its logs; like a real session, it repeats recorded counts unless `fresh`.

    Attributes:
        stored: its logs.
        max_window: a request for a longer window times out.
        queries: the requests that were sent, without counts that were repeated.
        before_count: called with the query and `fresh` before each count that is sent.
        newest_queries: the requests for newest logs.
        unread: why no newest logs can be read; None if they can.
    """

    stored: Sequence[Log]
    max_window: timedelta = timedelta(days=366)
    queries: list[LogQuery] = field(default_factory=list)
    before_count: Callable[[LogQuery, bool], None] = lambda _query, _fresh: None
    newest_queries: list[LogQuery] = field(default_factory=list)
    unread: str | None = None
    _journal: dict[LogQuery, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """Count logs, or time out."""
        if not fresh and query in self._journal:
            return self._journal[query]
        self.before_count(query, fresh)
        self._journal[query] = len(self._select(query))
        return self._journal[query]

    def has_logs(self, query: LogQuery) -> bool:
        """Look for a log, or time out."""
        return bool(self._select(query))

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """List logs, or time out."""
        return [
            MessageLog(f"{number}", log.iflow_id, log.status, log.start, log.level)
            for number, log in enumerate(self._select(query))
        ]

    def newest_logs(self, query: LogQuery, limit: int) -> Reading[Sequence[MessageLog]]:
        """Find the newest logs."""
        with self._lock:
            self.newest_queries.append(query)
        if self.unread is not None:
            return Reading(reason=self.unread)
        logs = sorted(self._matching(query), key=lambda log: log.start, reverse=True)
        return Reading(
            [
                MessageLog(f"of {log.start}", log.iflow_id, log.status, log.start, log.level)
                for log in logs[:limit]
            ]
        )

    def message_error(self, guid: str) -> Reading[str]:
        """An error that names the log."""
        return Reading(f"error {guid}")

    def _select(self, query: LogQuery) -> Sequence[Log]:
        with self._lock:
            self.queries.append(query)
        if query.window.length > self.max_window:
            raise ResponseTimeout("GET MessageProcessingLogs/$count: no response in time")
        return self._matching(query)

    def _matching(self, query: LogQuery) -> Sequence[Log]:
        return [
            log
            for log in self.stored
            if query.window.start <= log.start < query.window.end
            and query.iflow_id in (None, log.iflow_id)
            and (not query.iflow_ids or log.iflow_id in query.iflow_ids)
            and (not query.statuses or log.status in query.statuses)
            and log.status != query.excluded_status
        ]


def count_by_iflow(logs: Sequence[Log], window: Window) -> Mapping[str | None, StatusCounts]:
    """The expected counts of a window, in the simplest way."""
    counts: dict[str | None, Counter[str]] = {}
    for log in logs:
        if window.start <= log.start < window.end:
            counts.setdefault(log.iflow_id, Counter())[log.status] += 1
    return counts


def moments(start: datetime, end: datetime) -> st.SearchStrategy[datetime]:
    """Moments with milliseconds, both ends included."""
    length = int((end - start).total_seconds() * 1000)
    return st.integers(0, length).map(lambda ms: start + timedelta(milliseconds=ms))


def windows(
    start: datetime = OCTOBER.start, end: datetime = OCTOBER.end, *, step: int = 1
) -> st.SearchStrategy[Window]:
    """Windows that start and end at multiples of `step` seconds."""
    steps = int((end - start).total_seconds()) // step
    return (
        st.tuples(st.integers(0, steps), st.integers(0, steps))
        .filter(lambda pair: pair[0] != pair[1])
        .map(
            lambda pair: Window(
                start + timedelta(seconds=min(pair) * step),
                start + timedelta(seconds=max(pair) * step),
            )
        )
    )


def log_lists(
    *, statuses: Sequence[str] = (*STATUSES, "NEW_STATUS"), max_size: int = 40
) -> st.SearchStrategy[list[Log]]:
    """Logs around October: of listed iFlows, of a deleted one, and of none."""
    margin = timedelta(hours=2)
    return st.lists(
        st.builds(
            Log,
            moments(OCTOBER.start - margin, OCTOBER.end + margin)
            | st.sampled_from([OCTOBER.start, OCTOBER.end])
            | st.just(datetime(2026, 10, 16, tzinfo=UTC)),
            st.sampled_from([*IFLOWS, "deleted", None]),
            st.sampled_from(statuses),
        ),
        max_size=max_size,
    )
