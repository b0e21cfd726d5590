"""The health of tenants in the report; reading it never makes a census fail."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.journal import JournalPart
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
MAX_ATTEMPTS = 6
SETS = {
    "certificates": "KeystoreEntries",
    "jms": "JmsBrokers",
    "message_mappings": r"v1/MessageMappingDesigntimeArtifacts",
    "value_mappings": r"v1/ValueMappingDesigntimeArtifacts",
    "user_credentials": "UserCredentials",
    "oauth2_client_credentials": "OAuth2ClientCredentials",
    "data_stores": "DataStores",
}
"""The parts with a request of their own, and its path."""
ALL_SETS = "|".join(SETS.values())
EXPECTED_NUMBERS = {
    "message_mappings": 2,
    "value_mappings": 1,
    "script_collections_deployed": 1,
    "user_credentials": 2,
    "oauth2_client_credentials": 2,
    "data_stores": 2,
}
"""What the simulated tenant contains."""


def failed_mapping(**changes: Any) -> RuntimeArtifact:
    """Return a deployed value mapping in error."""
    mapping = RuntimeArtifact(
        "Codes", "Country codes", "1.0.0", "VALUE_MAPPING", "ERROR", error="the mapping is empty"
    )
    return replace(mapping, **changes)


def with_artifact(*artifacts: RuntimeArtifact) -> Landscape:
    landscape = small(packages=2, messages_per_iflow=3, busy_messages=10)
    return replace(landscape, runtime_artifacts=(*landscape.runtime_artifacts, *artifacts))


def health_of(aws: Rig) -> dict[str, Any]:
    health = aws.report()["tenants"][0]["health"]
    assert isinstance(health, dict)
    return health


def value(health: Mapping[str, Any], part: str) -> Any:
    assert health[part]["reason"] is None
    return health[part]["value"]


def targets(prod: SimulatedTenant, part: str) -> list[str]:
    path = SETS[part].removeprefix("v1/")
    return [request.target for request in prod.requests if path in request.target]


def test_every_part_has_a_value_with_all_roles(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, with_artifact(failed_mapping()), roles=ALL_ROLES)
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    health = health_of(aws)
    assert {part: value(health, part) for part in EXPECTED_NUMBERS} == EXPECTED_NUMBERS
    assert [
        (entry["alias"], entry["kind"], entry["owner"], entry["days_left"])
        for entry in value(health, "certificates")
    ] == [
        ("edi-partner-2023", "Certificate", "Tenant Administrator", -3),
        ("house-bank-client", "Certificate", "Tenant Administrator", 10),
        ("partner ü", "Certificate", "Tenant Administrator", 60),
    ]
    jms = value(health, "jms")
    assert jms["used_bytes"] == 794_616_135
    assert jms["max_bytes"] == 9_751_756_800
    assert (jms["queues_used"], jms["max_queues"], jms["exhausted"]) == (3, 30, [])
    assert {queue["name"]: queue["state"] for queue in jms["queues"]} == {
        "Orders in": "ok",
        "it's slow": "warning",
        "Stuck": "critical",
    }


def test_artifacts_in_error_are_listed_with_saps_text(rig: MakeRig, clock: FakeClock) -> None:
    without_text = failed_mapping(id="No text", type="SCRIPT_COLLECTION", error=None)
    prod = simulated(clock, with_artifact(failed_mapping(), without_text))
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    report = aws.report()
    artifacts = {
        artifact["id"]: artifact for artifact in value(health_of(aws), "artifacts_in_error")
    }
    assert artifacts["Codes"] == {
        "id": "Codes",
        "name": "Country codes",
        "type": "VALUE_MAPPING",
        "error": "the mapping is empty",
    }
    assert artifacts["No text"]["error"] is None
    iflows = {
        row["iflow_id"]: row["runtime_error"]
        for row in report["iflows"]
        if row["runtime_status"] == "ERROR"
    }
    assert iflows
    assert {iflow: artifacts[iflow]["error"] for iflow in iflows} == iflows
    assert artifacts.keys() == iflows.keys() | {"Codes", "No text"}


def test_missing_role_is_the_reason_for_a_missing_part(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    result = aws.invoke(SCHEDULE)

    health = health_of(aws)
    missing = {
        part: reading["reason"]
        for part, reading in health.items()
        if reading is not None and reading["value"] is None
    }
    assert result["status"] == "complete"
    assert missing.keys() == {"jms", "data_stores"}
    for reason in missing.values():
        assert reason.endswith(
            "HTTP 403: the service instance lacks the role DataStoresAndQueuesRead; "
            "add the role and create a new key"
        )
    assert all(len(targets(prod, part)) == 1 for part in SETS)


def test_number_of_requests_does_not_depend_on_size(rig: MakeRig, clock: FakeClock) -> None:
    tenants = {
        f"t{packages}": simulated(clock, small(packages=packages), roles=ALL_ROLES)
        for packages in (1, 12)
    }

    rig(**tenants).invoke(SCHEDULE)

    for tenant in tenants.values():
        assert [len(targets(tenant, part)) for part in SETS] == [1] * len(SETS)


def test_tenant_without_jms_has_a_reason(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    prod.content.rows("JmsBrokers").clear()

    aws.invoke(SCHEDULE)

    assert health_of(aws)["jms"] == {
        "value": None,
        "reason": "GET JmsBrokers('Broker1'): HTTP 500 without an error text; "
        "the tenant may have no JMS message broker",
    }


def test_no_health_request_without_the_setting(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_HEALTH", "false")
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    assert aws.report()["tenants"][0]["health"] is None
    assert all(targets(prod, part) == [] for part in SETS)


def test_checkpoint_does_not_read_health(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)

    rig(prod=prod).invoke(CHECKPOINT)

    assert prod.requests
    assert all(targets(prod, part) == [] for part in SETS)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in FaultKind
        if kind
        not in {
            FaultKind.LATENCY,
            FaultKind.CRASH_HOOK,
            FaultKind.UNAUTHORIZED,
            FaultKind.ZERO_COUNT,
            FaultKind.EMPTY_LIST,  # Health has no other request that could notice it.
        }
        and not kind.startswith("wide-window")
    ],
)
def test_no_fault_in_health_affects_the_census(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, kind: FaultKind
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_READ_TIMEOUT_SECONDS", "0.2")
    prod = simulated(clock, with_artifact(failed_mapping()), roles=ALL_ROLES, page_size=1)
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, path=f"{ALL_SETS}|Codes"))
    started = clock.monotonic()

    result = aws.invoke(SCHEDULE)

    report, health = aws.report(), health_of(aws)
    assert result["status"] == "complete"
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    assert clock.monotonic() - started < 60
    assert prod.stats()["faults"][kind]
    for part in SETS:
        assert health[part]["value"] is not None or health[part]["reason"]
    numbers = {part: health[part]["value"] for part in EXPECTED_NUMBERS}
    assert {
        part: number
        for part, number in numbers.items()
        if number not in (None, EXPECTED_NUMBERS[part])
    } == {}
    certificates = health["certificates"]["value"]
    assert certificates is None or [entry["alias"] for entry in certificates][:2] == [
        "edi-partner-2023",
        "house-bank-client",
    ]
    artifacts = {artifact["id"]: artifact for artifact in health["artifacts_in_error"]["value"]}
    # Any text can be an error's text.
    if kind not in {FaultKind.DEEP_JSON, FaultKind.HALF_SURROGATE}:
        assert artifacts["Codes"]["error"] in ("the mapping is empty", None)


def test_long_retry_after_in_health_is_not_waited_for(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    path = "Credentials|JmsBrokers"
    prod.faults.add(Fault(FaultKind.THROTTLED, path=path, retry_after="seconds", seconds=3600))
    started = clock.monotonic()

    result = aws.invoke(SCHEDULE)

    health = health_of(aws)
    assert result["status"] == "complete"
    assert clock.monotonic() - started < 60
    assert health["jms"]["reason"] == "no response within 30 seconds"
    assert value(health, "message_mappings") == 2


def test_unreadable_error_texts_are_counted_in_the_reason(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, with_artifact(failed_mapping()))
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.SERVER_ERROR, path="Codes"))

    aws.invoke(SCHEDULE)

    reading = health_of(aws)["artifacts_in_error"]
    assert "Codes" in [artifact["id"] for artifact in reading["value"]]
    assert reading["reason"].startswith("1 of the error texts could not be read: GET ")
    assert "HTTP 500" in reading["reason"]


def test_resumed_run_repeats_no_reading_and_stores_no_credential(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pool in ("WORKERS", "DESIGN_TIME_WORKERS", "PAGE_WORKERS"):
        monkeypatch.setattr(executor, pool, 1)
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    recorded: list[str] = []

    for _ in range(MAX_ATTEMPTS):
        try:
            aws.invoke(SCHEDULE, seconds=110)
            break
        except CensusIncomplete:
            continue
    for file in aws.files():
        if "/answers/" in file:
            recorded += [request for request, _ in JournalPart.load(aws.read(file)).responses()]

    health = health_of(aws)
    assert "health: user_credentials" in recorded
    assert all(len(targets(prod, part)) == 1 for part in SETS)
    assert {part: value(health, part) for part in EXPECTED_NUMBERS} == EXPECTED_NUMBERS
    assert [entry["days_left"] for entry in value(health, "certificates")] == [-3, 10, 60]
    assert not any("UserCredentials" in request for request in recorded)


def test_carried_over_tenant_keeps_its_health(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, roles=ALL_ROLES)
    aws = rig(prod=prod)
    aws.invoke(SCHEDULE)
    before = health_of(aws)
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))

    with pytest.raises(CensusIncomplete):
        aws.invoke(SCHEDULE | {"scheduled_time": "2026-11-02T00:30:00Z"})

    tenant = aws.report()["tenants"][0]
    assert tenant["status"] == "partial"
    assert tenant["health"] == before
    assert json.dumps(before) == json.dumps(tenant["health"])
