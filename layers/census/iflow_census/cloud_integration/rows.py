"""Validate the entries of SAP's entity sets, and convert them to the types of the scan.

Field names: SAP OpenAPI (IntegrationContent, MessageProcessingLogs, SecurityContent, MessageStore)
and, for the dates of design-time artifacts and for `UpdateAvailable`, `$metadata` of live tenants,
where the dates are nullable strings.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from iflow_census.cloud_integration import odata
from iflow_census.errors import DataError
from iflow_census.http.urls import is_link
from iflow_census.scan.health import JmsBroker, JmsQueue, KeystoreEntry, QueueState
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)


def _parse_date(value: object) -> datetime | None:
    """Return None for dates of an unexpected form, which are undocumented and not essential."""
    try:
        return odata.parse_datetime(value)
    except ValueError:
        return None


def _clean_text(value: object) -> object:
    """Return None for "", which SAP writes for missing texts (SAP OpenAPI: custom packages).

    SAP may cut a text within a surrogate pair. The lone surrogate is replaced, because files cannot
    contain it.
    """
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") or None


def _parse_link(value: object) -> str | None:
    """Return None for anything that a report must not link to: other people wrote it."""
    return value if isinstance(value, str) and is_link(value) else None


def _parse_flag(value: object) -> bool | None:
    """Return None for flags of an unexpected form; SAP writes JSON booleans, or them as text."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


RequiredText = Annotated[str, Field(min_length=1), BeforeValidator(_clean_text)]
Key = Annotated[str, Field(min_length=1)]
"""Pydantic rejects a lone surrogate, which could not be sent in a request."""
Text = Annotated[str | None, BeforeValidator(_clean_text)]
Date = Annotated[datetime | None, BeforeValidator(_parse_date)]
Link = Annotated[str | None, BeforeValidator(_parse_link)]
Flag = Annotated[bool | None, BeforeValidator(_parse_flag)]
Number = Annotated[int | None, Field(ge=0, lt=2**63)]
"""Edm.Int64, which SAP writes as text."""


class _Row(BaseModel, frozen=True, defer_build=True):
    """Ignores unknown properties, which SAP adds with each release."""


RowModel = TypeVar("RowModel", bound=_Row)


class _Package(_Row):
    id: Key = Field(alias="Id")
    name: Text = Field(None, alias="Name")
    vendor: Text = Field(None, alias="Vendor")
    version: Text = Field(None, alias="Version")
    mode: Text = Field(None, alias="Mode")
    update_available: Flag = Field(None, alias="UpdateAvailable")
    modified_at: Date = Field(None, alias="ModifiedDate")
    modified_by: Text = Field(None, alias="ModifiedBy")


class _DesigntimeArtifact(_Row):
    id: Key = Field(alias="Id")
    name: Text = Field(None, alias="Name")
    version: Text = Field(None, alias="Version")
    created_at: Date = Field(None, alias="CreatedAt")
    created_by: Text = Field(None, alias="CreatedBy")
    modified_at: Date = Field(None, alias="ModifiedAt")
    modified_by: Text = Field(None, alias="ModifiedBy")
    description: Text = Field(None, alias="Description")
    sender: Text = Field(None, alias="Sender")
    receiver: Text = Field(None, alias="Receiver")


class _RuntimeArtifact(_Row):
    id: Key = Field(alias="Id")
    name: Text = Field(None, alias="Name")
    type: Text = Field(None, alias="Type")
    version: Text = Field(None, alias="Version")
    status: Text = Field(None, alias="Status")
    deployed_at: Date = Field(None, alias="DeployedOn")
    deployed_by: Text = Field(None, alias="DeployedBy")


class _EntryPoint(_Row):
    Url: Text = None


def _expanded_rows(value: Any) -> Any:
    """Return the rows of an expanded navigation property, bare or in `results`; [] if deferred."""
    if isinstance(value, dict):
        return value.get("results", [])
    return value or []


class _ServiceEndpoint(_Row):
    Id: Key
    Name: Key
    EntryPoints: Annotated[list[_EntryPoint], BeforeValidator(_expanded_rows)] = []


class _MessageLog(_Row):
    guid: Key = Field(alias="MessageGuid")
    status: Key = Field(alias="Status")
    iflow_id: Text = Field(None, alias="IntegrationFlowName")
    started_at: Date = Field(None, alias="LogStart")
    level: Text = Field(None, alias="LogLevel")
    web_url: Link = Field(None, alias="AlternateWebLink")


