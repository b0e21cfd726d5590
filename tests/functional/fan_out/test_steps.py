"""The steps one by one, through the real handler: what each answers, raises and leaves behind."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from iflow_census.errors import (
    AccessError,
    CensusError,
    CensusIncomplete,
    ConfigurationError,
    TransientError,
)
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE, event
from tests.functional.fan_out.planned import plan, scan_all
from tests.functional.lambda_rig import PREFIX, Rig
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]
WORK = "work/period=2026-10/run=20261101T003000Z/"


def test_the_plan_answers_an_event_for_each_step_and_asks_no_tenant(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(dev=simulated(clock), prod=simulated(clock))

    planned = plan(aws, formats=["json"])

    pinned = {**SCHEDULE, "period": "2026-10"}
    assert planned == {
        "tenants_at_once": 4,
        "scans": [{**pinned, "step": "scan", "tenants": [name]} for name in ("dev", "prod")],
        "publish": {
            **pinned,
            "step": "publish",
            "tenants": ["dev", "prod"],
            "formats": ["json"],
            "leanix": False,
        },
    }
    assert [one.requests for one in aws.tenants.values()] == [[], []]


@pytest.mark.parametrize(("asked", "passed_on"), [(None, True), (True, True), ("test", "test")])
def test_the_plan_has_a_step_for_leanix_where_it_is_told(
    rig: MakeRig,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    asked: object,
    passed_on: object,
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    planned = plan(aws, leanix=asked)

    assert planned["leanix"]["step"] == "leanix"
    assert planned["leanix"]["leanix"] == planned["publish"]["leanix"] == passed_on


def test_a_scan_answers_figures_and_publishes_nothing(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)

    answer = aws.invoke(planned["scans"][1])

    assert answer.keys() == {"name", "status", "iflows", "messages", "error"}
    assert (answer["name"], answer["status"]) == ("prod", "complete")
    assert answer["iflows"] > 0
    assert aws.tenants["dev"].requests == []
    assert not any(key.startswith("reports/") for key in aws.files())


def test_a_scan_that_is_stopped_says_so_by_name_and_goes_on(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    aws = rig(prod=prod)
    (scan,) = plan(aws)["scans"]

    with pytest.raises(CensusIncomplete, match="used up"):
        aws.invoke(scan, seconds=90)
    asked = len(prod.requests)
    answer = aws.invoke(scan)

    assert asked > 5
    assert answer["status"] == "complete"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(FaultKind.FORBIDDEN, AccessError), (FaultKind.GATEWAY_TIMEOUT, TransientError)],
)
def test_the_error_of_a_scan_is_named_after_what_comes_next_and_its_cause_is_kept(
    rig: MakeRig, clock: FakeClock, fault: FaultKind, kind: type[CensusError]
) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(fault, family="design-time"))
    aws = rig(prod=prod)
    (scan,) = plan(aws)["scans"]

    with pytest.raises(kind) as caught:
        aws.invoke(scan)

    assert type(caught.value) is kind
    assert aws.json(f"{WORK}failed/prod.json")["error"] == str(caught.value)


def test_a_report_is_made_of_what_the_scans_left_and_can_be_made_again(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    scan_all(aws, planned)

    first = aws.invoke(planned["publish"])
    second = aws.invoke(planned["publish"])

    assert first == second
    assert first == {
        "status": "complete",
        "run_id": "20261101T003000Z",
        "period": "2026-10",
        "manifest": "s3://iflow-census-reports/reports/period=2026-10/manifest.json",
    }
    assert aws.versions("reports/period=2026-10/manifest.json") == 1
    report = aws.report()
    for name, simulated_tenant in aws.tenants.items():
        truth = covered_truth(simulated_tenant, report)
        assert differences(of_tenant(report, name), truth, usage=False) == []


def test_a_report_without_a_tenants_scan_names_it_and_does_not_fail(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    aws.invoke(planned["scans"][1])

    answer = aws.invoke(planned["publish"])

    assert answer["status"] == aws.manifest()["status"] == "partial"
    assert tenant(aws.report(), "dev")["status"] == "failed"
    assert "ended without a result" in tenant(aws.report(), "dev")["error"]


def test_a_scan_that_succeeds_after_a_failure_is_published_without_it(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    planned = plan(aws)
    down = prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="design-time"))
    with pytest.raises(TransientError):
        scan_all(aws, planned)
    partial = aws.invoke(planned["publish"])
    prod.faults.remove(down)

    scan_all(aws, planned)
    complete = aws.invoke(planned["publish"])

    assert (partial["status"], complete["status"]) == ("partial", "complete")
    assert tenant(aws.report(), "prod")["error"] is None


def test_a_tenant_removed_after_the_plan_fails_alone(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    boto3.client("secretsmanager").delete_secret(
        SecretId=f"{PREFIX}/tenants/dev", ForceDeleteWithoutRecovery=True
    )

    with pytest.raises(ConfigurationError, match="tenants/dev: does not exist anymore"):
        aws.invoke(planned["scans"][0])
    aws.invoke(planned["scans"][1])
    aws.invoke(planned["publish"])

    assert tenant(aws.report(), "prod")["status"] == "complete"
    assert "does not exist anymore" in tenant(aws.report(), "dev")["error"]


def test_a_tenant_that_waits_for_its_turn_counts_from_when_that_comes(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(prod=simulated(clock))
    planned = plan(aws)
    clock.advance(5 * 3600)

    scan_all(aws, planned)
    aws.invoke(planned["publish"])

    report = aws.report()
    assert tenant(report, "prod")["coverage"]["from"] == "2026-10-02T06:30:00.000Z"
    truth = covered_truth(aws.tenants["prod"], report)
    assert differences(report["iflows"], truth, usage=False) == []


@pytest.mark.parametrize(
    ("minutes", "start"),
    [(40, "2026-10-02T01:30:00.000Z"), (120, "2026-10-02T03:30:00.000Z")],
    ids=["the same windows", "new windows, since SAP has forgotten the oldest logs"],
)
def test_a_tenant_taken_up_later_is_true_of_the_windows_that_it_names(
    rig: MakeRig, clock: FakeClock, minutes: int, start: str
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    planned = plan(aws)
    down = prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))
    with pytest.raises(TransientError):
        scan_all(aws, planned)
    prod.faults.remove(down)
    clock.advance(minutes * 60)

    scan_all(aws, planned)
    aws.invoke(planned["publish"])

    report = aws.report()
    assert tenant(report, "prod")["coverage"]["from"] == start
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def test_a_checkpoint_is_complete_where_every_ledger_is(rig: MakeRig, clock: FakeClock) -> None:
    dev = simulated(clock, small(2))
    aws = rig(dev=dev, prod=simulated(clock))
    planned = aws.invoke({**CHECKPOINT, "period": "2026-10", "step": "plan"})
    aws.invoke(planned["scans"][1])

    before = aws.invoke(planned["publish"])
    aws.invoke(planned["scans"][0])
    after = aws.invoke(planned["publish"])

    assert "leanix" not in planned
    assert (before["status"], after["status"]) == ("partial", "complete")
    assert after["manifest"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"step": "scna"}, "event: step"),
        ({"action": "verify", "step": "plan"}, "verify has no steps"),
        ({"step": "scan", "tenants": ["prod"]}, "event: period is missing"),
        ({"step": "scan", "period": "2026-10"}, "event: tenants is missing"),
        (
            {"step": "publish", "period": "2026-10", "tenants": ["prod"], "scheduled_time": None},
            "event: scheduled_time is missing",
        ),
        (
            {"step": "scan", "period": "2026-10", "tenants": ["dev", "prod"]},
            "step scan takes exactly one tenant",
        ),
        (
            {"action": "checkpoint", "step": "leanix", "leanix": True},
            "leanix needs a census with leanix true or test",
        ),
        ({"step": "leanix", "leanix": False}, "leanix needs a census with leanix true or test"),
    ],
)
def test_a_step_without_what_a_plan_pins_is_refused(
    rig: MakeRig, clock: FakeClock, given: dict[str, Any], said: str
) -> None:
    aws = rig(prod=simulated(clock))

    with pytest.raises(ConfigurationError) as caught:
        aws.invoke({**SCHEDULE, **given})

    assert said in str(caught.value)
    assert aws.files() == []


def test_the_example_event_scans_one_tenant(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))

    answer = aws.invoke(event("scan.json"))

    assert answer["status"] == "complete"


def test_no_step_that_goes_on_is_logged_as_an_error_or_as_the_end_of_the_run(
    rig: MakeRig, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    aws = rig(prod=prod)
    (scan,) = plan(aws)["scans"]

    with pytest.raises(CensusIncomplete):
        aws.invoke(scan, seconds=90)

    said = [
        (one.levelname, one.getMessage()) for one in caplog.records if one.name == "iflow-census"
    ]
    assert said == [("INFO", "tenant scanned"), ("INFO", "step not finished")]


@pytest.mark.parametrize("tenants", [1, 500])
def test_what_a_state_machine_passes_on_stays_far_below_its_limit(tenants: int) -> None:
    from iflow_census.census.request import parse_event  # noqa: PLC0415 - beside its only use

    names = [f"tenant-of-a-very-long-name-{number:03}" for number in range(tenants)]

    events = parse_event({**SCHEDULE, "leanix": True}, FakeClock().now()).steps(names, leanix=True)

    assert len(json.dumps(events)) < 256 * 1024 * 0.8
