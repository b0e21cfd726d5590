"""Details of message processing logs: errors, attachments, headers, stored payloads.

They are derived from the guid of the log on every request, so that half a million logs take no more
memory. Clients must not rely on the guid being part of the ids.
Source: SAP OpenAPI: MessageProcessingLogs and MessageStore. The content of attachments is where
$metadata of live tenants has it: ``MessageProcessingLogAttachments('id')/$value``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.cloud_integration.content import Media, Row
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.landscape import MessageLog
from tests.simulators.cloud_integration.operation_call import (
    Handler,
    OperationCall,
    State,
    media_response,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.responses import atom_entity, json_entity
from tests.simulators.http_server import Response

WITH_ERROR = frozenset({"FAILED", "RETRY", "ESCALATED"})
_ID = "sap-it-res:msg:ae15c0dda:"


def _log(state: State, guid: Any) -> MessageLog:
    log = state.tenant.find_log(str(guid))
    if log is None:
        raise not_found()
    return log


def _start(log: MessageLog) -> int | None:
    return log.start


def error_text(log: MessageLog) -> str:
    """Return the ErrorInformation of a log."""
    name = log.artifact.name if log.artifact else "?"
    return f"org.apache.camel.CamelException: <{name}> failed, MPL ID {log.guid}: it's broken & so"


def attachment_files(log: MessageLog) -> list[tuple[str, str, bytes]]:
    """Return name, type and content of attachments; failed messages have two."""
    files = [("payload.xml", "application/xml", f"<order id='{log.guid}'/>\n".encode())]
    if log.status in WITH_ERROR:
        files.append(("../what went: wrong?.txt", "text/plain", error_text(log).encode()))
    return files


def attachments(log: MessageLog) -> list[Row]:
    """Return the rows for the attachments of a log."""
    return [
        {
            "Id": f"{_ID}{log.guid}.a{number}",
            "MessageGuid": log.guid,
            "TimeStamp": _start(log),
            "Name": name,
            "ContentType": content_type,
            "PayloadSize": len(content),
            "@media": Media(content, content_type),
        }
        for number, (name, content_type, content) in enumerate(attachment_files(log))
    ]


def _headers(log: MessageLog) -> list[Row]:
    return [
        {"Id": f"{log.guid}_{number}", "Name": name, "Value": value}
        for number, (name, value) in enumerate(
            (("order id", f"=4711-{log.guid[-4:]}"), ("region", "EMEA"))
        )
    ]


def _attributes(log: MessageLog) -> list[Row]:
    return [
        {
            "Id": f"{log.guid}_{number}",
            "AdapterId": "HTTPS Sender",
            "AdapterMessageId": f"<{log.guid}@example.com>",
            "Name": name,
            "Value": value,
        }
        for number, (name, value) in enumerate((("Content-Type", "text/xml"), ("Status", "200")))
    ]


def _runs(log: MessageLog) -> list[Row]:
    return [
        {
            "Id": f"{log.guid}_run",
            "RunStart": _start(log),
            "RunStop": log.end,
            "LogLevel": "INFO",
            "OverallState": log.status,
            "ProcessId": "worker-0",
        }
    ]


def _store_entries(log: MessageLog) -> list[Row]:
    content = f"<stored>{log.guid}</stored>\n".encode()
    return [
        {
            "Id": f"{_ID}{log.guid}.m{number}",
            "MessageGuid": log.guid,
            "MessageStoreId": f"Persist {number}",
            "TimeStamp": _start(log),
            "HasAttachments": number == 0,
            "@media": Media(content, "application/xml"),
        }
        for number in range(2)
    ]


def _store_attachments(entry: Row) -> list[Row]:
    if not entry["HasAttachments"]:
        return []
    return [
        {
            "Id": f"{entry['Id']}.b0",
            "Name": "scan 1.pdf",
            "ContentType": "application/pdf",
            "@media": Media(b"%PDF-1.4\n%%EOF\n", "application/pdf"),
        }
    ]


def _properties(owner: str, key: Any) -> list[Row]:
    return [
        {owner: key, "Name": name, "Value": value}
        for name, value in (("SAP_MessageType", "ORDERS"), ("it's a name/1", "value"))
    ]


def _guid(key: str) -> str:
    """Return the guid in an id."""
    if not key.startswith(_ID):
        raise not_found()
    return key.removeprefix(_ID).partition(".")[0]


def _find(rows: list[Row], name: str, key: Any) -> Row:
    for row in rows:
        if row[name] == key:
            return row
    raise not_found()


def _attachment(state: State, call: OperationCall) -> Row:
    key = call.keys[0][0]
    return _find(attachments(_log(state, _guid(key))), "Id", key)


def _entry(state: State, key: str) -> Row:
    return _find(_store_entries(_log(state, _guid(key))), "Id", key)


def _entry_attachment(state: State, key: str) -> Row:
    return _find(_store_attachments(_entry(state, key.rpartition(".")[0])), "Id", key)


def _list_handler(make: Callable[[MessageLog], list[Row]]) -> Handler:
    return lambda state, call: state.list_response(call, make(_log(state, call.keys[0][0])))


def _error(state: State, call: OperationCall) -> MessageLog:
    log = _log(state, call.keys[0][0])
    if log.status not in WITH_ERROR:
        raise not_found()
    return log


def _error_entity(state: State, call: OperationCall) -> Response:
    log = _error(state, call)
    row = {"MessageGuid": log.guid, "Type": "text/plain", "LastErrorModelStepId": "MessageFlow_11"}
    return state.entity_response(call, row | {"@media": Media(b"", "text/plain")})


def _error_value(state: State, call: OperationCall) -> Response:
    text = error_text(_error(state, call))
    return media_response(Media(text.encode(), "text/plain;charset=utf-8"))


def _entry_properties(state: State, call: OperationCall) -> Response:
    key = _entry(state, call.keys[0][0])["Id"]
    return state.list_response(call, _properties("MessageId", key))


def _entry_property(state: State, call: OperationCall) -> Response:
    key, name = call.keys[0]
    return state.entity_response(
        call, _find(_properties("MessageId", _entry(state, key)["Id"]), "Name", name)
    )


def _attachment_properties(state: State, call: OperationCall) -> Response:
    key = _entry_attachment(state, call.keys[0][0])["Id"]
    return state.list_response(call, _properties("AttachmentId", key))


def _attachment_property(state: State, call: OperationCall) -> Response:
    key, name = call.keys[0]
    rows = _properties("AttachmentId", _entry_attachment(state, key)["Id"])
    return state.entity_response(call, _find(rows, "Name", name))


def _expanded_log(state: State, call: OperationCall) -> Response:
    """Return a log with its expanded navigation properties."""
    log = _log(state, call.keys[0][0])
    entity = state.tenant.entities.message_log(log)
    for name in call.options.names("$expand"):
        if name not in _EXPANDED:
            raise ODataError(400, f"Invalid $expand: {name}")
        kind, make = _EXPANDED[name]
        rows = [state.renderer.entity(entity_types()[kind], row) for row in make(log)]
        entity.values[name] = rows
    return json_entity(entity) if call.request.wants_json else atom_entity(entity)


_EXPANDED: Mapping[str, tuple[str, Callable[[MessageLog], list[Row]]]] = {
    "AdapterAttributes": ("MessageProcessingLogAdapterAttribute", _attributes),
    "Attachments": ("MessageProcessingLogAttachment", attachments),
    "CustomHeaderProperties": ("MessageProcessingLogCustomHeaderProperty", _headers),
    "MessageStoreEntries": ("MessageStoreEntry", _store_entries),
}
_LOG = "GET MessageProcessingLogs('{MessageGuid}')"
_STORED = "GET MessageStoreEntries('{MessageStoreEntryId}')"
_ATTACHED = "GET MessageStoreEntryAttachments('{MessageStoreEntryAttachmentId}')"
HANDLERS: Mapping[str, Handler] = {
    _LOG: _expanded_log,
    f"{_LOG}/AdapterAttributes": _list_handler(_attributes),
    f"{_LOG}/Attachments": _list_handler(attachments),
    f"{_LOG}/CustomHeaderProperties": _list_handler(_headers),
    f"{_LOG}/Runs": _list_handler(_runs),
    f"{_LOG}/MessageStoreEntries": _list_handler(_store_entries),
    f"{_LOG}/ErrorInformation": _error_entity,
    f"{_LOG}/ErrorInformation/$value": _error_value,
    "GET MessageProcessingLogAttachments('{Id}')": lambda state, call: state.entity_response(
        call, _attachment(state, call)
    ),
    "GET MessageProcessingLogAttachments('{Id}')/$value": lambda state, call: media_response(
        _attachment(state, call)["@media"]
    ),
    _STORED: lambda state, call: state.entity_response(call, _entry(state, call.keys[0][0])),
    f"{_STORED}/$value": lambda state, call: media_response(
        _entry(state, call.keys[0][0])["@media"]
    ),
    f"{_STORED}/Attachments": lambda state, call: state.list_response(
        call, _store_attachments(_entry(state, call.keys[0][0]))
    ),
    f"{_STORED}/Properties": _entry_properties,
    "GET MessageStoreEntryProperties(MessageId='{MessageStoreEntryID}',Name='{PropertyName}')": (
        _entry_property
    ),
    _ATTACHED: lambda state, call: state.entity_response(
        call, _entry_attachment(state, call.keys[0][0])
    ),
    f"{_ATTACHED}/$value": lambda state, call: media_response(
        _entry_attachment(state, call.keys[0][0])["@media"]
    ),
    f"{_ATTACHED}/Properties": _attachment_properties,
    "GET MessageStoreEntryAttachmentProperties(AttachmentId='{MessageStoreEntryAttachmentId}',"
    "Name='{Name}')": _attachment_property,
}
