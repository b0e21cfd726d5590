"""Which properties of a channel have its address, authentication, aliases and proxy.

A table of data: one row per adapter and direction. An adapter that is not in it is read with
`UNKNOWN_ADAPTER`, so its channel has a participant and aliases, but no address.

Source: SAP Help, "Configure Adapter in Communication Channels", and models of published iFlows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from iflow_census.scan.anatomy.model import Direction

PROCESS_DIRECT = "ProcessDirect"
JMS = "JMS"
DATA_STORE = "DataStoreConsumer"

INTERNAL_ADAPTERS = frozenset({PROCESS_DIRECT, JMS, DATA_STORE})
"""Adapters between iFlows of one tenant: their participants are no systems."""

ON_PREMISE_PROXIES = frozenset({"sapcc", "onPremise", "ldapProxyTypeOnPremise"})
"""Proxy types that mean the Cloud Connector, whose tunnel is encrypted."""


class AddressForm(Enum):
    """What the address of an adapter is."""

    URL = "URL"
    """A URL or a host; it may contain user info and a query."""
    PATH = "path"
    """The path of an endpoint of the tenant."""
    NAME = "name"
    """A name on the tenant: a queue, a data source, an address of ProcessDirect."""


@dataclass(frozen=True, slots=True)
class AdapterKeys:
    """The names of properties; of several, the first one with a value counts.

    Attributes:
        address: URL, path, host, queue or destination.
        resource: what is read or written there.
        authentication: the authentication method.
        aliases: credentials and keystore entries; None: every key that is named like one.
        proxy: the proxy type.
        location: the location id of the Cloud Connector.
        form: what the address is.
    """

    address: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    aliases: tuple[str, ...] | None = None
    proxy: tuple[str, ...] = ("proxyType",)
    location: tuple[str, ...] = ("location_id", "locationID", "locationId", "scc_location_id")
    form: AddressForm = AddressForm.URL


UNKNOWN_ADAPTER = AdapterKeys(
    authentication=(
        "authentication",
        "authenticationMethod",
        "authenticationType",
        "senderAuthType",
    )
)

_RECEIVERS = {
    "AS2": AdapterKeys(("receipientURL",), authentication=("authenticationType",)),
    "AS4": AdapterKeys(("endpointUrl", "samlEndpoint", "pullReceiptTargetURL")),
    "AMQP": AdapterKeys(("host",), ("destinationName",), ("authentication",), ("credentialName",)),
    "AdvancedEventMesh": AdapterKeys(("host",), ("destinationName",), ("authenticationType",)),
    "Anaplan": AdapterKeys(("anaplanHost", "authHost")),
    "AzureCosmosDB": AdapterKeys(("hostUrl",)),
    "HCIOData": AdapterKeys(
        ("address",),
        ("resourcePath", "resourcePathForOdatav4"),
        ("authenticationMethod",),
        ("alias", "odataCertAuthPrivateKeyAlias"),
    ),
    "HTTP": AdapterKeys(
        ("httpAddressWithoutQuery",),
        authentication=("authenticationMethod",),
        aliases=("credentialName", "privateKeyAlias"),
    ),
    "HubSpot": AdapterKeys(("addressURL",)),
    "IBMMQ": AdapterKeys(("address",)),
    "IDOC": AdapterKeys(
        ("address",),
        authentication=("authentication",),
        aliases=("credentialName", "privateKeyAlias"),
    ),
    "JDBC": AdapterKeys(("alias",), aliases=(), form=AddressForm.NAME),
    JMS: AdapterKeys(("QueueName_outbound",), aliases=(), form=AddressForm.NAME),
    "Jira": AdapterKeys(("address",)),
    "LDAP": AdapterKeys(proxy=("ldapProxyType", "proxyType")),
    "Mail": AdapterKeys(("server",), authentication=("auth",), aliases=("user", "tokenCredential")),
    "OpenConnectors": AdapterKeys(aliases=("openConnectorAlias",)),
    PROCESS_DIRECT: AdapterKeys(("address",), aliases=(), form=AddressForm.NAME),
    "Pricefx-SAP-Integration-Adapter": AdapterKeys(("pricefxHost",), aliases=("securityMaterial",)),
    "RFC": AdapterKeys(("destination",), aliases=(), form=AddressForm.NAME),
    "SFTP": AdapterKeys(
        ("host",), ("path",), ("authentication",), ("credential_name", "privateKeyAlias")
    ),
    "SOAP": AdapterKeys(("address",), authentication=("authentication",)),
    "SuccessFactors": AdapterKeys(
        ("address",),
        ("resourcePath", "entity"),
        ("authenticationMethod", "authenticationType"),
        ("alias",),
    ),
    "XI": AdapterKeys(("Address",), authentication=("AuthenticationType",)),
}

_SENDERS = {
    "AS2": AdapterKeys(("address",), authentication=("senderAuthType",), form=AddressForm.PATH),
    "AMQP": AdapterKeys(("host",), ("destinationName",), ("authentication",), ("credentialName",)),
    "AdvancedEventMesh": AdapterKeys(("host",), ("queueName",), ("authenticationType",)),
    DATA_STORE: AdapterKeys(("storageName", "dataStoreName"), aliases=(), form=AddressForm.NAME),
    "HTTPS": AdapterKeys(("urlPath",), authentication=("senderAuthType",), form=AddressForm.PATH),
    "IDOC": AdapterKeys(("address",), authentication=("senderAuthType",), form=AddressForm.PATH),
    JMS: AdapterKeys(("QueueName_inbound",), aliases=(), form=AddressForm.NAME),
    "Mail": _RECEIVERS["Mail"],
    "PollingSFTP": _RECEIVERS["SFTP"],
    "Pricefx-MQ-Integration-Adapter": AdapterKeys(("hostname",), ("queue",)),
    PROCESS_DIRECT: _RECEIVERS[PROCESS_DIRECT],
    "SFTP": _RECEIVERS["SFTP"],
    "SOAP": AdapterKeys(("address",), authentication=("senderAuthType",), form=AddressForm.PATH),
    "XI": AdapterKeys(("Address",), authentication=("senderAuthType",), form=AddressForm.PATH),
}

ADAPTERS: Mapping[Direction, Mapping[str, AdapterKeys]] = {
    Direction.RECEIVER: _RECEIVERS,
    Direction.SENDER: _SENDERS,
}
"""The rows of the table by direction and `ComponentType`."""


def adapter_keys(adapter: str, direction: Direction | None) -> AdapterKeys:
    """Return the row of an adapter; `UNKNOWN_ADAPTER` if the table has none."""
    return ADAPTERS[direction].get(adapter, UNKNOWN_ADAPTER) if direction else UNKNOWN_ADAPTER
