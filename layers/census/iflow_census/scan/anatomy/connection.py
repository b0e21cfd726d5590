"""A connection of an iFlow to a sender or receiver, as the report lists it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A channel of an iFlow; the fields are the columns of the document, in order.

    Attributes:
        address_kind: how much of the address is known; see `AddressKind`.
        host: of a literal address, in lower case; None if it has none.
        resource: what is read or written there: a folder, a topic, an entity set.
        location: the location id of the Cloud Connector.
        starts: messages from it start the iFlow.
        cleartext: the address is a URL that is not encrypted, and not behind the Cloud Connector,
            whose tunnel is; None if it is not a literal one.
    """

    tenant: str
    package_id: str | None
    package_name: str | None
    iflow_id: str
    iflow_name: str | None
    deployed: bool | None
    direction: str | None
    adapter: str
    adapter_version: str | None
    participant: str | None
    address: str | None
    address_kind: str
    host: str | None
    port: int | None
    resource: str | None
    authentication: str | None
    proxy: str | None
    location: str | None
    aliases: tuple[str, ...]
    starts: bool
    cleartext: bool | None
