"""Following the message processing logs of a tenant as they come.

A log is found by its start while its message is under way, and once more by its end, which may
come hours later. It may also be written late: each look goes back a while behind the newest time
seen so far, which is SAP's time and not this machine's.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from iflow_census.clock import Clock
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.tenant_admin.message_logs import LOGS, LogQuery, by_guid

OVERLAP = timedelta(minutes=5)
"""How late a log may be written and still be seen."""

SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds between two looks; each pause is half as long again as the one before, until there is
something new."""

FINAL = frozenset({"CANCELLED", "COMPLETED", "DISCARDED", "ESCALATED", "FAILED"})
"""Statuses that do not change any more."""

_GUIDS_OF_A_FILTER = 10
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def follow(api: Api, query: LogQuery, clock: Clock) -> Iterator[list[Entity]]:
    """Logs as they come, without end.

    Args:
        api: the tenant.
        query: which are wanted; with those that started since, those that ended since.
        clock: waits between two looks.

    Yields:
        What is new since the last look, newest last: logs not seen before, and logs whose status
        has changed. No log comes twice with the same status.
    """
    seen: dict[str, Entity] = {}
    since, pause = query.since, SHORTEST_PAUSE
    while True:
        found = _look(api, query, since, seen)
        fresh = [log for log in found.values() if _is_news(log, query, seen)]
        if fresh:
            yield sorted(fresh, key=_latest_time)
        seen |= found
        newest = max(map(_latest_time, seen.values()), default=_LONG_AGO)
        # A time in the future would hide all that comes before it.
        since = max(query.since, min(newest, clock.now()) - OVERLAP)
        seen = {
            guid: log
            for guid, log in seen.items()
            if _latest_time(log) >= since or (guid in found and _is_open(log))
        }
        pause = SHORTEST_PAUSE if fresh else min(pause * 1.5, LONGEST_PAUSE)
        clock.sleep(pause)


def _look(api: Api, query: LogQuery, since: datetime, seen: dict[str, Entity]) -> dict[str, Entity]:
    found: dict[str, Entity] = {}
    for moment in ("LogStart", "LogEnd"):
        window = f"{moment} ge {odata.datetime_literal(since)}"
        # In this order, logs that are written meanwhile push no others onto the next page.
        found |= _read(api, " and ".join([window, *query.conditions()]), moment)
    waiting = [guid for guid, log in seen.items() if _is_open(log) and guid not in found]
    for start in range(0, len(waiting), _GUIDS_OF_A_FILTER):
        guids = waiting[start : start + _GUIDS_OF_A_FILTER]
        any_of = " or ".join(f"MessageGuid eq {odata.string_literal(guid)}" for guid in guids)
        found |= _read(api, any_of, "LogStart")
    return found


def _read(api: Api, condition: str, order: str) -> dict[str, Entity]:
    return by_guid(api.read_all(LOGS, query={"$filter": condition, "$orderby": order}))


def _is_news(log: Entity, query: LogQuery, seen: dict[str, Entity]) -> bool:
    before = seen.get(log["MessageGuid"])
    if query.statuses and log.get("Status") not in query.statuses:
        return False
    return before is None or before.get("Status") != log.get("Status")


def _is_open(log: Entity) -> bool:
    return log.get("Status") not in FINAL


def _latest_time(log: Entity) -> datetime:
    times = [log.get("LogStart"), log.get("LogEnd")]
    return max((one for one in times if isinstance(one, datetime)), default=_LONG_AGO)
