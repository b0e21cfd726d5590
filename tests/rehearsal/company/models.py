"""What the company's iFlows connect: models that agree with `iflows.csv`.

Most iFlows are started by their endpoint or by a schedule, and send to one system. A few call each
other, so that the report of unused iFlows has something to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.rehearsal.company.descriptions import Iflow
from tests.simulators.cloud_integration.models import (
    RUN_ONCE,
    ChannelSpec,
    cron,
    model_document,
    model_zip,
    schedule_rows,
)

_CALLS = {
    "Send_Delivery_Note_to_Carrier": "Send_Orders_to_Legacy_Warehouse",
    "Send_Customer_Invoice_by_EDI": "Send_Dunning_Letters",
    "Post_Supplier_Invoice": "Request_Supplier_Certificate",
}
"""Calls by ProcessDirect: of rare branches, so that the iFlows called may have no messages."""

_QUEUES = {"Create_Account_for_New_Hire": "Transfer_Learning_Completions"}
"""Who sends to the queue that another one reads."""

_RUN_ONCE = ("Archive_Messages", "Test_Connectivity")
_SCHEDULES = ("0 0 4 ? * * *", "0 30 22 ? * MON-FRI *", "0 0/15 6-20 ? * MON-FRI *")
_PARAMETERS = "S4\\ host=s4.corp.example.com:443\nLocation=headquarters\n"


@cache
def company_model(iflow: Iflow) -> bytes:
    """Return the zip file of an iFlow."""
    channels = [*_senders(iflow), *_receivers(iflow)]
    starts = any(channel.direction == "Sender" for channel in channels)
    rows = RUN_ONCE if iflow.id in _RUN_ONCE else cron(_schedule(iflow), "Europe/Berlin")
    timers = [] if starts and iflow.id not in _RUN_ONCE else [schedule_rows(rows)]
    return model_zip(model_document(channels, timers=timers), _PARAMETERS)


def _schedule(iflow: Iflow) -> str:
    return _SCHEDULES[sum(iflow.id.encode()) % len(_SCHEDULES)]


def _senders(iflow: Iflow) -> Iterator[ChannelSpec]:
    path = f"/{iflow.id.lower()}"
    match iflow.protocol:
        case "REST":
            security = {"senderAuthType": "RoleBased", "xsrfProtection": "1"}
            yield ChannelSpec("HTTPS", "Sender", {"urlPath": path, **security}, iflow.sender)
        case "SOAP" | "AS2" as adapter:
            properties = {"address": path, "senderAuthType": "RoleBased"}
            yield ChannelSpec(adapter, "Sender", properties, iflow.sender)
        case "SFTP":
            properties = {
                "host": "files.corp.example.com",
                "path": path,
                "authentication": "public_key",
                "privateKeyAlias": "files_key",
                "scheduleKey": schedule_rows(cron("0 0/5 * ? * * *")),
            }
            yield ChannelSpec("SFTP", "Sender", properties, iflow.sender)
    if iflow.id in _CALLS.values():
        yield ChannelSpec("ProcessDirect", "Sender", {"address": path}, "Caller")
    if iflow.id in _QUEUES.values():
        yield ChannelSpec("JMS", "Sender", {"QueueName_inbound": iflow.id}, "Queue")


def _receivers(iflow: Iflow) -> Iterator[ChannelSpec]:
    slug = iflow.receiver.lower().replace(" ", "-").replace("/", "")
    secure = {"authenticationMethod": "OAuth2 Client Credentials", "proxyType": "default"}
    match iflow.receiver:
        case "SAP S/4HANA":
            properties = {
                "address": "https://{{S4 host}}/sap/opu/odata/sap/API_SRV",
                "authenticationMethod": "Basic",
                "alias": "S4_TECHNICAL",
                "proxyType": "sapcc",
                "scc_location_id": "{{Location}}",
            }
            yield ChannelSpec("HCIOData", "Receiver", properties, iflow.receiver)
        case "Legacy WMS":
            properties = {"address": "http://wms.example.com/orders", "authentication": "None"}
            yield ChannelSpec("SOAP", "Receiver", properties, iflow.receiver)
        case "House bank":
            properties = {
                "host": "sftp.bank.example.com",
                "path": "/payments",
                "authentication": "user_password",
                "credential_name": "BANK",
            }
            yield ChannelSpec("SFTP", "Receiver", properties, iflow.receiver)
        case "All systems":
            address = {"httpAddressWithoutQuery": "https://${property.host}/api"}
            yield ChannelSpec("HTTP", "Receiver", address | secure, iflow.receiver)
        case _:
            address = {
                "httpAddressWithoutQuery": f"https://{slug}.example.com/api",
                "credentialName": slug.upper().replace("-", "_"),
            }
            yield ChannelSpec("HTTP", "Receiver", address | secure, iflow.receiver)
    callee, consumer = _CALLS.get(iflow.id), _QUEUES.get(iflow.id)
    if callee:
        yield ChannelSpec("ProcessDirect", "Receiver", {"address": f"/{callee.lower()}"}, callee)
    if consumer:
        yield ChannelSpec("JMS", "Receiver", {"QueueName_outbound": consumer}, "Queue")
