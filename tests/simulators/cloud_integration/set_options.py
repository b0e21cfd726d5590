"""What SAP's OpenAPI allows to be filtered, selected and ordered by, per entity set."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from tests.simulators.cloud_integration.filters import Dialect, Property, compile_filter, parse
from tests.simulators.cloud_integration.landscape import MessageLog
from tests.simulators.cloud_integration.message_index import Query, plan
from tests.simulators.cloud_integration.query_options import OptionError, Options

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
"""Source: SAP OpenAPI: MessageProcessingLogs, ``$orderby``; no other order is allowed."""

message_query: Callable[[str], Query] = functools.lru_cache(maxsize=20_000)(plan)
"""Parses a filter on message logs; a scan sends the same few thousand again and again."""


def matching(rows: Sequence[Any], options: Options, dialect: Dialect) -> Sequence[Any]:
    """Return the rows that ``$filter`` finds; raises ``FilterError``."""
    text = options.values.get("$filter")
    if text is None:
        return rows
    verdict = compile_filter(parse(text, dialect))
    return [row for row in rows if verdict(row)]


def in_order(rows: Sequence[Any], options: Options, orderable: frozenset[str]) -> Sequence[Any]:
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


def ordered_messages(rows: Sequence[MessageLog], order: str | None) -> Sequence[MessageLog]:
    """Return message logs in one of ``MESSAGE_ORDERS``."""
    ordered = rows
    for sort_key, descending in MESSAGE_ORDERS.get(order or "", ()):
        ordered = sorted(ordered, key=sort_key, reverse=descending)
    return ordered
