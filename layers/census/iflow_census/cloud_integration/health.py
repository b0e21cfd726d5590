"""Read a tenant's health from its API, in about ten requests whatever the tenant's size.

The journal keeps the parsed results and not the responses: lists of credentials contain user names,
and the census only needs their number.

Source: SAP OpenAPI (SecurityContent, MessageStore, IntegrationContent). None of these sets supports
`$count`, and script collections can only be listed per package.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from iflow_census.cloud_integration import odata, pagination, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.error_information import parse_error_information
from iflow_census.cloud_integration.families import Family
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.errors import (
    AccessError,
    CensusError,
    DeadlineExceeded,
    NotFound,
    NotSupported,
)
from iflow_census.scan.health import CountedObject, JmsBroker, KeystoreEntry, Reading

T = TypeVar("T")

TIMEOUT_SECONDS = 30.0
"""Limit for one reading, retries included; the census can do without it."""

MAX_RETRIES = 3

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
        self._connection = connection

    def keystore_entries(self) -> Reading[Sequence[KeystoreEntry]]:
        """Read all entries of the tenant's own keystore."""

        def fetch(connection: SapConnection) -> Sequence[KeystoreEntry]:
            entries = pagination.iter_entries(connection, _KEYSTORE)
            return [rows.parse_keystore_entry(row) for row in entries]

        return self._read("keystore entries", _keystore_adapter(), fetch)

    def jms_broker(self) -> Reading[JmsBroker]:
        """Read the message broker, which not every tenant has."""

        def fetch(connection: SapConnection) -> JmsBroker:
            broker = Api(connection).read(_BROKER, query={"$expand": "QueueStates"})
            return rows.parse_jms_broker(broker)

        return self._read("JMS broker", _broker_adapter(), fetch)

    def count(self, what: CountedObject) -> Reading[int]:
        """Count the entries of a list."""

        def fetch(connection: SapConnection) -> int:
            return sum(1 for _ in pagination.iter_entries(connection, _LISTS[what]))

        return self._read(what, _number_adapter(), fetch)

    def artifact_error(self, artifact_id: str) -> Reading[str]:
        """Read the words of an artifact's error information; "" if it has none."""
        artifact = odata.entity_path("IntegrationRuntimeArtifacts", artifact_id)

        def fetch(connection: SapConnection) -> str:
            try:
                text = Api(connection).read_value(f"{artifact}/ErrorInformation/$value")
                return parse_error_information(text)
            except NotFound:
                return ""  # the artifact was undeployed, or SAP does not provide a text yet

        return self._read(f"error of {artifact}", _text_adapter(), fetch)

    def _read(
        self,
        name: str,
        adapter: TypeAdapter[Reading[T]],
        fetch: Callable[[SapConnection], T],
    ) -> Reading[T]:
        """Return the reading in the journal, or fetch it; what SAP rejects is kept as well."""
        journal, key = self._connection.journal, f"health: {name}"
        kept = None if journal is None else journal.get(key)
        if kept is not None:
            try:
                return adapter.validate_json(kept)
            except ValidationError:
                pass  # written by another version of this program
        reading: Reading[T]
        try:
            reading = Reading(fetch(self._connection.with_timeout(TIMEOUT_SECONDS, MAX_RETRIES)))
        except AccessError as error:
            reading = Reading(reason=str(error))
        except NotFound:
            reading = Reading(reason="not available on this tenant (HTTP 404)")
        except NotSupported:
            reading = Reading(reason="not available on this tenant (HTTP 501)")
        except DeadlineExceeded:
            self._connection.deadline.check()
            return Reading(reason=f"no response within {TIMEOUT_SECONDS:.0f} seconds")
        except CensusError as error:
            # Not kept: the next attempt of the run may succeed.
            return Reading(reason=str(error))
        if journal is not None:
            journal.record(key, adapter.dump_json(reading))
        return reading


@cache
def _keystore_adapter() -> TypeAdapter[Reading[Sequence[KeystoreEntry]]]:
    return TypeAdapter(Reading[Sequence[KeystoreEntry]])


@cache
def _broker_adapter() -> TypeAdapter[Reading[JmsBroker]]:
    return TypeAdapter(Reading[JmsBroker])


@cache
def _number_adapter() -> TypeAdapter[Reading[int]]:
    return TypeAdapter(Reading[int])


@cache
def _text_adapter() -> TypeAdapter[Reading[str]]:
    return TypeAdapter(Reading[str])
