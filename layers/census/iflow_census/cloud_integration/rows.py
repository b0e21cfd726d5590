"""The entries of SAP's entity sets, checked and made into the domain's types.

Field names: SAP OpenAPI (IntegrationContent, MessageProcessingLogs, SecurityContent, MessageStore)
and, for the dates of design-time artifacts, the `$metadata` of live tenants, where they are strings
and may be null.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from iflow_census.cloud_integration import odata
from iflow_census.errors import DataError
from iflow_census.scan.health import JmsBroker, JmsQueue, KeystoreEntry, QueueState
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)


def _moment(value: object) -> datetime | None:
    """Undocumented dates may be missing or odd: then the date is unknown, not the whole entry."""
    try:
        return odata.parse_datetime(value)
    except ValueError:
        return None


def _text(value: object) -> object:
    """SAP writes "" where there is nothing (SAP OpenAPI: examples of custom packages)."""
    if not isinstance(value, str):
        return value
    # Text that was cut within a character ends in half of it, which no file can hold.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") or None


def _whole(value: str) -> str:
    """A key is asked with, so half a character in it cannot be replaced."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half a character") from None
    return value


Named = Annotated[str, Field(min_length=1), BeforeValidator(_text)]
Key = Annotated[str, Field(min_length=1), AfterValidator(_whole)]
Text = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Number = Annotated[int | None, Field(ge=0, lt=2**63)]
"""Edm.Int64, which comes as text."""


class _Row(BaseModel, frozen=True, defer_build=True):
    """Unknown properties are ignored: SAP adds some with each release."""


RowModel = TypeVar("RowModel", bound=_Row)


class _Package(_Row):
    Id: Key
    Name: Text = None
    Vendor: Text = None
    Version: Text = None
    Mode: Text = None
    ModifiedDate: Moment = None

    def domain(self) -> Package:
        return Package(self.Id, self.Name, self.Vendor, self.Version, self.Mode, self.ModifiedDate)


class _DesigntimeArtifact(_Row):
    Id: Key
    PackageId: Text = None
    Name: Text = None
    Version: Text = None
    CreatedAt: Moment = None
    CreatedBy: Text = None
    ModifiedAt: Moment = None
    ModifiedBy: Text = None
    Description: Text = None
    Sender: Text = None
    Receiver: Text = None

    def domain(self, package_id: str) -> DesigntimeIflow:
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
    DeployedOn: Moment = None
    DeployedBy: Text = None

    def domain(self) -> RuntimeArtifact:
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


def _expanded(value: Any) -> Any:
    """An expanded navigation property is a list, bare or in `results`; else it is deferred."""
    if isinstance(value, dict):
        return value.get("results", [])
    return value or []


class _ServiceEndpoint(_Row):
    Id: Key
    Name: Key
    EntryPoints: Annotated[list[_EntryPoint], BeforeValidator(_expanded)] = []

    def domain(self) -> ServiceEndpoint:
        urls = tuple(point.Url for point in self.EntryPoints if point.Url)
        return ServiceEndpoint(self.Name, urls)


class _MessageLog(_Row):
    MessageGuid: Key
    Status: Key
    IntegrationFlowName: Text = None

    def domain(self) -> MessageLog:
        return MessageLog(self.MessageGuid, self.IntegrationFlowName, self.Status)


class _KeystoreEntry(_Row):
    Alias: Named
    Type: Text = None
    Owner: Text = None
    ValidNotAfter: Moment = None

    def domain(self) -> KeystoreEntry:
        return KeystoreEntry(self.Alias, self.Type, self.Owner, self.ValidNotAfter)


_QUEUE_STATES = {0: QueueState.OK, 1: QueueState.WARNING, 2: QueueState.CRITICAL}


class _QueueState(_Row):
    Name: Named
    State: Number = None

    def domain(self) -> JmsQueue:
        known = QueueState.UNKNOWN if self.State is None else _QUEUE_STATES.get(self.State)
        return JmsQueue(self.Name, known or QueueState.UNKNOWN)


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
    QueueStates: Annotated[list[_QueueState], BeforeValidator(_expanded)] = []

    def domain(self) -> JmsBroker:
        flags = {
            "consumers": self.IsConsumersHigh,
            "producers": self.IsProducersHigh,
            "transactions": self.IsTransactedSessionsHigh,
            "queues": self.IsQueuesHigh,
            "spool": self.IsMessageSpoolHigh,
        }
        queues = [one.domain() for one in self.QueueStates]
        return JmsBroker(
            used_bytes=self.Capacity,
            max_bytes=self.MaxCapacity,
            queues_used=self.QueueNumber,
            max_queues=self.MaxQueueNumber,
            exhausted=[name for name, high in flags.items() if high],
            queues=sorted(queues, key=lambda one: one.name),
        )


def package(row: odata.Row) -> Package:
    """An entry of IntegrationPackages."""
    return _read(_Package, row).domain()


def designtime_iflow(row: odata.Row, package_id: str) -> DesigntimeIflow:
    """An entry of IntegrationDesigntimeArtifacts, read from the given package."""
    return _read(_DesigntimeArtifact, row).domain(package_id)


def runtime_artifact(row: odata.Row) -> RuntimeArtifact:
    """An entry of IntegrationRuntimeArtifacts."""
    return _read(_RuntimeArtifact, row).domain()


def service_endpoint(row: odata.Row) -> ServiceEndpoint:
    """An entry of ServiceEndpoints, read with its EntryPoints expanded."""
    return _read(_ServiceEndpoint, row).domain()


def keystore_entry(row: odata.Row) -> KeystoreEntry:
    """An entry of KeystoreEntries."""
    return _read(_KeystoreEntry, row).domain()


def jms_broker(row: odata.Row) -> JmsBroker:
    """The entity of JmsBrokers, read with its QueueStates expanded."""
    return _read(_JmsBroker, row).domain()


def message_log(row: odata.Row) -> MessageLog:
    """An entry of MessageProcessingLogs, read with `SELECTED_LOG_PROPERTIES`."""
    return _read(_MessageLog, row).domain()


SELECTED_LOG_PROPERTIES = ",".join(_MessageLog.model_fields)


def _read(model: type[RowModel], row: odata.Row) -> RowModel:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"an entry of {model.__name__.strip('_')}s is not as SAP documents it: "
            f"{field}: {first['msg']}"
        ) from None  # the error's text would quote the entry
