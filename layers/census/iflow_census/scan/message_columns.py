"""The columns of an iFlow's messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from iflow_census.scan.counting import DISCARDED, count_messages
from iflow_census.scan.health_scan import explain_unread
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.month_counts import MonthCounts
from iflow_census.scan.results import Unreadable
from iflow_census.scan.tenant_api import HIDING_LEVELS, LEVEL_UNKNOWN


class MessageColumns(TypedDict):
    """The columns; None means not known."""

    messages: int | None
    messages_completed: int | None
    messages_failed: int | None
    messages_other: int | None
    messages_discarded: int | None
    last_message_at: datetime | None
    last_message_status: str | None
    log_level: str | None
    last_error: str | None
    last_message_url: str | None


def message_columns(
    counts: MonthCounts,
    iflow_id: str,
    *,
    deployed_at: Sequence[RuntimeLocation] = (),
    earlier_levels: Mapping[str, str],
    last_errors: bool,
) -> MessageColumns:
    """Build the columns of an iFlow.

    `earlier_levels` are the log levels that earlier reports show, by iFlow. A ledger may have
    errors of messages although they are not shown.
    """
    by_status = counts.of_iflow(iflow_id)
    total = count_messages(by_status)
    completed, failed = by_status.get("COMPLETED", 0), by_status.get("FAILED", 0)
    last, error = counts.last_message(iflow_id), counts.last_error(iflow_id)
    log = last.value if last else None
    counted = bool(counts.windows)
    return {
        "messages": total if counted else None,
        "messages_completed": completed if counted else None,
        "messages_failed": failed if counted else None,
        "messages_other": total - completed - failed if counted else None,
        "messages_discarded": by_status.get(DISCARDED, 0) if counted else None,
        "last_message_at": log.started_at if log else None,
        "last_message_status": log.status if log else None,
        "log_level": _hiding_level(counts, iflow_id, deployed_at, earlier_levels)
        or log_level(counts, iflow_id, earlier_levels),
        "last_error": (error.value or None) if error and last_errors else None,
        "last_message_url": log.web_url if log else None,
    }


def _hiding_level(
    counts: MonthCounts,
    iflow_id: str,
    deployed_at: Sequence[RuntimeLocation],
    earlier_levels: Mapping[str, str],
) -> str | None:
    """The level at any of several locations that may hide successful messages, if there is one.

    The newest log says nothing of the level at another location.
    """
    if len(deployed_at) <= 1:
        return None
    levels = [
        log_level(counts.at(location.id), iflow_id, earlier_levels) for location in deployed_at
    ]
    return next((level for level in levels if level in HIDING_LEVELS), None) or (
        LEVEL_UNKNOWN if LEVEL_UNKNOWN in levels else None
    )


def log_level(counts: MonthCounts, iflow_id: str, earlier_levels: Mapping[str, str]) -> str | None:
    """The level of the last log; of a log that could not be read, it is not the earlier one."""
    last = counts.last_message(iflow_id)
    if last is None:
        return earlier_levels.get(iflow_id)
    return (last.value.level if last.value else None) or LEVEL_UNKNOWN


def unread_messages(
    counts: MonthCounts, iflow_ids: Iterable[str], *, last_errors: bool
) -> Sequence[Unreadable]:
    """Say which last messages of these iFlows could not be read, and why."""
    logs, errors = {}, {}
    for iflow_id in iflow_ids:
        log, error = counts.last_message(iflow_id), counts.last_error(iflow_id)
        if log is not None:
            logs[iflow_id] = log
        if error is not None and last_errors:
            errors[iflow_id] = error
    reasons = {
        "last messages": explain_unread("last messages", logs),
        "last errors": explain_unread("last errors", errors),
    }
    return [Unreadable(part, reason) for part, reason in reasons.items() if reason]
