"""Following message processing logs as they appear.

A log is found by its start time while the message is processed, and by its end time once it has
ended, which may be hours later. SAP may also write a log late. Each poll therefore starts a few
minutes before the newest time seen so far, which is SAP's time and not that of this computer.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from iflow_census.clock import Clock
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.tenant_admin.message_logs import LOGS, LogFilter, index_by_guid

_OVERLAP = timedelta(minutes=5)
"""How late SAP may write a log that is still found."""

_MIN_PAUSE, _MAX_PAUSE = 2.0, 30.0
_BACKOFF_FACTOR = 1.5

_FINAL_STATUSES = frozenset({"CANCELLED", "COMPLETED", "DISCARDED", "ESCALATED", "FAILED"})

_GUIDS_PER_FILTER = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tail_logs(api: Api, query: LogFilter, clock: Clock) -> Iterator[list[Entity]]:
    """Yield logs that are new or have a new status, newest last, until the caller stops.

    Logs that ended after the start time of the filter are included.
    """
    seen: dict[str, Entity] = {}
    since, pause = query.since, _MIN_PAUSE
    while True:
        logs = _poll(api, query, since, seen)
        changed = [log for log in logs.values() if _is_changed(log, query, seen)]
        if changed:
            yield sorted(changed, key=_latest_time)
        seen |= logs
        newest = max(map(_latest_time, seen.values()), default=_EPOCH)
        # A log dated in the future must not hide the logs that follow.
        since = max(query.since, min(newest, clock.now()) - _OVERLAP)
        seen = {
            guid: log
            for guid, log in seen.items()
            if _latest_time(log) >= since or (guid in logs and _is_open(log))
        }
        pause = _MIN_PAUSE if changed else min(pause * _BACKOFF_FACTOR, _MAX_PAUSE)
        clock.sleep(pause)


def _poll(
    api: Api, query: LogFilter, since: datetime, seen: dict[str, Entity]
) -> dict[str, Entity]:
    logs: dict[str, Entity] = {}
    for time_property in ("LogStart", "LogEnd"):
        window = f"{time_property} ge {odata.datetime_literal(since)}"
        # Ascending order: logs written during the read cannot shift others to the next page.
        logs |= _read(api, " and ".join([window, *query.conditions()]), time_property)
    open_guids = [guid for guid, log in seen.items() if _is_open(log) and guid not in logs]
    for start in range(0, len(open_guids), _GUIDS_PER_FILTER):
        guids = open_guids[start : start + _GUIDS_PER_FILTER]
        condition = " or ".join(f"MessageGuid eq {odata.string_literal(guid)}" for guid in guids)
        logs |= _read(api, condition, "LogStart")
    return logs


def _read(api: Api, condition: str, order: str) -> dict[str, Entity]:
    return index_by_guid(api.read_all(LOGS, query={"$filter": condition, "$orderby": order}))


def _is_changed(log: Entity, query: LogFilter, seen: dict[str, Entity]) -> bool:
    previous = seen.get(log["MessageGuid"])
    if query.statuses and log.get("Status") not in query.statuses:
        return False
    return previous is None or previous.get("Status") != log.get("Status")


def _is_open(log: Entity) -> bool:
    return log.get("Status") not in _FINAL_STATUSES


def _latest_time(log: Entity) -> datetime:
    times = [log.get("LogStart"), log.get("LogEnd")]
    return max((time for time in times if isinstance(time, datetime)), default=_EPOCH)
