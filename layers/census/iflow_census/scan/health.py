"""The health of a tenant: what may fail soon, and what it contains in addition to iFlows.

A census is complete without it. Each part is a value or the reason why there is none, and none of
them makes the scan of a tenant fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from iflow_census.scan.readings import Reading

EXPIRY_WARNING_DAYS = 90
"""Certificates that expire within this many days are reported; renewing one takes weeks."""


class CountedObject(StrEnum):
    """Objects of a tenant that are counted, by their name in the report."""

    MESSAGE_MAPPINGS = "message_mappings"
    VALUE_MAPPINGS = "value_mappings"
    DATA_STORES = "data_stores"


class CredentialKind(StrEnum):
    """Credentials of a tenant that iFlows use by name, by their name in the report."""

    USER_CREDENTIALS = "user_credentials"
    OAUTH2_CLIENT_CREDENTIALS = "oauth2_client_credentials"


@dataclass(frozen=True, slots=True)
class KeystoreEntry:
    """A key pair or a certificate of the tenant's keystore."""

    alias: str
    kind: str | None = None
    owner: str | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExpiringCertificate:
    """A keystore entry that expires soon or has expired.

    Attributes:
        alias: its name.
        kind: as SAP names it, such as "Certificate" or "Key Pair".
        owner: as SAP names it: "Tenant Administrator", or "SAP", who renews its own entries.
        valid_until: when it expires.
        days_left: calendar days until then, in UTC; negative after it.
    """

    alias: str
    kind: str | None
    owner: str | None
    valid_until: datetime
    days_left: int


class QueueState(StrEnum):
    """How full a queue is, as rated by SAP."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JmsQueue:
    """A queue of the message broker."""

    name: str
    state: QueueState


@dataclass(frozen=True, slots=True)
class JmsBroker:
    """The JMS message broker of a tenant.

    Attributes:
        used_bytes: the size of all messages in the queues.
        max_bytes: its limit.
        queues_used: the number of queues.
        max_queues: its limit.
        exhausted: the resources at their limit: "consumers", "producers", "transactions",
            "queues", "spool".
        queues: sorted by name.
    """

    used_bytes: int | None
    max_bytes: int | None
    queues_used: int | None
    max_queues: int | None
    exhausted: Sequence[str]
    queues: Sequence[JmsQueue]


@dataclass(frozen=True, slots=True)
class ArtifactInError:
    """A deployed artifact of any type that failed to start; `error` is SAP's text, if any."""

    id: str
    name: str | None
    type: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that is deployed on a tenant."""

    name: str
    kind: CredentialKind


@dataclass(frozen=True, slots=True)
class UnmentionedCredentials:
    """The credentials whose names are in no model that was read, as information.

    Attributes:
        note: what that means, and what was not searched.
        credentials: sorted by kind and name.
        models: the number of models that were searched.
        unread: the number of iFlows without a readable model.
        computed: the number of models in which names may be computed.
        not_judged: the number of credentials that not all models were searched for yet.
    """

    note: str
    credentials: Sequence[Credential]
    models: int
    unread: int
    computed: int
    not_judged: int


@dataclass(frozen=True, slots=True)
class TenantHealth:
    """The health of a tenant.

    Attributes:
        certificates: keystore entries that expire within `EXPIRY_WARNING_DAYS`, soonest first.
        jms: the message broker.
        artifacts_in_error: sorted by id.
        message_mappings: the number in the design workspace.
        value_mappings: the number in the design workspace.
        script_collections_deployed: the number that is deployed. SAP lists those of the design
            workspace per package only, and a census reads nothing but the iFlows of a package.
        user_credentials: their number.
        oauth2_client_credentials: their number.
        data_stores: their number.
        unmentioned_credentials: those in no model; None where models are off.
    """

    certificates: Reading[Sequence[ExpiringCertificate]]
    jms: Reading[JmsBroker]
    artifacts_in_error: Reading[Sequence[ArtifactInError]]
    message_mappings: Reading[int]
    value_mappings: Reading[int]
    script_collections_deployed: Reading[int]
    user_credentials: Reading[int]
    oauth2_client_credentials: Reading[int]
    data_stores: Reading[int]
    unmentioned_credentials: Reading[UnmentionedCredentials] | None = None


class HealthApi(Protocol):
    """Reads the health of a tenant; a refusal is a `Reading` with a reason, not an error.

    Only `DeadlineExceeded` is raised: the time of the run is used up, or another request of the
    scan has failed. The scan then ends, and the next attempt continues it, so that a report lacks
    what the tenant refused but never what an attempt was too short for. A slow tenant does not use
    up the time of the run, because each of these requests has a short time limit of its own.
    """

    def keystore_entries(self) -> Reading[Sequence[KeystoreEntry]]:
        """All keystore entries."""
        ...

    def jms_broker(self) -> Reading[JmsBroker]:
        """The message broker and its queues."""
        ...

    def count(self, kind: CountedObject) -> Reading[int]:
        """The number of objects of a kind."""
        ...

    def credential_names(self, kind: CredentialKind) -> Reading[Sequence[str]]:
        """The names of all credentials of a kind."""
        ...