class _CustomTag(_Row):
    Name: RequiredText
    Value: Text = None


class _KeystoreEntry(_Row):
    alias: RequiredText = Field(alias="Alias")
    kind: Text = Field(None, alias="Type")
    owner: Text = Field(None, alias="Owner")
    valid_until: Date = Field(None, alias="ValidNotAfter")


class _Credential(_Row):
    Name: RequiredText


_QUEUE_STATES = {0: QueueState.OK, 1: QueueState.WARNING, 2: QueueState.CRITICAL}


class _QueueState(_Row):
    Name: RequiredText
    State: Number = None

    def to_domain(self) -> JmsQueue:
        state = None if self.State is None else _QUEUE_STATES.get(self.State)
        return JmsQueue(self.Name, state or QueueState.UNKNOWN)


class _JmsBroker(_Row):
    Capacity: Number = None
    MaxCapacity: Number = None
    QueueNumber: Number = None
    MaxQueueNumber: Number = None
    IsConsumersHigh: Number = None
    IsProducersHigh: Number = None
    IsTransactedSessionsHigh: Number = None
    IsQueuesHigh: Number = None
    IsMessageSpoolHigh: Number = None
    QueueStates: Annotated[list[_QueueState], BeforeValidator(_expanded_rows)] = []

    def to_domain(self) -> JmsBroker:
        flags = {
            "consumers": self.IsConsumersHigh,
            "producers": self.IsProducersHigh,
            "transactions": self.IsTransactedSessionsHigh,
            "queues": self.IsQueuesHigh,
            "spool": self.IsMessageSpoolHigh,
        }
        queues = [queue.to_domain() for queue in self.QueueStates]
        return JmsBroker(
            used_bytes=self.Capacity,
            max_bytes=self.MaxCapacity,
            queues_used=self.QueueNumber,
            max_queues=self.MaxQueueNumber,
            exhausted=[name for name, high in flags.items() if high],
            queues=sorted(queues, key=lambda queue: queue.name),
        )


def parse_package(row: odata.Row) -> Package:
    """Parse an entry of IntegrationPackages."""
    return Package(**dict(_validate(_Package, row)))


def parse_designtime_iflow(row: odata.Row, package_id: str) -> DesigntimeIflow:
    """Parse an entry of IntegrationDesigntimeArtifacts that was listed in the given package."""
    return DesigntimeIflow(package_id=package_id, **dict(_validate(_DesigntimeArtifact, row)))


def parse_runtime_artifact(row: odata.Row) -> RuntimeArtifact:
    """Parse an entry of IntegrationRuntimeArtifacts."""
    return RuntimeArtifact(**dict(_validate(_RuntimeArtifact, row)))


def parse_service_endpoint(row: odata.Row) -> ServiceEndpoint:
    """Parse an entry of ServiceEndpoints with its EntryPoints expanded."""
    endpoint = _validate(_ServiceEndpoint, row)
    return ServiceEndpoint(
        endpoint.Name, tuple(point.Url for point in endpoint.EntryPoints if point.Url)
    )


def parse_custom_tag(row: odata.Row) -> tuple[str, str]:
    """Parse an entry of CustomTags into its name and its value."""
    tag = _validate(_CustomTag, row)
    return tag.Name, tag.Value or ""


def parse_keystore_entry(row: odata.Row) -> KeystoreEntry:
    """Parse an entry of KeystoreEntries."""
    return KeystoreEntry(**dict(_validate(_KeystoreEntry, row)))


def parse_credential_name(row: odata.Row) -> str:
    """Parse the name in an entry of UserCredentials or OAuth2ClientCredentials."""
    return _validate(_Credential, row).Name


def parse_jms_broker(row: odata.Row) -> JmsBroker:
    """Parse the entity of JmsBrokers with its QueueStates expanded."""
    return _validate(_JmsBroker, row).to_domain()


def parse_message_log(row: odata.Row) -> MessageLog:
    """Parse an entry of MessageProcessingLogs, read with `SELECTED_LOG_PROPERTIES`."""
    return MessageLog(**dict(_validate(_MessageLog, row)))


SELECTED_LOG_PROPERTIES = ",".join(str(field.alias) for field in _MessageLog.model_fields.values())


def _validate(model: type[RowModel], row: odata.Row) -> RowModel:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{model.__name__.strip('_')} entry: unexpected value of {field}: {first['msg']}"
        ) from None  # the error's text would quote the entry
