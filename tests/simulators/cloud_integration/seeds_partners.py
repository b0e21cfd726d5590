"""Initial rows for the partner directory and B2B scenarios.

Sources of the fields: SAP OpenAPI: PartnerDirectory and B2BScenarios.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Media, Row, Seed
from tests.simulators.cloud_integration.seeds_stores import DAY, hexadecimal

_PARTNERS = ("Müller & Söhne/Nord", "O'Neill Ltd", "Plain")


def partner_seeds(now: int) -> Mapping[str, Seed]:
    """Return the seeds; ``now`` in milliseconds."""
    audit = {
        "LastModifiedBy": "partners@example.com",
        "LastModifiedTime": now - DAY,
        "CreatedBy": "partners@example.com",
        "CreatedTime": now - 30 * DAY,
    }
    return {
        "StringParameters": lambda: [
            {"Pid": pid, "Id": f"Receiver {number}", "Value": f"https://{number}.example.com/a=b"}
            | audit
            for pid in _PARTNERS
            for number in range(2)
        ],
        "BinaryParameters": lambda: [
            {"Pid": pid, "Id": "map.xsl", "ContentType": "xsl", "Value": b"<xsl:stylesheet/>\n"}
            | audit
            for pid in _PARTNERS[:2]
        ],
        "AlternativePartners": lambda: [
            {
                "Hexagency": hexadecimal("Agency ä"),
                "Hexscheme": hexadecimal("Scheme/1"),
                "Hexid": hexadecimal(f"Id {number}"),
                "Agency": "Agency ä",
                "Scheme": "Scheme/1",
                "Id": f"Id {number}",
                "Pid": pid,
            }
            | audit
            for number, pid in enumerate(_PARTNERS)
        ],
        "AuthorizedUsers": lambda: [
            {"User": f"user's {number}", "Pid": pid} | audit for number, pid in enumerate(_PARTNERS)
        ],
        "UserCredentialParameters": lambda: [
            {"Pid": pid, "Id": "login", "User": "partner", "Password": "first-secret"} | audit
            for pid in _PARTNERS[:2]
        ],
    }


def b2b_seeds(now: int) -> Mapping[str, Seed]:
    """Return the seeds: two documents, one of which failed, and an orphaned interchange."""
    documents = [f"ad82e8e094e845438bc6a7b4566f6c{number:02x}" for number in range(2)]
    orphan = "0f3b2c1d094e845438bc6a7b4566f6c3"
    under = [("BusinessDocuments", item) for item in documents] + [("OrphanedInterchanges", orphan)]

    def each(name: str, values: Row, *, media: bool = False) -> Seed:
        def rows() -> list[Row]:
            return [
                {"Id": f"{name}-{key[:4]}{key[-2:]}"}
                | values
                | {"@parent": (parent, (key,))}
                | ({"@media": Media(f"UNA:+.? '{key}".encode())} if media else {})
                for parent, key in under
            ]

        return rows

    return {
        "BusinessDocuments": lambda: [
            _document(key, now, failed=number > 0) for number, key in enumerate(documents)
        ],
        "OrphanedInterchanges": lambda: [
            {"Id": orphan, "AdapterType": "AS2", "Date": now - DAY, "ProcessingStatus": "FAILED"}
        ],
        "ErrorDetails": each(
            "error",
            {
                "ErrorInformation": "No agreement was found",
                "ErrorCategory": "AGREEMENT",
                "IsTransientError": False,
            },
        ),
        "TechnicalAcknowledgements": each("ta", _ACKNOWLEDGEMENT | {"Type": "MDN"}, media=True),
        "FunctionalAcknowledgements": each(
            "fa",
            _ACKNOWLEDGEMENT
            | {
                "DocumentId": documents[0],
                "MessageType": "997",
                "DocumentStandard": "ASC-X12",
                "TransmissionStatus": "SUCCESS",
                "TransmissionErrorInformation": None,
                "TransmissionHttpCode": 200,
            },
            media=True,
        ),
        "BusinessDocumentProcessingEvents": each(
            "event",
            {
                "EventType": "BUSINESSDOCUMENT_CREATE_EVENT",
                "Date": now - DAY,
                "MonitoringType": "MPL",
                "MonitoringId": "AFq478Bblxi4wCjBcDb_G0vAGGZG",
            },
        ),
        "BusinessDocumentProtocolHeaders": each("header", {"Name": "AS2-From", "Value": "Acme"}),
        "BusinessDocumentPayloads": each(
            "payload",
            {
                "ProcessingState": "SENDER_INTERCHANGE",
                "Direction": "INBOUND",
                "PayloadId": "p1",
                "PayloadContainerContentType": "application/octet-stream",
                "PayloadContentType": "text/plain",
                "ArchivingRelevant": True,
            },
            media=True,
        ),
        "BusinessDocumentNotes": each(
            "note",
            {"UserId": "user", "CreateTimeStamp": now - DAY, "Text": "Looked at it", "Type": "U"},
        ),
        "CustomObjects": each("custom", {"SearchFieldValue1": "4500012345"}),
        "BusinessDocumentExtFields": each("field", {}),
    }


_ACKNOWLEDGEMENT: Row = {
    "Direction": "OUTBOUND",
    "PayloadId": "p2",
    "Status": "ACCEPTED",
    "PayloadContainerContentType": "application/octet-stream",
    "PayloadContentType": "text/plain",
}


def _document(key: str, now: int, *, failed: bool) -> Row:
    return {
        "Id": key,
        "SenderMessageType": "850",
        "SenderDocumentStandard": "ASC-X12",
        "SenderTradingPartnerName": "Acme",
        "ReceiverMessageType": "ORDERS",
        "ReceiverTradingPartnerName": "O'Neill Ltd",
        "Bulk": False,
        "TransactionDocumentType": "REQUEST",
        "ProcessingStatus": "FAILED" if failed else "COMPLETED",
        "OverallStatus": "FAILED" if failed else "COMPLETED",
        "StartedAt": now - 2 * DAY,
        "EndedAt": now - 2 * DAY + 300,
        "DocumentCreationTime": now - 2 * DAY,
        "ResendAllowed": failed,
        "RetryAllowed": failed,
        "ArchivingStatus": "ARCHIVING_PENDING",
    }
