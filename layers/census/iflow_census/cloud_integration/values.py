"""Convert the property values of entities to Python values.

JSON of OData version 2 has no types. A value is therefore only converted if the type of its
property is known (SAP OpenAPI; `$metadata` of live tenants) or its form is unmistakable:

- Dates become aware UTC datetimes: `/Date(ms)/` in all properties but `FREE_TEXT_PROPERTIES`;
  milliseconds since 1970 and ISO 8601 in `DATE_PROPERTIES`.
- Edm.Int64, which SAP writes as text, becomes int in `INTEGER_PROPERTIES`.
- "true" and "false" become bool in `BOOLEAN_PROPERTIES`.
- Expanded navigation properties become lists; deferred ones and `__metadata` are left out.

Values of any other form stay unchanged.
"""

import re
from typing import Any

from iflow_census.cloud_integration import odata

Entity = dict[str, Any]

DATE_PROPERTIES = frozenset(
    {
        "ActiveFrom",
        "ActiveUntil",
        "CreatedAt",
        "CreatedTime",
        "CreationDate",
        "CreationTime",
        "CreateTimeStamp",
        "Date",
        "DateOfOldestMplToBeArchivedAfterRun",
        "DeployedOn",
        "DocumentCreationTime",
        "DocumentsArchivedUntilDate",
        "DueAt",
        "EndedAt",
        "ExecutionTime",
        "ExpirationDate",
        "ExpirationTime",
        "FunctionalAckDueTime",
        "LastModified",
        "LastModifiedTime",
        "LastUpdated",
        "LogEnd",
        "LogStart",
        "ModifiedAt",
        "ModifiedDate",
        "MplsArchivedUntilDate",
        "NextRetry",
        "OverdueAt",
        "RetainUntil",
        "RunStart",
        "RunStop",
        "StartedAt",
        "StatusUpdatedAt",
        "StepStart",
        "StepStop",
        "TechnicalAckDueTime",
        "TimeStamp",
        "Timestamp",
        "UpdatedAt",
        "ValidNotAfter",
        "ValidNotBefore",
        "ValidUntil",
        "createdAt",
        "deployedOn",
        "expirationDate",
        "nextRetry",
        "overdueAt",
    }
)

INTEGER_PROPERTIES = frozenset(
    {
        "Capacity",
        "CapacityError",
        "CapacityOk",
        "CapacityWarning",
        "DataCollectionDurationInMinutes",
        "DataCompressionDurationInMinutes",
        "DataUploadDurationInMinutes",
        "DataUploadedInMb",
        "FillGrade",
        "MaxCapacity",
        "MaxQueueNumber",
        "MaxQueueSize",
        "MplsArchived",
        "MplsArchivingFailed",
        "MplsToBeArchived",
        "NumbOfMsgs",
        "NumberOfMessages",
        "NumberOfOverdueMessages",
        "PayloadSize",
        "QueueNumber",
        "QueueSize",
        "ResourceSize",
        "RetryCount",
        "RunDurationInMinutes",
        "Size",
        "State",
        "numberOfMessages",
        "retryCount",
    }
)

BOOLEAN_PROPERTIES = frozenset(
    {
        "ArchivingLogAttachments",
        "ArchivingPersistedMessages",
        "ArchivingReceiverChannelMessages",
        "ArchivingSenderChannelMessages",
        "HasAttachments",
        "IsGuidelineSkipped",
        "PartnerContent",
        "UpdateAvailable",
    }
)

FREE_TEXT_PROPERTIES = frozenset(
    {"Comment", "Description", "Id", "Name", "ParameterKey", "ParameterValue", "ShortText", "Value"}
)

_DATE = re.compile(r"/Date\(-?\d+(?:[+-]\d+)?\)/")
_MILLISECONDS = re.compile(r"\d{12,14}")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)


def convert_entity(row: odata.Row) -> Entity:
    """Convert the values of an entity, and leave out `__metadata` and deferred properties."""
    return {
        name: _convert(name, value)
        for name, value in row.items()
        if name != "__metadata" and not (isinstance(value, dict) and "__deferred" in value)
    }


def _convert(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return _convert_text(name, value)
    if isinstance(value, dict):
        results = value.get("results")
        return _convert_items(results) if isinstance(results, list) else convert_entity(value)
    if isinstance(value, list):
        return _convert_items(value)
    if name in DATE_PROPERTIES and isinstance(value, int) and _MILLISECONDS.fullmatch(str(value)):
        return odata.parse_datetime(value)
    return value


def _convert_items(items: list[Any]) -> list[Any]:
    return [convert_entity(item) if isinstance(item, dict) else item for item in items]


def _convert_text(name: str, text: str) -> Any:
    is_date = name in DATE_PROPERTIES and (_MILLISECONDS.fullmatch(text) or _ISO.fullmatch(text))
    if is_date or (name not in FREE_TEXT_PROPERTIES and _DATE.fullmatch(text)):
        try:
            return odata.parse_datetime(text)
        except ValueError:
            return text
    if name in INTEGER_PROPERTIES and _INTEGER.fullmatch(text):
        return int(text)
    if name in BOOLEAN_PROPERTIES and text in ("true", "false"):
        return text == "true"
    return text
