"""Finds message logs by filter without looking at all of them.

The index only narrows: it follows the filter's top-level conjuncts on artifact id, LogStart and
Status to a slice of candidates, and the whole filter is then evaluated on each of them. Only where
the filter says nothing beyond a LogStart window and one Status is the slice itself the answer.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.cloud_integration.filters import (
    Comparison,
    Dialect,
    Expression,
    Junction,
    Property,
    Verdict,
    compile_filter,
    conjuncts,
    parse,
)
from tests.simulators.cloud_integration.landscape import MessageLog, seen_at

_FAR_PAST = -(2**62)
_FAR_FUTURE = 2**62


def _of_artifact(position: int) -> Any:
    return lambda log: None if log.artifact is None else log.artifact[position]


def _custom_status(log: MessageLog) -> str:
    return log.custom_status or log.status


def correlation_id(log: MessageLog) -> str:
    """Return the log's correlation id; it differs from the guid and follows from it."""
    return f"C{log.guid[1:]}"


_ARTIFACT_ID = _of_artifact(0)
MESSAGE_DIALECT = Dialect(
    {
        item.name: item
        for item in (
            Property("MessageGuid", lambda log: log.guid, only_eq=True),
            Property("CorrelationId", correlation_id, only_eq=True),
            Property("ApplicationMessageId", lambda _log: None, only_eq=True),
            Property("ApplicationMessageType", lambda _log: None),
            # Deprecated by SAP: compared with the artifact's id, not with its name.
            Property("IntegrationFlowName", _ARTIFACT_ID, only_eq=True),
            Property("IntegrationArtifact/Id", _ARTIFACT_ID, only_eq=True),
            Property("IntegrationArtifact/Name", _of_artifact(1)),
            Property("IntegrationArtifact/PackageId", _of_artifact(2), only_eq=True),
            Property("IntegrationArtifact/PackageName", _of_artifact(3)),
            Property("IntegrationArtifact/Type", _of_artifact(7)),
            Property("LogStart", lambda log: log.start, is_moment=True),
            Property("LogEnd", lambda log: log.end, is_moment=True),
            Property("Status", lambda log: log.status),
            Property("CustomStatus", _custom_status),
            Property("Sender", _of_artifact(4)),
            Property("Receiver", _of_artifact(5)),
            Property("LogLevel", _of_artifact(6)),
        )
    }
)
"""Source: SAP OpenAPI: MessageProcessingLogs ("For any Id filter use only the 'eq' operator")."""

