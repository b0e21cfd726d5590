"""A tenant's health, built from the responses of its API."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.health import EXPIRY_WARNING_DAYS, ArtifactInError, KeystoreEntry
from iflow_census.scan.health_scan import find_artifacts_in_error, find_expiring_certificates
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import INTEGRATION_FLOW, RuntimeArtifact

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
LATE = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)


def keystore_entry(alias: str, days: float | None, **properties: str) -> KeystoreEntry:
    valid_until = None if days is None else NOW + timedelta(days=days)
    return KeystoreEntry(alias, valid_until=valid_until, **properties)


def runtime_artifact(artifact_id: str, kind: str, status: str = "ERROR") -> RuntimeArtifact:
    return RuntimeArtifact(artifact_id, kind, name=f"Name of {artifact_id}", status=status)


def test_reading_without_a_value_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="a value or a reason"):
        Reading()


def test_zero_and_an_empty_list_are_values() -> None:
    assert Reading(0).reason is None
    assert Reading([]).reason is None


@pytest.mark.parametrize(
    ("days", "is_reported"), [(-400, True), (0, True), (90, True), (91, False)]
)
def test_certificates_that_expire_within_90_days_are_reported(
    days: float, is_reported: bool
) -> None:
    certificates = find_expiring_certificates([keystore_entry("key", days)], NOW)

    assert [certificate.days_left for certificate in certificates] == (
        [days] if is_reported else []
    )


def test_entry_without_a_date_does_not_expire() -> None:
    assert find_expiring_certificates([keystore_entry("known_hosts", None)], NOW) == []


def test_certificates_are_sorted_by_expiry_and_alias() -> None:
    entries = [
        keystore_entry("b", 5),
        keystore_entry("later", 6),
        keystore_entry("a", 5),
        keystore_entry("expired", -1),
    ]

    certificates = find_expiring_certificates(entries, NOW)

    assert [certificate.alias for certificate in certificates] == ["expired", "a", "b", "later"]


def test_expiring_certificate_has_kind_owner_and_date() -> None:
    entries = [keystore_entry("key", 5, kind="Key Pair", owner="SAP")]

    (certificate,) = find_expiring_certificates(entries, NOW)

    assert (certificate.kind, certificate.owner) == ("Key Pair", "SAP")
    assert certificate.valid_until == NOW + timedelta(days=5)


@given(st.datetimes(timezones=st.just(UTC)))
def test_days_left_do_not_depend_on_the_time_of_day(valid_until: datetime) -> None:
    entries = [KeystoreEntry("key", valid_until=valid_until)]

    early, late = (find_expiring_certificates(entries, as_of) for as_of in (NOW, LATE))

    assert early == late
    assert all(certificate.days_left <= EXPIRY_WARNING_DAYS for certificate in early)


def test_artifacts_in_error_of_all_types_are_sorted_by_id() -> None:
    artifacts = [
        runtime_artifact("value mapping", "VALUE_MAPPING"),
        runtime_artifact("iflow", INTEGRATION_FLOW),
        runtime_artifact("started", INTEGRATION_FLOW, "STARTED"),
        runtime_artifact("no text", "SCRIPT_COLLECTION"),
    ]

    reading = find_artifacts_in_error(
        artifacts,
        {
            "iflow": Reading("no queue"),
            "value mapping": Reading("empty"),
            "no text": Reading(""),
        },
    )

    assert reading.reason is None
    assert reading.value == [
        ArtifactInError("iflow", "Name of iflow", INTEGRATION_FLOW, "no queue"),
        ArtifactInError("no text", "Name of no text", "SCRIPT_COLLECTION", None),
        ArtifactInError("value mapping", "Name of value mapping", "VALUE_MAPPING", "empty"),
    ]


def test_unreadable_error_texts_are_counted_in_the_reason() -> None:
    artifacts = [runtime_artifact("a", "VALUE_MAPPING"), runtime_artifact("b", "VALUE_MAPPING")]

    reading = find_artifacts_in_error(
        artifacts, {"a": Reading(reason="HTTP 503"), "b": Reading(reason="HTTP 500")}
    )

    assert reading.reason == "2 of the error texts could not be read: HTTP 503"
    assert [artifact.error for artifact in reading.value or ()] == [None, None]
