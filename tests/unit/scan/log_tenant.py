"""A tenant made of a list of message logs, for the scan alone: no HTTP, no waiting."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from iflow_census.errors import ResponseTimeout
from iflow_census.scan.counting import STATUSES, StatusCounts
from iflow_census.scan.period import Month, Window
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)

OCTOBER = Month(2026, 10)
IFLOWS = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Log:
    """A log, as the tenant keeps it."""

    start: datetime
    iflow_id: str | None
    status: str


@dataclass
class LogTenant:
    """Answers questions about logs; times out on windows that are wider than told."""

    kept: Sequence[Log]
    widest: timedelta = timedelta(days=366)
    questions: list[LogQuery] = field(default_factory=list)
    before_count: Callable[[LogQuery, bool], None] = lambda _query, _fresh: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        """Count, or time out."""
        self.before_count(query, fresh)
        return len(self._found(query))

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        """List, or time out."""
        return [
            MessageLog(f"{number}", log.iflow_id, log.status)
            for number, log in enumerate(self._found(query))
        ]

    def _found(self, query: LogQuery) -> Sequence[Log]:
        with self._lock:
            self.questions.append(query)
        if query.window.length > self.widest:
            raise ResponseTimeout("GET MessageProcessingLogs/$count: no answer in time")
        return [
            log
            for log in self.kept
            if query.window.start <= log.start < query.window.end
            and query.iflow_id in (None, log.iflow_id)
            and (not query.statuses or log.status in query.statuses)
        ]

    def packages(self) -> Sequence[Package]:
        """One package."""
        return [Package("P")]

    def iflows(self, package_id: str) -> Sequence[DesigntimeIflow]:
        """The iFlows of `IFLOWS`."""
        return [DesigntimeIflow(one, package_id) for one in IFLOWS]

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        """Nothing is deployed."""
        return []

    def runtime_error(self, artifact_id: str) -> str | None:  # noqa: ARG002 - of the protocol
        """Nothing is in error."""
        return None

    def service_endpoints(self) -> Sequence[ServiceEndpoint]:
        """Nothing is exposed."""
        return []


def by_iflow(logs: Sequence[Log], window: Window) -> Mapping[str | None, StatusCounts]:
    """The truth about logs, told in the plainest way."""
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
    start: datetime = OCTOBER.start, end: datetime = OCTOBER.end, *, whole: int = 1
) -> st.SearchStrategy[Window]:
    """Windows that begin and end at a whole number of seconds."""
    steps = int((end - start).total_seconds()) // whole
    return (
        st.tuples(st.integers(0, steps), st.integers(0, steps))
        .filter(lambda pair: pair[0] != pair[1])
        .map(
            lambda pair: Window(
                start + timedelta(seconds=min(pair) * whole),
                start + timedelta(seconds=max(pair) * whole),
            )
        )
    )


def log_lists(
    *, statuses: Sequence[str] = (*STATUSES, "NEW_STATUS"), most: int = 40
) -> st.SearchStrategy[list[Log]]:
    """Logs around October, of iFlows that are listed, of others and of none."""
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
        max_size=most,
    )