_ID_PROPERTIES = frozenset({"IntegrationFlowName", "IntegrationArtifact/Id"})


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter and what the index can make of it."""

    verdict: Verdict
    artifacts: frozenset[str] | None = None
    status: str | None = None
    low: int = _FAR_PAST
    high: int = _FAR_FUTURE
    bounded: bool = False
    """Whether a row without LogStart is ruled out."""
    exact: bool = False
    """Whether window and status are all that the filter says."""


EVERYTHING = Query(lambda _log: True, exact=True)


def plan(text: str) -> Query:
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
        elif status is None and (found := _status(part)) is not None:
            status = found
        else:
            exact = False
    return Query(compile_filter(expression), artifacts, status, low, high, bounded, exact)


def _artifact_ids(part: Expression) -> frozenset[str] | None:
    """Return the ids if the part is one ``Id eq '…'`` or nothing but an ``or`` of them."""
    if isinstance(part, Junction) and part.word == "or":
        found = [_artifact_ids(operand) for operand in part.operands]
        if any(ids is None for ids in found):
            return None
        return frozenset[str]().union(*(ids for ids in found if ids is not None))
    if isinstance(part, Comparison) and part.property.name in _ID_PROPERTIES:
        literal = part.literal
        return frozenset({literal}) if isinstance(literal, str) else None
    return None


def _window(part: Expression) -> tuple[int, int] | None:
    """Return the half-open window of LogStart that the part allows."""
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


@dataclass(slots=True)
class _Timeline:
    """Logs by LogStart."""

    logs: list[MessageLog] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("q"))

    def add(self, log: MessageLog, start: int) -> None:
        self.logs.append(log)
        self.starts.append(start)

    def span(self, low: int, high: int) -> tuple[int, int]:
        return bisect_left(self.starts, low), bisect_left(self.starts, high)


class MessageIndex:
    """The message logs of one tenant, as of a moment.

    ``since`` (milliseconds, None = for ever) and ``now`` bound what the tenant has: older logs are
    forgotten, later ones have not begun, and one whose end is yet to come is in PROCESSING.
    """

    def __init__(self, messages: Iterable[MessageLog]) -> None:
        """Sort the logs once; the records themselves are shared, not copied."""
        started = []
        self._unstarted: list[MessageLog] = []
        self._longest = 0
        for log in messages:
            if log.start is None:
                self._unstarted.append(log)
            else:
                started.append(log)
        started.sort(key=lambda log: (log.start, log.guid))
        self._all = _Timeline()
        self._by_artifact: dict[str, _Timeline] = {}
        self._by_status: dict[str, _Timeline] = {}
        for log in started:
            start = log.start or 0
            if log.end is not None and log.end - start > self._longest:
                self._longest = log.end - start
            self._all.add(log, start)
            self._by_status.setdefault(log.status, _Timeline()).add(log, start)
            if log.artifact is not None:
                self._by_artifact.setdefault(log.artifact.id, _Timeline()).add(log, start)
        self._by_guid: dict[str, MessageLog] | None = None

    def count(self, query: Query, since: int | None, now: int) -> int:
        """Return how many logs the filter finds."""
        if not query.exact:
            return sum(1 for _ in self._evaluate(query, since, now))
        low, high = _bounds(query, since, now)
        timeline, edge = self._settled(query, low, high, now)
        first, last = timeline.span(low, edge)
        settled = max(0, last - first)
        return settled + sum(1 for _ in self._evaluate(query, edge, now))

    def find(self, query: Query, since: int | None, now: int) -> Sequence[MessageLog]:
        """Return the logs that the filter finds, by LogStart, those without one at the end."""
        if not query.exact:
            return list(self._evaluate(query, since, now))
        low, high = _bounds(query, since, now)
        timeline, edge = self._settled(query, low, high, now)
        first, last = timeline.span(low, edge)
        return _Chain(timeline.logs, first, last, list(self._evaluate(query, edge, now)))

    def get(self, guid: str, since: int | None, now: int) -> MessageLog | None:
        """Return one log by its key, or None where the tenant has it no more, or not yet."""
        if self._by_guid is None:
            self._by_guid = {log.guid: log for log in (*self._all.logs, *self._unstarted)}
        log = self._by_guid.get(guid)
        if log is None or (log.start is not None and not (since or 0) <= log.start <= now):
            return None
        return seen_at(log, now)

    def _settled(self, query: Query, low: int, high: int, now: int) -> tuple[_Timeline, int]:
        """Return the timeline that answers an exact query, and the LogStart up to which it does.

        Later messages may still run: their status and end are not those they are filed under.
        """
        edge = max(low, min(high, now - self._longest))
        if query.status is None:
            return self._all, edge
        return self._by_status.get(query.status, _Timeline()), edge

    def _unstarted_for(self, query: Query) -> list[MessageLog]:
        return [log for log in self._unstarted if query.verdict(log)]

    def _evaluate(self, query: Query, since: int | None, now: int) -> Iterator[MessageLog]:
        if query.artifacts is None:
            timelines = [self._all]
        else:
            timelines = [
                self._by_artifact[name]
                for name in sorted(query.artifacts & self._by_artifact.keys())
            ]
        low, high = _bounds(query, since, now)
        verdict = query.verdict
        found: list[MessageLog] = []
        for timeline in timelines:
            first, last = timeline.span(low, high)
            found.extend(
                seen for log in timeline.logs[first:last] if verdict(seen := seen_at(log, now))
            )
        if len(timelines) > 1:
            found.sort(key=lambda log: (log.start, log.guid))
        yield from found
        if not query.bounded:
            yield from self._unstarted_for(query)


def _bounds(query: Query, since: int | None, now: int) -> tuple[int, int]:
    low = query.low if since is None else max(query.low, since)
    return low, min(query.high, now + 1)


class _Chain(Sequence[MessageLog]):
    """A slice of a timeline and what comes after it, without copying the slice."""

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
