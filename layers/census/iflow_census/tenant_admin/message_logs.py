"""Message processing logs: which there are, what one says, and its attachments.

Source: SAP OpenAPI, MessageProcessingLogs; the content of attachments: `$metadata` of live tenants.
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
from iflow_census.tenant_admin.safe_paths import free_path, made_folder

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

WITH_ERROR = frozenset({"ESCALATED", "FAILED", "RETRY"})
"""Statuses whose logs have an error text."""

DETAILS = ("AdapterAttributes", "CustomHeaderProperties", "Attachments")
"""The lists that belong to a log."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_AGO = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which logs are wanted.

    Attributes:
        since: the earliest start; aware.
        until: before which they started; None is open.
        iflow: the id of an iFlow; None is all.
        statuses: none is all.
    """

    since: datetime
    until: datetime | None = None
    iflow: str | None = None
    statuses: Sequence[str] = ()

    def conditions(self) -> list[str]:
        """What a log has to be, as parts of a `$filter`; its times apart."""
        found = []
        if self.iflow is not None:
            found.append(f"IntegrationArtifact/Id eq {odata.string_literal(self.iflow)}")
        if self.statuses:
            any_of = " or ".join(f"Status eq {odata.string_literal(one)}" for one in self.statuses)
            found.append(f"({any_of})")
        return found


def moment_of(text: str, now: datetime) -> datetime:
    """Read a moment as a person types it.

    Args:
        text: a time ago (`30m`, `2h`, `1d`), or ISO 8601, which is UTC unless it says otherwise.
        now: the moment; aware.

    Raises:
        ConfigurationError: it is neither.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"{text!r} is no time: give one such as 30m, 2h, 1d or 2026-10-31T08:00 (UTC)"
        ) from None


def newest_logs(api: Api, query: LogQuery, most: int) -> list[Entity]:
    """The newest logs, newest first.

    Args:
        api: the tenant.
        query: which are wanted.
        most: how many.
    """
    window = [f"LogStart ge {odata.datetime_literal(query.since)}"]
    if query.until is not None:
        window.append(f"LogStart lt {odata.datetime_literal(query.until)}")
    options = {
        "$filter": " and ".join(window + query.conditions()),
        "$orderby": "LogStart desc",
        "$top": str(most),
    }
    # Logs that are written meanwhile push others onto the next page, where they stand again.
    return list(by_guid(api.read_all(LOGS, query=options)).values())


def by_guid(logs: Iterable[Entity]) -> dict[str, Entity]:
    """Logs by their message. Raises `DataError` if one has none."""
    found: dict[str, Entity] = {}
    for log in logs:
        guid = log.get("MessageGuid")
        if not isinstance(guid, str) or not guid:
            raise DataError(f"GET {LOGS}: an entry has no MessageGuid")
        found[guid] = log
    return found


def with_errors(api: Api, logs: Sequence[Entity]) -> list[Entity]:
    """The same logs, with the text of their error as `Error`; None where there is none."""

    def error_of(log: Entity) -> str | None:
        return error_text(api, log["MessageGuid"]) if log.get("Status") in WITH_ERROR else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        texts = list(pool.map(error_of, logs))
    return [{**log, "Error": text} for log, text in zip(logs, texts, strict=True)]


def error_text(api: Api, guid: str) -> str | None:
    """The text of a message's error; None if it has none."""
    try:
        return api.read_value(f"{odata.entity_path(LOGS, guid)}/ErrorInformation/$value") or None
    except NotFound:
        return None


def log_details(api: Api, guid: str) -> Entity:
    """A log with what belongs to it.

    Args:
        api: the tenant.
        guid: of the message.

    Returns:
        Its properties, `Error`, `LastErrorModelStepId`, and a list for each of `DETAILS`, which
        is None where a role is missing.

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
        "Error": error_text(api, guid) if error else None,
        "LastErrorModelStepId": error.get("LastErrorModelStepId"),
        **{part: _list_if_allowed(api, f"{path}/{part}") for part in DETAILS},
    }


def _list_if_allowed(api: Api, path: str) -> list[Entity] | None:
    try:
        return list(api.read_all(path))
    except AccessError:
        return None


def save_attachments(api: Api, guid: str, folder: Path) -> Iterator[tuple[Entity, Download]]:
    """Write the attachments of a message's log to files of a folder; none is replaced.

    Args:
        api: the tenant.
        guid: of the message.
        folder: is made where it is missing.

    Yields:
        Each attachment and its file, once it is there.
    """
    attachments = list(api.read_all(f"{odata.entity_path(LOGS, guid)}/Attachments", key=("Id",)))
    made_folder(folder)
    for one in attachments:
        path = free_path(folder, str(one.get("Name") or ""), "attachment")
        content = f"{odata.entity_path('MessageProcessingLogAttachments', one['Id'])}/$value"
        yield one, api.download(content, path)
