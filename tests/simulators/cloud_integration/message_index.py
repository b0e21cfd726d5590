"""Find message logs by filter without evaluating all of them.

The index uses top-level conditions on artifact id, LogStart and Status to select candidates, on
which the complete filter is evaluated. If the filter only has a LogStart window and one status, the
candidates are the result.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from tests.simulators.cloud_integration.filters import (
    Comparison,
    Dialect,
    Expression,
    Junction,
    Predicate,
    Property,
    compile_filter,
    conjuncts,
    parse,
)
from tests.simulators.cloud_integration.landscape import MessageLog, log_at

_BY_START = attrgetter("start", "guid")
_FAR_PAST = -(2**62)
_FAR_FUTURE = 2**62


def _artifact_field(position: int) -> Any:
    return lambda log: None if log.artifact is None else log.artifact[position]


def _custom_status(log: MessageLog) -> str:
    return log.custom_status or log.status


def correlation_id(log: MessageLog) -> str:
    """Return the correlation id of a log, which is derived from its guid."""
    return f"C{log.guid[1:]}"


_ARTIFACT_ID = _artifact_field(0)
MESSAGE_DIALECT = Dialect(
    {
        item.name: item
        for item in (
            Property("MessageGuid", lambda log: log.guid, only_eq=True),
            Property("CorrelationId", correlation_id, only_eq=True),
            Property("ApplicationMessageId", lambda _log: None, only_eq=True),
            Property("ApplicationMessageType", lambda _log: None),
            # Deprecated by SAP; compared with the id of the artifact, not with its name.
            Property("IntegrationFlowName", _ARTIFACT_ID, only_eq=True),
            Property("IntegrationArtifact/Id", _ARTIFACT_ID, only_eq=True),
            Property("IntegrationArtifact/Name", _artifact_field(1)),
            Property("IntegrationArtifact/PackageId", _artifact_field(2), only_eq=True),
            Property("IntegrationArtifact/PackageName", _artifact_field(3)),
            Property("IntegrationArtifact/Type", _artifact_field(7)),
            Property("LogStart", lambda log: log.start, is_date=True),
            Property("LogEnd", lambda log: log.end, is_date=True),
            Property("Status", lambda log: log.status),
            Property("CustomStatus", _custom_status),
            Property("Sender", _artifact_field(4)),
            Property("Receiver", _artifact_field(5)),
            Property("LogLevel", _artifact_field(6)),
        )
    }
)
"""Source: SAP OpenAPI: MessageProcessingLogs ("For any Id filter use only the 'eq' operator")."""

_ID_PROPERTIES = frozenset({"IntegrationFlowName", "IntegrationArtifact/Id"})


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter, and its conditions that the index supports."""

    predicate: Predicate
    artifacts: frozenset[str] | None = None
    status: str | None = None
    low: int = _FAR_PAST
    high: int = _FAR_FUTURE
    bounded: bool = False
    """Whether logs without LogStart are excluded."""
    exact: bool = False
    """Whether the filter has no other conditions than window and status."""


ALL_LOGS = Query(lambda _log: True, exact=True)


def parse_query(text: str) -> Query:
    """Parse a filter; raises ``FilterError``."""
    expression = parse(text, MESSAGE_DIALECT)
    artifacts: frozenset[str] | None = None
    status: str | None = None
    low, high, bounded, exact = _FAR_PAST, _FAR_FUTURE, False, True
    for part in conjuncts(expression):
        ids = _artifact_ids(part)
        bounds = _window(part)
        if ids is not None:
            artifacts = ids if artifacts is None else artifacts & ids
            exact = False
        elif bounds is not None:
            low, high, bounded = max(low, bounds[0]), min(high, bounds[1]), True
        elif status is None and (literal := _status(part)) is not None:
            status = literal
        else:
            exact = False
    return Query(compile_filter(expression), artifacts, status, low, high, bounded, exact)


def _artifact_ids(part: Expression) -> frozenset[str] | None:
    """Return the ids of an ``Id eq '…'``, or of an ``or`` of such conditions."""
    if isinstance(part, Junction) and part.word == "or":
        ids_per_operand = [_artifact_ids(operand) for operand in part.operands]
        if any(ids is None for ids in ids_per_operand):
            return None
        return frozenset[str]().union(*(ids for ids in ids_per_operand if ids is not None))
    if isinstance(part, Comparison) and part.property.name in _ID_PROPERTIES:
        literal = part.literal
        return frozenset({literal}) if isinstance(literal, str) else None
    return None


def _window(part: Expression) -> tuple[int, int] | None:
    """Return the half-open window of LogStart of a condition."""
    if not isinstance(part, Comparison) or part.property.name != "LogStart":
        return None
    literal = part.literal
    if not isinstance(literal, int):
        return None
    return {
        "eq": (literal, literal + 1),
        "ge": (literal, _FAR_FUTURE),
        "gt": (literal + 1, _FAR_FUTURE),
        "lt": (_FAR_PAST, literal),
        "le": (_FAR_PAST, literal + 1),
    }.get(part.operator)


