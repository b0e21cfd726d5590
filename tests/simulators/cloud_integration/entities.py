"""Convert packages, iFlows, runtime artifacts, endpoints and logs to OData entities.

Sources: SAP OpenAPI: IntegrationContent and MessageProcessingLogs; $metadata of live tenants
(CreatedAt, ModifiedAt and others that SAP's OpenAPI does not have).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EntryPoint,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from tests.simulators.cloud_integration.message_index import correlation_id
from tests.simulators.cloud_integration.responses import Deferred, Entity, Timestamp

_NO_ARTIFACT = dict.fromkeys(("Id", "Name", "Type", "PackageId", "PackageName"))


def key(text: str) -> str:
    """Return an OData key: quotes doubled, then percent-encoded."""
    return "'" + quote(text.replace("'", "''"), safe="") + "'"


def _epoch(ms: int | None) -> str | None:
    return None if ms is None else str(ms)


def _moment(ms: int | None) -> Timestamp | None:
    return None if ms is None else Timestamp(ms)


class Entities:
    """Creates entities with links that start with ``base``, the root of the API."""

    def __init__(self, base: str) -> None:
        """``base`` has a trailing slash, and the port ``:443`` as SAP writes it."""
        self.base = base

    def package(self, item: Package) -> Entity:
        """Return an IntegrationPackage; its dates are strings of epoch milliseconds."""
        uri = f"{self.base}IntegrationPackages({key(item.id)})"
        values: dict[str, Any] = {
            "Id": item.id,
            "Name": item.name,
            "ResourceId": f"{hash_of(item.id):032x}",
            "Description": item.description,
            "ShortText": item.short_text,
            "Version": item.version,
            "Vendor": item.vendor,
            "PartnerContent": False,
            "UpdateAvailable": item.update_available,
            "Mode": item.mode,
            "SupportedPlatform": "[SAP Cloud Integration]",
            "ModifiedBy": item.modified_by,
            "CreationDate": _epoch(item.created_at),
            "ModifiedDate": _epoch(item.modified_at),
            "CreatedBy": item.created_by,
            "Products": "[]",
            "Keywords": "[]",
            "Countries": "[]",
            "Industries": "[]",
            "LineOfBusiness": "[]",
            "PackageContent": None,
            "IntegrationDesigntimeArtifacts": Deferred(f"{uri}/IntegrationDesigntimeArtifacts"),
            "CustomTags": Deferred(f"{uri}/CustomTags"),
        }
        return Entity("IntegrationPackage", uri, values)

    def iflow(self, item: DesigntimeIflow) -> Entity:
        """Return an IntegrationDesigntimeArtifact; its dates are strings of epoch milliseconds."""
        uri = (
            f"{self.base}IntegrationDesigntimeArtifacts"
            f"(Id={key(item.id)},Version={key(item.version)})"
        )
        values: dict[str, Any] = {
            "Id": item.id,
            "Version": item.version,
            "PackageId": item.package_id,
            "Name": item.name,
            "Description": item.description,
            "Sender": item.sender,
            "Receiver": item.receiver,
            "CreatedBy": item.created_by,
            "CreatedAt": _epoch(item.created_at),
            "ModifiedBy": item.modified_by,
            "ModifiedAt": _epoch(item.modified_at),
            "Comment": None,
            "ArtifactContent": None,
            "Configurations": Deferred(f"{uri}/Configurations"),
            "Resources": Deferred(f"{uri}/Resources"),
        }
        return Entity("IntegrationDesigntimeArtifact", uri, values)

    def runtime_artifact(self, item: RuntimeArtifact) -> Entity:
        """Return an IntegrationRuntimeArtifact."""
        uri = f"{self.base}IntegrationRuntimeArtifacts({key(item.id)})"
        values: dict[str, Any] = {
            "Id": item.id,
            "Version": item.version,
            "Name": item.name,
            "Type": item.type,
            "DeployedBy": item.deployed_by,
            "DeployedOn": Timestamp(item.deployed_on),
            "Status": item.status,
            "ErrorInformation": Deferred(f"{uri}/ErrorInformation"),
        }
        return Entity("IntegrationRuntimeArtifact", uri, values)

    def endpoint(self, item: ServiceEndpoint, expand: frozenset[str]) -> Entity:
        """Return a ServiceEndpoint with the expanded navigation properties."""
        uri = f"{self.base}ServiceEndpoints({key(item.id)})"
        values: dict[str, Any] = {
            "Name": item.name,
            "Id": item.id,
            "Title": item.title,
            "Version": item.version,
            "Summary": item.title,
            "Description": item.title,
            "LastUpdated": Timestamp(item.last_updated),
            "Protocol": item.protocol,
            "EntryPoints": Deferred(f"{uri}/EntryPoints"),
            "ApiDefinitions": Deferred(f"{uri}/ApiDefinitions"),
        }
        if "EntryPoints" in expand:
            values["EntryPoints"] = [self.entry_point(entry) for entry in item.entry_points]
        if "ApiDefinitions" in expand:
            values["ApiDefinitions"] = []
        return Entity("ServiceEndpoint", uri, values)

    def entry_point(self, item: EntryPoint) -> Entity:
        """Return an EntryPoint."""
        uri = f"{self.base}EntryPoints({key(item.url)})"
        values = {
            "Name": item.name,
            "Url": item.url,
            "Type": item.type,
            "AdditionalInformation": item.additional_information,
        }
        return Entity("EntryPoint", uri, values)

    def message_log(self, item: MessageLog, names: frozenset[str] = frozenset()) -> Entity:
        """Return a MessageProcessingLog; only ``names`` are computed, as a page has a thousand."""
        uri = f"{self.base}MessageProcessingLogs({key(item.guid)})"
        values = {
            name: make(item) for name, make in _MESSAGE_LOG.items() if not names or name in names
        }
        if not names or "AlternateWebLink" in names:
            host = self.base.split("/api/", 1)[0]
            guid = quote(f'{{"messageGuid":"{item.guid}"}}', safe="")
            values["AlternateWebLink"] = f"{host}/itspaces/shell/monitoring/MessageDetails/{guid}"
        if not names:
            values |= {name: Deferred(f"{uri}/{name}") for name in _MESSAGE_LOG_NAVIGATION}
        return Entity("MessageProcessingLog", uri, values)


def _artifact_property(name: str) -> Callable[[MessageLog], Any]:
    return lambda item: None if item.artifact is None else getattr(item.artifact, name)


def _integration_artifact(item: MessageLog) -> dict[str, Any]:
    artifact = item.artifact
    if artifact is None:
        return _NO_ARTIFACT
    return {
        "Id": artifact.id,
        "Name": artifact.name,
        "Type": artifact.type,
        "PackageId": artifact.package_id,
        "PackageName": artifact.package_name,
    }


_MESSAGE_LOG: dict[str, Callable[[MessageLog], Any]] = {
    "MessageGuid": lambda item: item.guid,
    "CorrelationId": correlation_id,
    "ApplicationMessageId": lambda _: None,
    "ApplicationMessageType": lambda _: None,
    "LogStart": lambda item: _moment(item.start),
    "LogEnd": lambda item: _moment(item.end),
    "Sender": _artifact_property("sender"),
    "Receiver": _artifact_property("receiver"),
    "IntegrationFlowName": _artifact_property("id"),
    "Status": lambda item: item.status,
    "IntegrationArtifact": _integration_artifact,
    "LogLevel": _artifact_property("log_level"),
    "CustomStatus": lambda item: item.custom_status or item.status,
    "ArchivingStatus": lambda _: "NOT_RELEVANT",
    "ArchivingSenderChannelMessages": lambda _: False,
    "ArchivingReceiverChannelMessages": lambda _: False,
    "ArchivingLogAttachments": lambda _: False,
    "ArchivingPersistedMessages": lambda _: False,
    "TransactionId": lambda item: f"{hash_of(item.guid):032x}",
    "PreviousComponentName": lambda _: "CPI_simulated",
    "LocalComponentName": lambda _: "CPI_simulated",
    "OriginComponentName": lambda _: "CPI_simulated",
}
_MESSAGE_LOG_NAVIGATION = (
    "CustomHeaderProperties",
    "MessageStoreEntries",
    "ErrorInformation",
    "AdapterAttributes",
    "Attachments",
    "Runs",
)


def hash_of(text: str) -> int:
    """Return a hash that is the same in every process, unlike ``hash``."""
    return int.from_bytes(text.encode()[-16:], "big")
