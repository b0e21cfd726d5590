"""Message processing logs: lists, details and attachments.

Source: SAP OpenAPI, MessageProcessingLogs; `$metadata` of live tenants (attachment content).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import AccessError, ConfigurationError, DataError, NotFound
from iflow_census.tenant_admin.safe_paths import create_folder, unused_path

LOGS = "MessageProcessingLogs"

STATUSES = (
    "ABANDONED",
    "CANCELLED",
    "COMPLETED",
    "DISCARDED",
    "ESCALATED",
    "FAILED",
    "PROCESSING",
    "RETRY",
)

_STATUSES_WITH_ERROR = frozenset({"ESCALATED", "FAILED", "RETRY"})

DETAIL_LISTS = ("AdapterAttributes", "CustomHeaderProperties", "Attachments")
"""The navigation properties of a log that are shown with it."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TIME_AGO = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_MAX_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class LogFilter:
    """A filter for message processing logs.

    Attributes:
        since: the earliest start time, timezone-aware.
        until: logs that started at this time or later are excluded; None for no limit.
        iflow: an iFlow id; None for all.
        statuses: the statuses to include; empty for all.
    """

    since: datetime
    until: datetime | None = None
    iflow: str | None = None
    statuses: Sequence[str] = ()

    def conditions(self) -> list[str]:
        """Return the `$filter` conditions for the iFlow and the statuses, without the times."""
        conditions = []
        if self.iflow is not None:
            conditions.append(f"IntegrationArtifact/Id eq {odata.string_literal(self.iflow)}")
        if self.statuses:
            any_status = " or ".join(
                f"Status eq {odata.string_literal(status)}" for status in self.statuses
            )
            conditions.append(f"({any_status})")
        return conditions


def parse_time(text: str, now: datetime) -> datetime:
    """Parse a time from the command line.

    The text is a time ago (`30m`, `2h`, `1d`), or ISO 8601, in UTC unless it has an offset.

    Raises:
        ConfigurationError: the text is neither.
    """
    time_ago = _TIME_AGO.fullmatch(text)
    try:
        if time_ago:
            return now - timedelta(**{_UNITS[time_ago[2]]: int(time_ago[1])})
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"invalid time {text!r}; use a format such as 30m, 2h, 1d or 2026-10-31T08:00 (UTC)"
        ) from None


def read_newest_logs(api: Api, query: LogFilter, limit: int) -> list[Entity]:
    """Read the newest logs, newest first."""
    window = [f"LogStart ge {odata.datetime_literal(query.since)}"]
    if query.until is not None:
        window.append(f"LogStart lt {odata.datetime_literal(query.until)}")
    options = {
        "$filter": " and ".join(window + query.conditions()),
        "$orderby": "LogStart desc",
        "$top": str(limit),
    }
    # Logs written during the read shift others to the next page, where they appear again.
    return list(index_by_guid(api.read_all(LOGS, query=options)).values())


def index_by_guid(logs: Iterable[Entity]) -> dict[str, Entity]:
    """Return the logs by MessageGuid. Raises `DataError` if a log has none."""
    indexed: dict[str, Entity] = {}
    for log in logs:
        guid = log.get("MessageGuid")
        if not isinstance(guid, str) or not guid:
            raise DataError(f"GET {LOGS}: an entry has no MessageGuid")
        indexed[guid] = log
    return indexed


def add_error_texts(api: Api, logs: Sequence[Entity]) -> list[Entity]:
    """Return the logs with their error text as `Error`; None if there is no error."""

    def read_error(log: Entity) -> str | None:
        if log.get("Status") not in _STATUSES_WITH_ERROR:
            return None
        return read_error_text(api, log["MessageGuid"])

    with ThreadPoolExecutor(_MAX_CONCURRENCY) as pool:
        texts = list(pool.map(read_error, logs))
    return [{**log, "Error": text} for log, text in zip(logs, texts, strict=True)]


def read_error_text(api: Api, guid: str) -> str | None:
    """Return the error text of a message; None if it has none."""
    try:
        return api.read_value(f"{odata.entity_path(LOGS, guid)}/ErrorInformation/$value") or None
    except NotFound:
        return None


def read_log_details(api: Api, guid: str) -> Entity:
    """Read a log with its details.

    Returns:
        The properties, `Error`, `LastErrorModelStepId`, and each of `DETAIL_LISTS`, which is None
        if the service key lacks the role to read it.

    Raises:
        NotFound: there is no such message.
    """
    path = odata.entity_path(LOGS, guid)
    log = api.read(path)
    error: Entity = {}
    with suppress(NotFound):
        error = api.read(f"{path}/ErrorInformation")
    return {
        **log,
        "Error": read_error_text(api, guid) if error else None,
        "LastErrorModelStepId": error.get("LastErrorModelStepId"),
        **{name: _read_if_allowed(api, f"{path}/{name}") for name in DETAIL_LISTS},
    }


def _read_if_allowed(api: Api, path: str) -> list[Entity] | None:
    try:
        return list(api.read_all(path))
    except AccessError:
        return None


def download_attachments(api: Api, guid: str, folder: Path) -> Iterator[tuple[Entity, Download]]:
    """Download the attachments of a log, and yield each with its file; no file is replaced.

    The folder is created if it does not exist.
    """
    attachments = list(api.read_all(f"{odata.entity_path(LOGS, guid)}/Attachments", key=("Id",)))
    create_folder(folder)
    for attachment in attachments:
        file = unused_path(folder, str(attachment.get("Name") or ""), "attachment")
        path = odata.entity_path("MessageProcessingLogAttachments", attachment["Id"])
        yield attachment, api.download(f"{path}/$value", file)
