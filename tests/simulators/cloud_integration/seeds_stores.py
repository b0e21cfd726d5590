"""Initial rows for message stores, queues, variables, number ranges, locks and log files.

Sources of the fields: SAP OpenAPI: MessageStore, MessageProcessingLogs, LogFiles; $metadata of live
tenants. Keys contain special characters where SAP allows them.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from tests.simulators.cloud_integration.archives import make_zip
from tests.simulators.cloud_integration.content import Media, Row, Seed

DAY = 86_400_000
HOUR = 3_600_000
BROKER = ("JmsBrokers", ("Broker1",))


def hexadecimal(text: str) -> str:
    """Return a text in hexadecimal, as in keys like Hexalias."""
    return text.encode().hex().upper()


def store_seeds(now: int, tenant: str) -> Mapping[str, Seed]:
    """Return the seeds; ``now`` in milliseconds."""
    return {
        "JmsBrokers": lambda: [_broker()],
        "Queues": lambda: list(_queues()),
        "QueueStates": lambda: [
            {
                "Name": queue["Name"],
                "State": queue["State"],
                "@parent": ("JmsBrokers", ("Broker1",)),
            }
            for queue in _queues()
        ],
        "JmsMessages": lambda: [_jms_message(now)],
        "NumberRanges": lambda: [_number_range("Invoice No.", now), _number_range("Orders", now)],
        "DataStores": lambda: list(_data_stores()),
        "DataStoreEntries": lambda: list(_data_store_entries(now)),
        "Variables": lambda: list(_variables(now)),
        "LogFiles": lambda: list(_log_files(now)),
        "LogFileArchives": lambda: list(_log_file_archives()),
        "IdMapToIds": lambda: [_target(now, number) for number in (1, 2)],
        "IdMapFromId2s": lambda: [_source(now, number) for number in (1, 2)],
        "IdempotentRepositoryEntries": lambda: [_idempotent(now)],
        "GenericIdempotentRepositoryEntries": lambda: [
            _idempotent(now)
            | {
                "HexVendor": hexadecimal("SAP"),
                "HexComponent": hexadecimal("SFTP"),
                "Vendor": "SAP",
            }
        ],
        "ArchivingKeyPerformanceIndicators": lambda: [_indicator(now, "Mpl", "Mpls")],
        "B2BArchivingKeyPerformanceIndicators": lambda: [_indicator(now, "Document", "Documents")],
        "ExternalLoggingActivationStatus": lambda: [{"Id": tenant, "Active": False}],
    }


def _broker() -> Row:
    return {
        "Key": "Broker1",
        "Capacity": 794_616_135,
        "MaxCapacity": 9_751_756_800,
        "IsTransactedSessionsHigh": 0,
        "IsConsumersHigh": 0,
        "IsProducersHigh": 0,
        "IsQueuesHigh": 0,
        "IsMessageSpoolHigh": 0,
        "MaxQueueNumber": 30,
        "QueueNumber": 3,
        "CapacityOk": 1,
        "CapacityWarning": 1,
        "CapacityError": 1,
    }


def _queues() -> list[Row]:
    return [
        {
            "Name": name,
            "Active": int(active),
            "Exclusive": 0,
            "FillGrade": fill,
            "NumbOfMsgs": messages,
            "Size": messages * 2048,
            "State": state,
            "Type": 0,
        }
        for name, active, fill, messages, state in (
            ("Orders in", True, 2, 17, 0),
            ("it's slow", True, 81, 4_200, 1),
            ("Stuck", False, 99, 9_000, 2),
        )
    ]


def _jms_message(now: int) -> Row:
    return {
        "Msgid": "ID:10.0.0.7-1",
        "Name": "Orders in",
        "Failed": False,
        "ContentType": "application/xml",
        "CreatedAt": now - HOUR,
        "ExpirationDate": now + 30 * DAY,
        "NextRetry": now + HOUR,
        "OverdueAt": now + DAY,
        "RetryCount": 3,
        "Mplid": "AFq478Bblxi4wCjBcDb_G0vAGGZG",
        "SapMplCorrelationId": None,
        "@parent": ("Queues", ("Orders in",)),
    }


def _number_range(name: str, now: int) -> Row:
    return {
        "Name": name,
        "Description": "Running numbers",
        "MaxValue": "9999999999",
        "MinValue": "0000000001",
        "Rotate": "true",
        "CurrentValue": "0000000042",
        "FieldLength": "10",
        "DeployedBy": "deployer@example.com",
        "DeployedOn": now - 90 * DAY,
    }


_STORES = (("Orders/2026 ü", "Send_Orders", 3, 1), ("Global store", "", 1, 0))


def _data_stores() -> list[Row]:
    return [
        {
            "DataStoreName": name,
            "IntegrationFlow": iflow,
            "Type": "",
            "Visibility": "Integration Flow" if iflow else "Global",
            "NumberOfMessages": messages,
            "NumberOfOverdueMessages": overdue,
        }
        for name, iflow, messages, overdue in _STORES
    ]


def _data_store_entries(now: int) -> list[Row]:
    return [
        {
            "Id": f"entry {number}'s",
            "DataStoreName": name,
            "IntegrationFlow": iflow,
            "Type": "",
            "Status": "Overdue" if number < overdue else "Waiting",
            "MessageId": f"AGo{number}YYq9SRemeZqvs3q2SSi-sRdy",
            "DueAt": now + (-DAY if number < overdue else DAY),
            "CreatedAt": now - 2 * DAY,
            "RetainUntil": now + 30 * DAY,
            "@parent": ("DataStores", (name, iflow, "")),
            "@media": Media(
                make_zip({"body": f"<order>{number}</order>".encode(), "headers.prop": b"a=b\n"}),
                "application/zip",
            ),
        }
        for name, iflow, messages, overdue in _STORES
        for number in range(messages)
    ]


def _variables(now: int) -> list[Row]:
    return [
        {
            "VariableName": name,
            "IntegrationFlow": iflow,
            "Visibility": "Integration Flow" if iflow else "Global",
            "UpdatedAt": now - HOUR,
            "RetainUntil": now + 400 * DAY,
            "@media": Media(make_zip({"body": value.encode()}), "application/zip"),
        }
        for name, iflow, value in (
            ("last run", "Send_Orders", "2026-10-31T23:00:00Z"),
            ("Global 'x'", "", "42"),
        )
    ]


def _log_files(now: int) -> list[Row]:
    rows = []
    for kind, name in (("http", "http_access_0001_2026-10-30.log"), ("trace", "ljs_trace_01.log")):
        content = gzip.compress(f"# {kind} log\n".encode() * 40, mtime=0)
        rows.append(
            {
                "Name": name,
                "Application": "tenant iflmap",
                "LastModified": now - DAY,
                "ContentType": "application/gzip",
                "LogFileType": kind,
                "NodeScope": "worker",
                "Size": len(content),
                "@media": Media(content, "application/gzip"),
            }
        )
    return rows


def _log_file_archives() -> list[Row]:
    return [
        {
            "Scope": scope,
            "LogFileType": kind,
            "NodeScope": "worker",
            "ContentType": "application/zip",
            "@media": Media(make_zip({f"{kind}.log": b"line\n" * 20}), "application/zip"),
        }
        for kind in ("http", "trace")
        for scope in ("all", "latest")
    ]


def _target(now: int, number: int) -> Row:
    return {
        "ToId": f"TO/KEY {number}",
        "FromId_": "KEY'1",
        "Mapper": f"Mapper{number}",
        "ExpirationTime": now + 90 * DAY,
        "Qualifier": "",
        "Context": "MapperTest",
        "@parent": ("IdMapFromIds", ("KEY'1",)),
    }


def _source(now: int, number: int) -> Row:
    return {
        "FromId": f"KEY'{number}",
        "ToId2": "TO/KEY 1",
        "Mapper": f"Mapper{number}",
        "ExpirationTime": now + 90 * DAY,
        "Qualifier": "",
        "Context": "MapperTest",
        "@parent": ("IdMapToIds", ("TO/KEY 1",)),
    }


def _idempotent(now: int) -> Row:
    return {
        "HexSource": hexadecimal("user@host"),
        "HexEntry": hexadecimal("in/file 1.xml"),
        "Source": "user@host",
        "Entry": "in/file 1.xml",
        "Component": "SFTP",
        "CreationTime": now - DAY,
        "ExpirationTime": now + 90 * DAY,
    }


def _indicator(now: int, one: str, many: str) -> Row:
    return {
        "RunStart": now - DAY,
        "RunDurationInMinutes": 63,
        "DataCollectionDurationInMinutes": 53,
        "DataCompressionDurationInMinutes": 0,
        "DataUploadDurationInMinutes": 10,
        f"{many}ToBeArchived": 5000,
        f"{many}Archived": 5000,
        f"{many}ArchivingFailed": 0,
        f"{many}ArchivedUntilDate": now - DAY,
        f"DateOfOldest{one}ToBeArchivedAfterRun": now - HOUR,
        "DataUploadedInMb": 17 if one == "Mpl" else "17",
        "RunStatus": "COMPLETED",
        "RunFailedPhase": "",
    }
