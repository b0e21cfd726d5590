"""Read a tenant's health from its API, in about ten requests whatever the tenant's size.

Source: SAP OpenAPI (SecurityContent, MessageStore, IntegrationContent). None of these sets supports
`$count`, and script collections can only be listed per package.
"""

from collections.abc import Sequence
from functools import cache

from pydantic import TypeAdapter

from iflow_census.cloud_integration import odata, pagination, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.families import Family
from iflow_census.cloud_integration.optional_reads import OptionalReads
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.scan.health import CountedObject, JmsBroker, KeystoreEntry
from iflow_census.scan.readings import Reading

_LISTS = {
    CountedObject.MESSAGE_MAPPINGS: ListRequest(
        "MessageMappingDesigntimeArtifacts",
        Family.DESIGN_TIME,
        ("Id", "Version"),
        {},
        supports_skip=True,
    ),
    CountedObject.VALUE_MAPPINGS: ListRequest(
        "ValueMappingDesigntimeArtifacts",
        Family.DESIGN_TIME,
        ("Id", "Version"),
        {},
        supports_skip=True,
    ),
    CountedObject.USER_CREDENTIALS: ListRequest("UserCredentials", Family.SECURITY, ("Name",), {}),
    CountedObject.OAUTH2_CLIENT_CREDENTIALS: ListRequest(
        "OAuth2ClientCredentials", Family.SECURITY, ("Name",), {}
    ),
    # Data stores that all iFlows share have an empty part in their key.
    CountedObject.DATA_STORES: ListRequest("DataStores", Family.OTHER, (), {}),
}
_KEYSTORE = ListRequest(
    "KeystoreEntries", Family.SECURITY, ("Hexalias",), {"keystoreName": "system"}
)
_BROKER = odata.entity_path("JmsBrokers", "Broker1")


class CloudIntegrationHealth:
    """Implements the scan's `HealthApi` over a connection."""

    def __init__(self, connection: SapConnection) -> None:
        self._optional = OptionalReads(connection)

    def keystore_entries(self) -> Reading[Sequence[KeystoreEntry]]:
        """Read all entries of the tenant's own keystore."""

        def fetch(connection: SapConnection) -> Sequence[KeystoreEntry]:
            entries = pagination.iter_entries(connection, _KEYSTORE)
            return [rows.parse_keystore_entry(row) for row in entries]

        return self._optional.read("keystore entries", _keystore_adapter(), fetch)

    def jms_broker(self) -> Reading[JmsBroker]:
        """Read the message broker, which not every tenant has."""

        def fetch(connection: SapConnection) -> JmsBroker:
            broker = Api(connection).read(_BROKER, query={"$expand": "QueueStates"})
            return rows.parse_jms_broker(broker)

        return self._optional.read("JMS broker", _broker_adapter(), fetch)

    def count(self, what: CountedObject) -> Reading[int]:
        """Count the entries of a list."""

        def fetch(connection: SapConnection) -> int:
            return sum(1 for _ in pagination.iter_entries(connection, _LISTS[what]))

        return self._optional.read(what, _number_adapter(), fetch)


@cache
def _keystore_adapter() -> TypeAdapter[Reading[Sequence[KeystoreEntry]]]:
    return TypeAdapter(Reading[Sequence[KeystoreEntry]])


@cache
def _broker_adapter() -> TypeAdapter[Reading[JmsBroker]]:
    return TypeAdapter(Reading[JmsBroker])


@cache
def _number_adapter() -> TypeAdapter[Reading[int]]:
    return TypeAdapter(Reading[int])
