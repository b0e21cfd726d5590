"""What a tenant's health says, made of the answers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.health import EXPIRY_WARNING_DAYS, ArtifactInError, KeystoreEntry, Reading
from iflow_census.scan.health_scan import expiring, in_error
from iflow_census.scan.tenant_api import INTEGRATION_FLOW, RuntimeArtifact

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
LATE = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)


def entry(alias: str, days: float | None, **properties: str) -> KeystoreEntry:
    until = None if days is None else NOW + timedelta(days=days)
    return KeystoreEntry(alias, valid_until=until, **properties)


def deployed(artifact_id: str, kind: str, status: str = "ERROR") -> RuntimeArtifact:
    return RuntimeArtifact(artifact_id, kind, name=f"Name of {artifact_id}", status=status)


def test_a_part_without_a_value_has_a_reason() -> None:
    with pytest.raises(ValueError, match="neither a value nor a reason"):
        Reading()


def test_zero_and_an_empty_list_are_values() -> None:
    assert Reading(0).reason is None
    assert Reading([]).reason is None


@pytest.mark.parametrize(("days", "told"), [(-400, True), (0, True), (90, True), (91, False)])
def test_what_expires_within_90_days_is_told_and_what_has_expired(days: float, told: bool) -> None:
    found = expiring([entry("one", days)], NOW)

    assert [one.days_left for one in found] == ([days] if told else [])


def test_an_entry_without_a_date_does_not_expire() -> None:
    assert expiring([entry("known_hosts", None)], NOW) == []


def test_the_first_to_expire_stands_in_front() -> None:
    entries = [entry("b", 5), entry("later", 6), entry("a", 5), entry("gone", -1)]

    assert [one.alias for one in expiring(entries, NOW)] == ["gone", "a", "b", "later"]


def test_an_expiring_entry_is_told_with_kind_and_owner() -> None:
    found = expiring([entry("one", 5, kind="Key Pair", owner="SAP")], NOW)

    assert [(one.kind, one.owner, one.valid_until) for one in found] == [
        ("Key Pair", "SAP", NOW + timedelta(days=5))
    ]


@given(st.datetimes(timezones=st.just(UTC)))
def test_days_left_are_the_same_at_any_hour_of_a_day(until: datetime) -> None:
    entries = [KeystoreEntry("one", valid_until=until)]

    early, late = expiring(entries, NOW), expiring(entries, LATE)

    assert early == late
    assert all(one.days_left <= EXPIRY_WARNING_DAYS for one in early)


def test_artifacts_of_all_types_in_error_are_told_by_id() -> None:
    artifacts = [
        deployed("value mapping", "VALUE_MAPPING"),
        deployed("iflow", INTEGRATION_FLOW),
        deployed("fine", INTEGRATION_FLOW, "STARTED"),
        deployed("mute", "SCRIPT_COLLECTION"),
    ]

    part = in_error(
        artifacts, {"iflow": "no queue"}, {"value mapping": Reading("empty"), "mute": Reading("")}
    )

    assert part.reason is None
    assert part.value == [
        ArtifactInError("iflow", "Name of iflow", INTEGRATION_FLOW, "no queue"),
        ArtifactInError("mute", "Name of mute", "SCRIPT_COLLECTION", None),
        ArtifactInError("value mapping", "Name of value mapping", "VALUE_MAPPING", "empty"),
    ]


def test_texts_that_could_not_be_read_are_a_reason_beside_the_artifacts() -> None:
    artifacts = [deployed("a", "VALUE_MAPPING"), deployed("b", "VALUE_MAPPING")]

    part = in_error(
        artifacts, {}, {"a": Reading(reason="HTTP 503"), "b": Reading(reason="HTTP 500")}
    )

    assert part.reason == "2 of the error texts could not be read: HTTP 503"
    assert [one.error for one in part.value or ()] == [None, None]
