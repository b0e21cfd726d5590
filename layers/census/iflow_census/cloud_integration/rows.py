"""Validate the entries of SAP's entity sets, and convert them to the types of the scan.

Field names: SAP OpenAPI (IntegrationContent, MessageProcessingLogs, SecurityContent, MessageStore)
and, for the dates of design-time artifacts and for `UpdateAvailable`, `$metadata` of live tenants,
where the dates are nullable strings.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

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


def _reject_surrogates(value: str) -> str:
    """Reject keys with lone surrogates, which cannot be sent in a request."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("contains half a character (a lone surrogate)") from None
    return value


RequiredText = Annotated[str, Field(min_length=1), BeforeValidator(_clean_text)]
Key = Annotated[str, Field(min_length=1), AfterValidator(_reject_surrogates)]
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
    Id: Key
    Name: Text = None
    Vendor: Text = None
    Version: Text = None
    Mode: Text = None
    UpdateAvailable: Flag = None
    ModifiedDate: Date = None
    ModifiedBy: Text = None

    def to_domain(self) -> Package:
        return Package(
            id=self.Id,
            name=self.Name,
            vendor=self.Vendor,
            version=self.Version,
            mode=self.Mode,
            update_available=self.UpdateAvailable,
            modified_at=self.ModifiedDate,
            modified_by=self.ModifiedBy,
        )


class _DesigntimeArtifact(_Row):
    Id: Key
    PackageId: Text = None
    Name: Text = None
    Version: Text = None
    CreatedAt: Date = None
    CreatedBy: Text = None
    ModifiedAt: Date = None
    ModifiedBy: Text = None
    Description: Text = None
    Sender: Text = None
    Receiver: Text = None

    def to_domain(self, package_id: str) -> DesigntimeIflow:
        return DesigntimeIflow(
            id=self.Id,
            package_id=package_id,
            name=self.Name,
            version=self.Version,
            created_at=self.CreatedAt,
            created_by=self.CreatedBy,
            modified_at=self.ModifiedAt,
            modified_by=self.ModifiedBy,
            description=self.Description,
            sender=self.Sender,
            receiver=self.Receiver,
        )


class _RuntimeArtifact(_Row):
    Id: Key
    Name: Text = None
    Type: Text = None
    Version: Text = None
    Status: Text = None
    DeployedOn: Date = None
    DeployedBy: Text = None

    def to_domain(self) -> RuntimeArtifact:
        return RuntimeArtifact(
            id=self.Id,
            type=self.Type,
            name=self.Name,
            version=self.Version,
            status=self.Status,
            deployed_at=self.DeployedOn,
            deployed_by=self.DeployedBy,
        )


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

    def to_domain(self) -> ServiceEndpoint:
        urls = tuple(point.Url for point in self.EntryPoints if point.Url)
        return ServiceEndpoint(self.Name, urls)


class _MessageLog(_Row):
    MessageGuid: Key
    Status: Key
    IntegrationFlowName: Text = None
    LogStart: Date = None
    LogLevel: Text = None
    AlternateWebLink: Link = None

    def to_domain(self) -> MessageLog:
        return MessageLog(
            self.MessageGuid,
            self.IntegrationFlowName,
            self.Status,
            self.LogStart,
            self.LogLevel,
            self.AlternateWebLink,
        )


class _CustomTag(_Row):
    Name: RequiredText
    Value: Text = None

    def to_domain(self) -> tuple[str, str]:
        return self.Name, self.Value or ""


class _KeystoreEntry(_Row):
    Alias: RequiredText
    Type: Text = None
    Owner: Text = None
    ValidNotAfter: Date = None

    def to_domain(self) -> KeystoreEntry:
        return KeystoreEntry(self.Alias, self.Type, self.Owner, self.ValidNotAfter)


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
    return _validate(_Package, row).to_domain()


def parse_designtime_iflow(row: odata.Row, package_id: str) -> DesigntimeIflow:
    """Parse an entry of IntegrationDesigntimeArtifacts that was listed in the given package."""
    return _validate(_DesigntimeArtifact, row).to_domain(package_id)


def parse_runtime_artifact(row: odata.Row) -> RuntimeArtifact:
    """Parse an entry of IntegrationRuntimeArtifacts."""
    return _validate(_RuntimeArtifact, row).to_domain()


def parse_service_endpoint(row: odata.Row) -> ServiceEndpoint:
    """Parse an entry of ServiceEndpoints with its EntryPoints expanded."""
    return _validate(_ServiceEndpoint, row).to_domain()


def parse_custom_tag(row: odata.Row) -> tuple[str, str]:
    """Parse an entry of CustomTags into its name and its value."""
    return _validate(_CustomTag, row).to_domain()


def parse_keystore_entry(row: odata.Row) -> KeystoreEntry:
    """Parse an entry of KeystoreEntries."""
    return _validate(_KeystoreEntry, row).to_domain()


def parse_credential_name(row: odata.Row) -> str:
    """Parse the name in an entry of UserCredentials or OAuth2ClientCredentials."""
    return _validate(_Credential, row).Name


def parse_jms_broker(row: odata.Row) -> JmsBroker:
    """Parse the entity of JmsBrokers with its QueueStates expanded."""
    return _validate(_JmsBroker, row).to_domain()


def parse_message_log(row: odata.Row) -> MessageLog:
    """Parse an entry of MessageProcessingLogs, read with `SELECTED_LOG_PROPERTIES`."""
    return _validate(_MessageLog, row).to_domain()


SELECTED_LOG_PROPERTIES = ",".join(_MessageLog.model_fields)


def _validate(model: type[RowModel], row: odata.Row) -> RowModel:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{model.__name__.strip('_')} entry: unexpected value of {field}: {first['msg']}"
        ) from None  # the error's text would quote the entry
