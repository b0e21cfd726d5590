"""The health of a tenant: what will soon fail, and what it holds beside its iFlows.

It is evidence that a census can do without. Each part is a value, or says why there is none; none
of them makes the scan of a tenant fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

EXPIRY_WARNING_DAYS = 90
"""Certificates that expire within so many days are told; renewing one takes weeks."""


@dataclass(frozen=True)
class Reading(Generic[T]):
    """A value; or the reason why there is none. With a value, the reason says what it lacks."""

    value: T | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a gap without a reason."""
        if self.value is None and self.reason is None:
            raise ValueError("neither a value nor a reason")


class CountedObject(StrEnum):
    """What is counted, as the report calls it; SAP has a list of each over the whole tenant."""

    MESSAGE_MAPPINGS = "message_mappings"
    VALUE_MAPPINGS = "value_mappings"
    USER_CREDENTIALS = "user_credentials"
    OAUTH2_CLIENT_CREDENTIALS = "oauth2_client_credentials"
    DATA_STORES = "data_stores"


@dataclass(frozen=True, slots=True)
class KeystoreEntry:
    """A key pair or a certificate of the tenant's keystore."""

    alias: str
    kind: str | None = None
    owner: str | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExpiringCertificate:
    """An entry of the keystore that expires soon, or has expired.

    Attributes:
        alias: its name.
        kind: SAP's word: "Certificate", "Key Pair" …
        owner: SAP's word: "Tenant Administrator", or "SAP", which renews its own.
        valid_until: when it expires.
        days_left: calendar days until then, in UTC; negative after it.
    """

    alias: str
    kind: str | None
    owner: str | None
    valid_until: datetime
    days_left: int


class QueueState(StrEnum):
    """How full a queue is, in SAP's judgement."""

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
        used_bytes: what the messages in its queues take.
        max_bytes: what they may take.
        queues_used: how many queues there are.
        max_queues: how many there may be.
        exhausted: what there are too many of: "consumers", "producers", "transactions", "queues",
            "spool".
        queues: by name.
    """

    used_bytes: int | None
    max_bytes: int | None
    queues_used: int | None
    max_queues: int | None
    exhausted: Sequence[str]
    queues: Sequence[JmsQueue]


@dataclass(frozen=True, slots=True)
class ArtifactInError:
    """A deployed artifact of any type that could not start; `error`: SAP's text, None without."""

    id: str
    name: str | None
    type: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TenantHealth:
    """What was found of a tenant's health.

    Attributes:
        certificates: keystore entries that expire within `EXPIRY_WARNING_DAYS`, soonest first.
        jms: the message broker.
        artifacts_in_error: by id.
        message_mappings: how many the design workspace has.
        value_mappings: the same.
        script_collections_deployed: how many are deployed. SAP lists those of the design workspace
            per package alone, and a census asks nothing of a package but its iFlows.
        user_credentials: how many there are.
        oauth2_client_credentials: the same.
        data_stores: the same.
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


class HealthApi(Protocol):
    """The questions. None raises anything but `DeadlineExceeded`: a refusal is a reason.

    `DeadlineExceeded` is raised where the time of the whole run is used up, or another question of
    the scan has failed. The scan then ends as it does for any other question, and the next try goes
    on: a report should lack what the tenant refused, and not what this try was too short for. A
    tenant that is slow to answer takes no run's time: each question has a short one of its own.
    """

    def keystore_entries(self) -> Reading[Sequence[KeystoreEntry]]:
        """All entries of the keystore."""
        ...

    def jms_broker(self) -> Reading[JmsBroker]:
        """The message broker and its queues."""
        ...

    def count(self, what: CountedObject) -> Reading[int]:
        """How many there are."""
        ...

    def artifact_error(self, artifact_id: str) -> Reading[str]:
        """Why an artifact is in error, in SAP's words; "" where SAP does not say."""
        ...
