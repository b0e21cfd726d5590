"""A tenant's health, as its API tells it, in about ten requests whatever the tenant's size.

What is kept for the next try of a run is what was made of an answer, and not the answer: lists of
credentials name users, and a census needs but their number.

Source: SAP OpenAPI (SecurityContent, MessageStore, IntegrationContent). None of these sets knows
`$count`; script collections have no list over all packages.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from iflow_census.cloud_integration import odata, pagination, rows
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
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

SECONDS = 30.0
"""For one question, retries included: a census must not wait for what it can do without."""

RETRIES = 3

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
    # Parts of a data store's key are empty for those that all iFlows share.
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
        """All entries of the tenant's own keystore."""

        def ask(connection: SapConnection) -> Sequence[KeystoreEntry]:
            return [
                rows.keystore_entry(row) for row in pagination.iter_entries(connection, _KEYSTORE)
            ]

        return self._ask("keystore entries", _entries(), ask)

    def jms_broker(self) -> Reading[JmsBroker]:
        """The one broker of a tenant; not every tenant has it."""

        def ask(connection: SapConnection) -> JmsBroker:
            return rows.jms_broker(Api(connection).read(_BROKER, query={"$expand": "QueueStates"}))

        return self._ask("JMS broker", _broker(), ask)

    def count(self, what: CountedObject) -> Reading[int]:
        """The length of a list."""

        def ask(connection: SapConnection) -> int:
            return sum(1 for _ in pagination.iter_entries(connection, _LISTS[what]))

        return self._ask(what, _number(), ask)

    def artifact_error(self, artifact_id: str) -> Reading[str]:
        """The error information of an artifact."""
        artifact = odata.entity_path("IntegrationRuntimeArtifacts", artifact_id)

        def ask(connection: SapConnection) -> str:
            try:
                return Api(connection).read_value(f"{artifact}/ErrorInformation/$value")
            except NotFound:
                return ""  # it was undeployed meanwhile, or SAP has no text yet

        return self._ask(f"error of {artifact}", _text(), ask)

    def _ask(
        self, question: str, kind: TypeAdapter[Reading[T]], ask: Callable[[SapConnection], T]
    ) -> Reading[T]:
        """Ask, unless an earlier try of the run was answered; a refusal is an answer, too."""
        journal, name = self._connection.journal, f"health: {question}"
        kept = None if journal is None else journal.get(name)
        if kept is not None:
            try:
                return kind.validate_json(kept)
            except ValidationError:
                pass  # of another version of this program: it is asked again
        part: Reading[T]
        try:
            part = Reading(ask(self._connection.with_timeout(SECONDS, RETRIES)))
        except AccessError as error:
            part = Reading(reason=str(error))
        except NotFound:
            part = Reading(reason="this tenant does not have it (HTTP 404)")
        except NotSupported:
            part = Reading(reason="this tenant does not have it (HTTP 501)")
        except DeadlineExceeded:
            self._connection.deadline.check()
            return Reading(reason=f"no answer within {SECONDS:.0f} seconds")
        except CensusError as error:
            # The next try of the run may do better.
            return Reading(reason=str(error))
        if journal is not None:
            journal.record(name, kind.dump_json(part))
        return part


@cache
def _entries() -> TypeAdapter[Reading[Sequence[KeystoreEntry]]]:
    return TypeAdapter(Reading[Sequence[KeystoreEntry]])


@cache
def _broker() -> TypeAdapter[Reading[JmsBroker]]:
    return TypeAdapter(Reading[JmsBroker])


@cache
def _number() -> TypeAdapter[Reading[int]]:
    return TypeAdapter(Reading[int])


@cache
def _text() -> TypeAdapter[Reading[str]]:
    return TypeAdapter(Reading[str])
