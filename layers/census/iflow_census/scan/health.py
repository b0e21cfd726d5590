"""The health of a tenant: what will soon fail, and what it holds beside its iFlows.

It is evidence that a census can do without. Each part is a value, or says why there is none; none
of them makes the scan of a tenant fail.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from iflow_census.scan.tenant import RuntimeArtifact
from iflow_census.scan.work import Work

T = TypeVar("T")

STAGE = "health"

EXPIRING = 90
"""Certificates that expire within so many days are told; renewing one takes weeks."""

IN_ERROR = "ERROR"
"""`Status` of a runtime artifact that could not start."""

SCRIPT_COLLECTION = "SCRIPT_COLLECTION"
"""The `Type` of runtime artifacts that are script collections (SAP OpenAPI: AccessPolicies)."""


@dataclass(frozen=True)
class Part(Generic[T]):
    """A value; or the reason why there is none. With a value, the reason says what it lacks."""

    value: T | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a gap without a reason."""
        if self.value is None and self.reason is None:
            raise ValueError("neither a value nor a reason")


class Counted(StrEnum):
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
        certificates: entries of the keystore that expire within `EXPIRING` days, in that order.
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

    certificates: Part[Sequence[ExpiringCertificate]]
    jms: Part[JmsBroker]
    artifacts_in_error: Part[Sequence[ArtifactInError]]
    message_mappings: Part[int]
    value_mappings: Part[int]
    script_collections_deployed: Part[int]
    user_credentials: Part[int]
    oauth2_client_credentials: Part[int]
    data_stores: Part[int]


class HealthQuestions(Protocol):
    """The questions. None raises anything but `DeadlineReached`: a refusal is a reason.

    `DeadlineReached` is raised where the time of the whole run is used up, or another question of
    the scan has failed. The scan then ends as it does for any other question, and the next try goes
    on: a report should lack what the tenant refused, and not what this try was too short for. A
    tenant that is slow to answer takes no run's time: each question has a short one of its own.
    """

    def keystore_entries(self) -> Part[Sequence[KeystoreEntry]]:
        """All entries of the keystore."""
        ...

    def jms_broker(self) -> Part[JmsBroker]:
        """The message broker and its queues."""
        ...

    def number_of(self, what: Counted) -> Part[int]:
        """How many there are."""
        ...

    def artifact_error(self, artifact_id: str) -> Part[str]:
        """Why an artifact is in error, in SAP's words; "" where SAP does not say."""
        ...


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Whom to ask, and the moment from which days are counted."""

    questions: HealthQuestions
    now: datetime


class HealthReading:
    """The reading of a tenant's health, beside its scan.

    Args:
        check: what to ask.
        work: does it.
    """

    def __init__(self, check: HealthCheck, work: Work) -> None:
        self._check = check
        self._work = work
        asks = check.questions
        self._keystore = work.submit(STAGE, asks.keystore_entries)
        self._jms = work.submit(STAGE, asks.jms_broker)
        self._numbers = {what: work.submit(STAGE, asks.number_of, what) for what in Counted}
        self._deployed: Sequence[RuntimeArtifact] = ()
        self._errors: dict[str, Future[Part[str]]] = {}

    def begin(self, deployed: Sequence[RuntimeArtifact]) -> None:
        """Ask for the errors of deployed artifacts; those of iFlows the scan asks for itself."""
        self._deployed = deployed
        self._errors = {
            one.id: self._work.submit(STAGE, self._check.questions.artifact_error, one.id)
            for one in deployed
            if one.status == IN_ERROR and not one.is_iflow
        }

    def result(self, iflow_errors: Mapping[str, str | None]) -> TenantHealth:
        """Wait for the answers.

        Args:
            iflow_errors: SAP's text for the iFlows in error.

        Raises:
            DeadlineReached: see `HealthQuestions`.
        """
        errors = {artifact_id: future.result() for artifact_id, future in self._errors.items()}
        scripts = sum(one.type == SCRIPT_COLLECTION for one in self._deployed)
        keystore = self._keystore.result()
        return TenantHealth(
            certificates=Part(
                None if keystore.value is None else expiring(keystore.value, self._check.now),
                keystore.reason,
            ),
            jms=self._jms.result(),
            artifacts_in_error=in_error(self._deployed, iflow_errors, errors),
            script_collections_deployed=Part(scripts),
            **{what.value: number.result() for what, number in self._numbers.items()},
        )


def expiring(entries: Sequence[KeystoreEntry], now: datetime) -> Sequence[ExpiringCertificate]:
    """The entries that expire within `EXPIRING` days of a moment, or have, the first in front.

    Entries without a date, such as known hosts, do not expire.
    """
    found = [
        ExpiringCertificate(
            one.alias, one.kind, one.owner, one.valid_until, _days(now, one.valid_until)
        )
        for one in entries
        if one.valid_until is not None and _days(now, one.valid_until) <= EXPIRING
    ]
    return sorted(found, key=lambda one: (one.valid_until, one.alias))


def _days(start: datetime, end: datetime) -> int:
    return (end.astimezone(UTC).date() - start.astimezone(UTC).date()).days


def in_error(
    deployed: Sequence[RuntimeArtifact],
    iflow_errors: Mapping[str, str | None],
    errors: Mapping[str, Part[str]],
) -> Part[Sequence[ArtifactInError]]:
    """The deployed artifacts in error, by id.

    Args:
        deployed: all deployed artifacts.
        iflow_errors: SAP's text for the iFlows among them.
        errors: SAP's text for the others, or why it could not be read.
    """
    texts = {**iflow_errors, **{one: error.value for one, error in errors.items()}}
    found = [
        ArtifactInError(one.id, one.name, one.type, texts.get(one.id) or None)
        for one in sorted(deployed, key=lambda one: one.id)
        if one.status == IN_ERROR
    ]
    unread = [part.reason for part in errors.values() if part.value is None]
    reason = f"{len(unread)} of the error texts could not be read: {unread[0]}" if unread else None
    return Part(found, reason)
