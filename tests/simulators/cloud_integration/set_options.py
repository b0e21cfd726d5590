"""The properties for filter, select and order that SAP's OpenAPI has, by entity set."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from tests.simulators.cloud_integration.filters import (
    Dialect,
    FilterError,
    Property,
    compile_filter,
    parse,
)
from tests.simulators.cloud_integration.landscape import MessageLog
from tests.simulators.cloud_integration.message_index import Query, parse_query
from tests.simulators.cloud_integration.query_options import (
    SYSTEM_OPTIONS,
    OptionError,
    Options,
    parse_options,
)

_MS_PER_HOUR = 3_600_000
_DECADES_IN_MS = 10**12

_RUNTIME_FIELDS = {
    "Id": attrgetter("id"),
    "Version": attrgetter("version"),
    "Name": attrgetter("name"),
    "Type": attrgetter("type"),
    "DeployedBy": attrgetter("deployed_by"),
    "DeployedOn": attrgetter("deployed_on"),
    "Status": attrgetter("status"),
}
RUNTIME_SELECT = frozenset(_RUNTIME_FIELDS)
RUNTIME_DIALECT = Dialect(
    {name: Property(name, get) for name, get in _RUNTIME_FIELDS.items() if name != "DeployedOn"},
    only_or=True,
)
"""Source: SAP OpenAPI: IntegrationContent (not for DeployedOn, only ``or``, no nesting)."""

ENDPOINT_DIALECT = Dialect(
    {
        "Name": Property("Name", attrgetter("name")),
        "Protocol": Property("Protocol", attrgetter("protocol")),
    }
)
ENDPOINT_EXPAND = frozenset({"EntryPoints", "ApiDefinitions"})
ENDPOINT_SELECT = ENDPOINT_EXPAND | {
    "Name",
    "Id",
    "Title",
    "Version",
    "Summary",
    "Description",
    "LastUpdated",
    "Protocol",
}
MESSAGE_SELECT = frozenset(
    {
        "MessageGuid",
        "CorrelationId",
        "ApplicationMessageId",
        "ApplicationMessageType",
        "IntegrationFlowName",
        "IntegrationArtifact",
        "Status",
        "CustomStatus",
        "LogLevel",
        "LogStart",
        "LogEnd",
        "Sender",
        "Receiver",
        "AlternateWebLink",
        "ArchivingStatus",
        "ArchivingSenderChannelMessages",
        "ArchivingReceiverChannelMessages",
        "ArchivingLogAttachments",
        "ArchivingPersistedMessages",
    }
)


def _nullable(value: int | None) -> tuple[bool, int]:
    """Return a sort key that puts null first."""
    return (value is not None, value or 0)


_BY_START: Callable[[MessageLog], Any] = lambda log: _nullable(log.start)  # noqa: E731
_BY_END: Callable[[MessageLog], Any] = lambda log: _nullable(log.end)  # noqa: E731
# Sorts are stable: the least important key comes first.
MESSAGE_ORDERS: dict[str, tuple[tuple[Callable[[MessageLog], Any], bool], ...]] = {
    "LogEnd": ((_BY_END, False),),
    "LogEnd desc": ((_BY_END, True),),
    "LogStart": ((_BY_START, False),),
    "LogStart desc": ((_BY_START, True),),
    "Status,LogEnd desc": ((_BY_END, True), (attrgetter("status"), False)),
    "ApplicationMessageId": (),
}
"""Source: SAP OpenAPI: MessageProcessingLogs, ``$orderby``; no other order is supported."""

message_query: Callable[[str], Query] = functools.lru_cache(maxsize=20_000)(parse_query)
"""Parses a filter on message logs, with a cache because scans repeat filters."""


def apply_filter(rows: Sequence[Any], options: Options, dialect: Dialect) -> Sequence[Any]:
    """Return the rows that match ``$filter``; raises ``FilterError``."""
    text = options.values.get("$filter")
    if text is None:
        return rows
    predicate = compile_filter(parse(text, dialect))
    return [row for row in rows if predicate(row)]


def sort_artifacts(
    rows: Sequence[Any], options: Options, orderable: frozenset[str]
) -> Sequence[Any]:
    """Return runtime artifacts in the order of ``$orderby``."""
    ordered = rows
    for term in reversed(options.values.get("$orderby", "").split(",")):
        name, _, direction = term.strip().partition(" ")
        if not name:
            continue
        if name not in orderable or direction not in ("", "asc", "desc"):
            raise OptionError(400, f"Invalid value: '{term}'.")
        ordered = sorted(ordered, key=_RUNTIME_FIELDS[name], reverse=direction == "desc")
    return ordered


def sort_messages(rows: Sequence[MessageLog], order: str | None) -> Sequence[MessageLog]:
    """Return message logs in one of ``MESSAGE_ORDERS``."""
    ordered = rows
    for sort_key, descending in MESSAGE_ORDERS.get(order or "", ()):
        ordered = sorted(ordered, key=sort_key, reverse=descending)
    return ordered


def window_hours(path: str, query: str) -> float | None:
    """Return the width in hours of the LogStart window in a request for message logs.

    Infinite without a lower and an upper bound; None for other requests and invalid filters.
    """
    if path not in ("MessageProcessingLogs", "MessageProcessingLogs/$count"):
        return None
    try:
        options = parse_options(query, SYSTEM_OPTIONS)
        parsed = message_query(options.values["$filter"])
    except (FilterError, OptionError):
        return None
    except KeyError:
        return math.inf
    width = parsed.high - parsed.low
    return math.inf if width > _DECADES_IN_MS else max(0, width) / _MS_PER_HOUR