def _status(part: Expression) -> str | None:
    if not isinstance(part, Comparison) or part.property.name != "Status":
        return None
    return part.literal if part.operator == "eq" and isinstance(part.literal, str) else None


class _Timeline:
    """Logs by LogStart."""

    def __init__(self, logs: list[MessageLog]) -> None:
        self.logs = logs
        self.starts = array("q", [log.start or 0 for log in logs])

    def span(self, low: int, high: int) -> tuple[int, int]:
        return bisect_left(self.starts, low), bisect_left(self.starts, high)


class MessageIndex:
    """The message logs of a tenant at a point in time.

    Logs before ``since`` (milliseconds, None = no limit) have expired, logs after ``now`` have not
    started, and logs that end after ``now`` are in PROCESSING.
    """

    def __init__(self, messages: Iterable[MessageLog]) -> None:
        """Sort the logs; they are shared, not copied."""
        started = []
        self._unstarted: list[MessageLog] = []
        for log in messages:
            if log.start is None:
                self._unstarted.append(log)
            else:
                started.append(log)
        started.sort(key=_BY_START)
        by_artifact: dict[str, list[MessageLog]] = defaultdict(list)
        by_status: dict[str, list[MessageLog]] = defaultdict(list)
        for log in started:
            by_status[log.status].append(log)
            if log.artifact is not None:
                by_artifact[log.artifact.id].append(log)
        self._longest = max((log.end - (log.start or 0) for log in started if log.end), default=0)
        self._all = _Timeline(started)
        self._by_artifact = {name: _Timeline(logs) for name, logs in by_artifact.items()}
        self._by_status = {name: _Timeline(logs) for name, logs in by_status.items()}
        self._by_guid: dict[str, MessageLog] | None = None

    def count(self, query: Query, since: int | None, now: int) -> int:
        """Return the number of logs that match."""
        if not query.exact:
            return sum(1 for _ in self._evaluate(query, since, now))
        low, high = _bounds(query, since, now)
        timeline, edge = self._final_logs(query, low, high, now)
        first, last = timeline.span(low, edge)
        final = max(0, last - first)
        return final + sum(1 for _ in self._evaluate(query, edge, now))

    def find(self, query: Query, since: int | None, now: int) -> Sequence[MessageLog]:
        """Return the logs that match, by LogStart; those without one are last."""
        if not query.exact:
            return list(self._evaluate(query, since, now))
        low, high = _bounds(query, since, now)
        timeline, edge = self._final_logs(query, low, high, now)
        first, last = timeline.span(low, edge)
        return _Chain(timeline.logs, first, last, list(self._evaluate(query, edge, now)))

    def get(self, guid: str, since: int | None, now: int) -> MessageLog | None:
        """Return a log by its guid, or None if it has expired or not started."""
        if self._by_guid is None:
            self._by_guid = {log.guid: log for log in (*self._all.logs, *self._unstarted)}
        log = self._by_guid.get(guid)
        if log is None or (log.start is not None and not (since or 0) <= log.start <= now):
            return None
        return log_at(log, now)

    def _final_logs(self, query: Query, low: int, high: int, now: int) -> tuple[_Timeline, int]:
        """Return the timeline for an exact query, and the LogStart up to which it is valid.

        Later messages may still be running, with a status that differs from that in the index.
        """
        edge = max(low, min(high, now - self._longest))
        if query.status is None:
            return self._all, edge
        return self._by_status.get(query.status, _Timeline([])), edge

    def _matching_unstarted(self, query: Query) -> list[MessageLog]:
        return [log for log in self._unstarted if query.predicate(log)]

    def _evaluate(self, query: Query, since: int | None, now: int) -> Iterator[MessageLog]:
        if query.artifacts is None:
            timelines = [self._all]
        else:
            timelines = [
                self._by_artifact[name]
                for name in sorted(query.artifacts & self._by_artifact.keys())
            ]
        low, high = _bounds(query, since, now)
        predicate = query.predicate
        matches: list[MessageLog] = []
        for timeline in timelines:
            first, last = timeline.span(low, high)
            matches.extend(
                visible
                for log in timeline.logs[first:last]
                if predicate(visible := log_at(log, now))
            )
        if len(timelines) > 1:
            matches.sort(key=_BY_START)
        yield from matches
        if not query.bounded:
            yield from self._matching_unstarted(query)


def _bounds(query: Query, since: int | None, now: int) -> tuple[int, int]:
    low = query.low if since is None else max(query.low, since)
    return low, min(query.high, now + 1)


class _Chain(Sequence[MessageLog]):
    """A slice of a timeline followed by a list, without copying the slice."""

    def __init__(
        self, logs: list[MessageLog], first: int, last: int, rest: list[MessageLog]
    ) -> None:
        self._logs = logs
        self._first = first
        self._size = max(0, last - first)
        self._rest = rest

    def __len__(self) -> int:
        return self._size + len(self._rest)

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            return [self[n] for n in range(*position.indices(len(self)))]
        if position < self._size:
            return self._logs[self._first + position]
        return self._rest[position - self._size]
