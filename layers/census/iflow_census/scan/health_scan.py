"""Reading a tenant's health during its scan, with the same threads."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import (
    EXPIRY_WARNING_DAYS,
    ArtifactInError,
    CountedObject,
    CredentialKind,
    ExpiringCertificate,
    HealthApi,
    KeystoreEntry,
    TenantHealth,
)
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import RuntimeArtifact

K = TypeVar("K")
T = TypeVar("T")

STAGE = "health"

SCRIPT_COLLECTION = "SCRIPT_COLLECTION"
"""The `Type` of runtime artifacts that are script collections (SAP OpenAPI: AccessPolicies)."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How to read a tenant's health.

    Attributes:
        api: reads it.
        as_of: the moment from which the days until an expiry are counted.
    """

    api: HealthApi
    as_of: datetime


class HealthScan:
    """Reads a tenant's health; the requests start at once.

    Args:
        check: what to read.
        executor: runs the requests in parallel.
    """

    def __init__(self, check: HealthCheck, executor: ScanExecutor) -> None:
        self._check = check
        self._executor = executor
        api = check.api
        self._keystore = executor.submit(STAGE, api.keystore_entries)
        self._jms = executor.submit(STAGE, api.jms_broker)
        self._counts = {kind: executor.submit(STAGE, api.count, kind) for kind in CountedObject}
        self._credentials = {
            kind: executor.submit(STAGE, api.credential_names, kind) for kind in CredentialKind
        }
        self._artifacts: Sequence[RuntimeArtifact] = ()
        self._errors: dict[str, Future[Reading[str]]] = {}

    def add_artifacts(
        self,
        artifacts: Sequence[RuntimeArtifact],
        read_error: Callable[[str], Reading[str]],
    ) -> None:
        """Start reading the errors of deployed artifacts, except iFlows, which the scan reads."""
        self._artifacts = artifacts
        self._errors = {
            artifact.id: self._executor.submit(STAGE, read_error, artifact.id)
            for artifact in artifacts
            if artifact.in_error and not artifact.is_iflow
        }

    def credentials(self) -> Mapping[CredentialKind, Reading[Sequence[str]]]:
        """Wait for the names of the credentials."""
        return {kind: names.result() for kind, names in self._credentials.items()}

    def result(self, iflow_errors: Mapping[str, Reading[str]]) -> TenantHealth:
        """Wait for all requests.

        Args:
            iflow_errors: the error of each iFlow in error.

        Raises:
            DeadlineExceeded: see `HealthApi`.
        """
        errors = {artifact_id: future.result() for artifact_id, future in self._errors.items()}
        scripts = sum(artifact.type == SCRIPT_COLLECTION for artifact in self._artifacts)
        keystore = self._keystore.result()
        certificates = (
            None
            if keystore.value is None
            else find_expiring_certificates(keystore.value, self._check.as_of)
        )
        credentials = self.credentials()
        return TenantHealth(
            certificates=Reading(certificates, keystore.reason),
            jms=self._jms.result(),
            artifacts_in_error=find_artifacts_in_error(self._artifacts, {**iflow_errors, **errors}),
            script_collections_deployed=Reading(scripts),
            message_mappings=self._counts[CountedObject.MESSAGE_MAPPINGS].result(),
            value_mappings=self._counts[CountedObject.VALUE_MAPPINGS].result(),
            data_stores=self._counts[CountedObject.DATA_STORES].result(),
            user_credentials=_number(credentials[CredentialKind.USER_CREDENTIALS]),
            oauth2_client_credentials=_number(
                credentials[CredentialKind.OAUTH2_CLIENT_CREDENTIALS]
            ),
        )


def _number(names: Reading[Sequence[str]]) -> Reading[int]:
    return Reading(None if names.value is None else len(names.value), names.reason)


def find_expiring_certificates(
    entries: Sequence[KeystoreEntry], as_of: datetime
) -> Sequence[ExpiringCertificate]:
    """The entries that expire within `EXPIRY_WARNING_DAYS` or have expired, soonest first.

    Entries without a date, such as known hosts, do not expire.
    """
    certificates = [
        ExpiringCertificate(
            entry.alias,
            entry.kind,
            entry.owner,
            entry.valid_until,
            _days_between(as_of, entry.valid_until),
        )
        for entry in entries
        if entry.valid_until is not None
        and _days_between(as_of, entry.valid_until) <= EXPIRY_WARNING_DAYS
    ]
    return sorted(certificates, key=lambda entry: (entry.valid_until, entry.alias))


def _days_between(start: datetime, end: datetime) -> int:
    return (end.astimezone(UTC).date() - start.astimezone(UTC).date()).days


def find_artifacts_in_error(
    artifacts: Sequence[RuntimeArtifact], errors: Mapping[str, Reading[str]]
) -> Reading[Sequence[ArtifactInError]]:
    """The deployed artifacts in error, sorted by id.

    Args:
        artifacts: all deployed artifacts.
        errors: SAP's text for each artifact in error, or why it could not be read.
    """
    in_error = [
        ArtifactInError(
            artifact.id, artifact.name, artifact.type, errors[artifact.id].value or None
        )
        for artifact in sorted(artifacts, key=lambda artifact: artifact.id)
        if artifact.in_error
    ]
    return Reading(in_error, explain_unread("error texts", errors))


def explain_unread(what: str, readings: Mapping[K, Reading[T]]) -> str | None:
    """Why some readings have no value; None if all have one."""
    reasons = [reading.reason for reading in readings.values() if reading.value is None]
    return f"{len(reasons)} of the {what} could not be read: {reasons[0]}" if reasons else None
