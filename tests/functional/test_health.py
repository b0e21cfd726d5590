"""The health of tenants in the report, as far as roles and tenants allow; it costs no census."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.scan import executor
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import covered_truth, differences, simulated, small
from tests.simulators.cloud_integration import (
    ALL_ROLES,
    Fault,
    FaultKind,
    Landscape,
    RuntimeArtifact,
    SimulatedTenant,
)

MakeRig = Callable[..., Rig]
TRIES = 6
SETS = {
    "certificates": "KeystoreEntries",
    "jms": "JmsBrokers",
    "message_mappings": r"v1/MessageMappingDesigntimeArtifacts",
    "value_mappings": r"v1/ValueMappingDesigntimeArtifacts",
    "user_credentials": "UserCredentials",
    "oauth2_client_credentials": "OAuth2ClientCredentials",
    "data_stores": "DataStores",
}
"""Each part that has a question of its own, and what is asked."""
ALL_SETS = "|".join(SETS.values())
NUMBERS = {
    "message_mappings": 2,
    "value_mappings": 1,
    "script_collections_deployed": 1,
    "user_credentials": 2,
    "oauth2_client_credentials": 2,
    "data_stores": 2,
}
"""What the simulated tenant holds."""


def broken_mapping(**changes: Any) -> RuntimeArtifact:
    """A deployed value mapping in error."""
    mapping = RuntimeArtifact(
        "Codes", "Country codes", "1.0.0", "VALUE_MAPPING", "ERROR", error="the mapping is empty"
    )
    return replace(mapping, **changes)


def with_artifact(*artifacts: RuntimeArtifact) -> Landscape:
    landscape = small()
    return replace(landscape, runtime_artifacts=(*landscape.runtime_artifacts, *artifacts))


def health_of(aws: Rig) -> dict[str, Any]:
    found = aws.report()["tenants"][0]["health"]
    assert isinstance(found, dict)
    return found


def value(health: Mapping[str, Any], part: str) -> Any:
    assert health[part]["reason"] is None
    return health[part]["value"]


def asked(prod: SimulatedTenant, part: str) -> list[str]:
    return [one.target for one in prod.requests if SETS[part].removeprefix("v1/") in one.target]


def test_with_all_roles_every_part_is_a_value(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, with_artifact(broken_mapping()), roles=ALL_ROLES)
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    health = health_of(aws)
    assert {part: value(health, part) for part in NUMBERS} == NUMBERS
    assert [
        (one["alias"], one["kind"], one["owner"], one["days_left"])
        for one in value(health, "certificates")
    ] == [
        ("gone", "Certificate", "Tenant Administrator", -3),
        ("soon", "Certificate", "Tenant Administrator", 10),
        ("partner ü", "Certificate", "Tenant Administrator", 60),
    ]
    jms = value(health, "jms")
    assert jms["used_bytes"] == 794_616_135
    assert jms["max_bytes"] == 9_751_756_800
    assert (jms["queues_used"], jms["max_queues"], jms["exhausted"]) == (3, 30, [])
    assert {one["name"]: one["state"] for one in jms["queues"]} == {
        "Orders in": "ok",
        "it's slow": "warning",
        "Stuck": "critical",
    }


def test_artifacts_of_all_types_in_error_are_told_with_sap_s_text(
    rig: MakeRig, clock: FakeClock
) -> None:
    mute = broken_mapping(id="Mute", type="SCRIPT_COLLECTION", error=None)
    prod = simulated(clock, with_artifact(broken_mapping(), mute))
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    report = aws.report()
    told = {one["id"]: one for one in value(health_of(aws), "artifacts_in_error")}
    assert told["Codes"] == {
        "id": "Codes",
        "name": "Country codes",
        "type": "VALUE_MAPPING",
        "error": "the mapping is empty",
    }
    assert told["Mute"]["error"] is None
    iflows = {
        row["iflow_id"]: row["runtime_error"]
        for row in report["iflows"]
        if row["runtime_status"] == "ERROR"
    }
    assert iflows
    assert {one: told[one]["error"] for one in iflows} == iflows
    assert told.keys() == iflows.keys() | {"Codes", "Mute"}


def test_with_the_roles_of_a_census_a_missing_part_names_the_role(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    result = aws.invoke(SCHEDULE)

    health = health_of(aws)
    missing = {part: one["reason"] for part, one in health.items() if one["value"] is None}
    assert result["status"] == "complete"
    assert missing.keys() == {"jms", "data_stores"}
    for reason in missing.values():
        assert reason.endswith(
            "HTTP 403: the service instance lacks the role DataStoresAndQueuesRead; "
            "add the role and create a new key"
        )
    assert all(len(asked(prod, part)) == 1 for part in SETS)


def test_it_costs_the_same_few_requests_whatever_the_size(rig: MakeRig, clock: FakeClock) -> None:
    tenants = {
        f"t{packages}": simulated(clock, small(packages=packages), roles=ALL_ROLES)
        for packages in (1, 12)
    }

    rig(**tenants).invoke(SCHEDULE)

    for one in tenants.values():
        assert [len(asked(one, part)) for part in SETS] == [1] * len(SETS)


def test_a_tenant_without_jms_says_that_it_has_none(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    prod.content.rows("JmsBrokers").clear()

    aws.invoke(SCHEDULE)

    assert health_of(aws)["jms"] == {
        "value": None,
        "reason": "not available on this tenant (HTTP 404)",
    }


def test_without_the_setting_nothing_is_asked(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_HEALTH", "false")
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    assert aws.report()["tenants"][0]["health"] is None
    assert all(asked(prod, part) == [] for part in SETS)


def test_a_checkpoint_asks_nothing_of_it(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)

    rig(prod=prod).invoke(CHECKPOINT)

    assert prod.requests
    assert all(asked(prod, part) == [] for part in SETS)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in FaultKind
        if kind not in {FaultKind.LATENCY, FaultKind.CRASH_HOOK, FaultKind.UNAUTHORIZED}
        and not kind.startswith("wide-window")
    ],
)
def test_whatever_is_wrong_with_it_the_census_is_whole_and_no_part_is_wrong(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, kind: FaultKind
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_READ_TIMEOUT_SECONDS", "0.2")
    prod = simulated(clock, with_artifact(broken_mapping()), roles=ALL_ROLES, page_size=1)
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, path=f"{ALL_SETS}|Codes"))
    began = clock.monotonic()

    result = aws.invoke(SCHEDULE)

    report, health = aws.report(), health_of(aws)
    assert result["status"] == "complete"
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    assert clock.monotonic() - began < 60
    assert prod.stats()["faults"][kind]
    for part in SETS:
        assert health[part]["value"] is not None or health[part]["reason"]
    numbers = {part: health[part]["value"] for part in NUMBERS}
    assert {part: one for part, one in numbers.items() if one not in (None, NUMBERS[part])} == {}
    certificates = health["certificates"]["value"]
    assert certificates is None or [one["alias"] for one in certificates][:2] == ["gone", "soon"]
    (codes,) = (one for one in health["artifacts_in_error"]["value"] if one["id"] == "Codes")
    assert codes["error"] in ("the mapping is empty", None)


def test_a_tenant_that_asks_for_an_hour_s_patience_is_not_waited_for(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    path = "Credentials|JmsBrokers"
    prod.faults.add(Fault(FaultKind.THROTTLED, path=path, retry_after="seconds", seconds=3600))
    began = clock.monotonic()

    result = aws.invoke(SCHEDULE)

    health = health_of(aws)
    assert result["status"] == "complete"
    assert clock.monotonic() - began < 60
    assert health["jms"]["reason"] == "no response within 30 seconds"
    assert value(health, "message_mappings") == 2


def test_an_unread_error_text_is_said_beside_the_artifacts(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, with_artifact(broken_mapping()))
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.SERVER_ERROR, path="Codes"))

    aws.invoke(SCHEDULE)

    part = health_of(aws)["artifacts_in_error"]
    assert "Codes" in [one["id"] for one in part["value"]]
    assert part["reason"].startswith("1 of the error texts could not be read: GET ")
    assert "HTTP 500" in part["reason"]


def test_a_run_that_goes_on_asks_nothing_twice_and_keeps_no_credential(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pool in ("WORKERS", "DESIGN_TIME_WORKERS", "PAGE_WORKERS"):
        monkeypatch.setattr(executor, pool, 1)
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    kept = []

    for _ in range(TRIES):
        try:
            aws.invoke(SCHEDULE, seconds=90)
            break
        except CensusIncomplete:
            kept.append(aws.read(next(one for one in aws.files() if "/answers/" in one)))

    health = health_of(aws)
    assert kept
    assert any(b"health: user_credentials" in one for one in kept)
    assert all(len(asked(prod, part)) == 1 for part in SETS)
    assert {part: value(health, part) for part in NUMBERS} == NUMBERS
    assert [one["days_left"] for one in value(health, "certificates")] == [-3, 10, 60]
    assert not any(b"UserCredentials" in one for one in kept)


def test_a_stand_in_keeps_the_health_that_was_found(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    aws.invoke(SCHEDULE)
    before = health_of(aws)
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))

    with pytest.raises(CensusIncomplete):
        aws.invoke(SCHEDULE | {"scheduled_time": "2026-11-02T00:30:00Z"})

    found = aws.report()["tenants"][0]
    assert found["status"] == "partial"
    assert found["health"] == before
    assert json.dumps(before) == json.dumps(found["health"])
