"""Read a tenant's health from its API, in about ten requests whatever the tenant's size.

Source: SAP OpenAPI (SecurityContent, MessageStore, IntegrationContent). None of these sets supports
`$count`, and script collections can only be listed per package.
"""

from collections.abc import Sequence

from iflow_census.cloud_integration import odata, pagination, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.optional_reads import OptionalReads
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.scan.health import CountedObject, CredentialKind, JmsBroker, KeystoreEntry
from iflow_census.scan.readings import Reading

_LISTS = {
    CountedObject.MESSAGE_MAPPINGS: ListRequest(
        "MessageMappingDesigntimeArtifacts",
        ("Id", "Version"),
        {},
        supports_skip=True,
    ),
    CountedObject.VALUE_MAPPINGS: ListRequest(
        "ValueMappingDesigntimeArtifacts",
        ("Id", "Version"),
        {},
        supports_skip=True,
    ),
    # Data stores that all iFlows share have an empty part in their key.
    CountedObject.DATA_STORES: ListRequest("DataStores", (), {}),
}
_CREDENTIALS = {
    CredentialKind.USER_CREDENTIALS: ListRequest("UserCredentials", ("Name",), {}),
    CredentialKind.OAUTH2_CLIENT_CREDENTIALS: ListRequest("OAuth2ClientCredentials", ("Name",), {}),
}
_KEYSTORE = ListRequest("KeystoreEntries", ("Hexalias",), {"keystoreName": "system"})
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

        return self._optional.read("keystore entries", Sequence[KeystoreEntry], fetch)

    def jms_broker(self) -> Reading[JmsBroker]:
        """Read the message broker, which not every tenant has."""

        def fetch(connection: SapConnection) -> JmsBroker:
            broker = Api(connection).read(_BROKER, query={"$expand": "QueueStates"})
            return rows.parse_jms_broker(broker)

        return self._optional.read("JMS broker", JmsBroker, fetch)

    def count(self, what: CountedObject) -> Reading[int]:
        """Count the entries of a list."""

        def fetch(connection: SapConnection) -> int:
            return sum(1 for _ in pagination.iter_entries(connection, _LISTS[what]))

        return self._optional.read(what, int, fetch)

    def credential_names(self, kind: CredentialKind) -> Reading[Sequence[str]]:
        """Read the names of all credentials of a kind; user names are not kept."""

        def fetch(connection: SapConnection) -> Sequence[str]:
            entries = pagination.iter_entries(connection, _CREDENTIALS[kind])
            return [rows.parse_credential_name(row) for row in entries]

        return self._optional.read(kind, Sequence[str], fetch)
