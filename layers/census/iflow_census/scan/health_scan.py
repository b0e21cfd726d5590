"""The reading of a tenant's health, beside its scan and with the same threads."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.health import (
    EXPIRY_WARNING_DAYS,
    ArtifactInError,
    CountedObject,
    ExpiringCertificate,
    HealthApi,
    KeystoreEntry,
    Reading,
    TenantHealth,
)
from iflow_census.scan.tenant_api import RuntimeArtifact

STAGE = "health"

SCRIPT_COLLECTION = "SCRIPT_COLLECTION"
"""The `Type` of runtime artifacts that are script collections (SAP OpenAPI: AccessPolicies)."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Whom to ask, and the moment from which days are counted."""

    api: HealthApi
    as_of: datetime


class HealthScan:
    """The reading of a tenant's health, beside its scan.

    Args:
        check: what to ask.
        work: does it.
    """

    def __init__(self, check: HealthCheck, work: ScanExecutor) -> None:
        self._check = check
        self._work = work
        asks = check.api
        self._keystore = work.submit(STAGE, asks.keystore_entries)
        self._jms = work.submit(STAGE, asks.jms_broker)
        self._numbers = {what: work.submit(STAGE, asks.count, what) for what in CountedObject}
        self._deployed: Sequence[RuntimeArtifact] = ()
        self._errors: dict[str, Future[Reading[str]]] = {}

    def begin(self, deployed: Sequence[RuntimeArtifact]) -> None:
        """Ask for the errors of deployed artifacts; those of iFlows the scan asks for itself."""
        self._deployed = deployed
        self._errors = {
            one.id: self._work.submit(STAGE, self._check.api.artifact_error, one.id)
            for one in deployed
            if one.in_error and not one.is_iflow
        }

    def result(self, iflow_errors: Mapping[str, str | None]) -> TenantHealth:
        """Wait for the answers.

        Args:
            iflow_errors: SAP's text for the iFlows in error.

        Raises:
            DeadlineExceeded: see `HealthApi`.
        """
        errors = {artifact_id: future.result() for artifact_id, future in self._errors.items()}
        scripts = sum(one.type == SCRIPT_COLLECTION for one in self._deployed)
        keystore = self._keystore.result()
        return TenantHealth(
            certificates=Reading(
                None if keystore.value is None else expiring(keystore.value, self._check.as_of),
                keystore.reason,
            ),
            jms=self._jms.result(),
            artifacts_in_error=in_error(self._deployed, iflow_errors, errors),
            script_collections_deployed=Reading(scripts),
            **{what.value: number.result() for what, number in self._numbers.items()},
        )


def expiring(entries: Sequence[KeystoreEntry], now: datetime) -> Sequence[ExpiringCertificate]:
    """The entries that expire within `EXPIRY_WARNING_DAYS` or have expired, soonest first.

    Entries without a date, such as known hosts, do not expire.
    """
    found = [
        ExpiringCertificate(
            one.alias, one.kind, one.owner, one.valid_until, _days(now, one.valid_until)
        )
        for one in entries
        if one.valid_until is not None and _days(now, one.valid_until) <= EXPIRY_WARNING_DAYS
    ]
    return sorted(found, key=lambda one: (one.valid_until, one.alias))


def _days(start: datetime, end: datetime) -> int:
    return (end.astimezone(UTC).date() - start.astimezone(UTC).date()).days


def in_error(
    deployed: Sequence[RuntimeArtifact],
    iflow_errors: Mapping[str, str | None],
    errors: Mapping[str, Reading[str]],
) -> Reading[Sequence[ArtifactInError]]:
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
        if one.in_error
    ]
    unread = [part.reason for part in errors.values() if part.value is None]
    reason = f"{len(unread)} of the error texts could not be read: {unread[0]}" if unread else None
    return Reading(found, reason)
