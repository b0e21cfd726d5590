"""The steps one by one, through the real handler: what each answers, raises and leaves behind."""

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
from tests.functional.fan_out.planned import (
    EXECUTION,
    PLAN,
    for_tenant,
    plan,
    scan_all,
)
from tests.functional.lambda_rig import PREFIX, Rig
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]
WORK = "work/period=2026-10/run=20261101T003000Z/"


def test_scan_returns_figures_and_publishes_nothing(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)

    answer = aws.invoke(for_tenant(planned["scan"], "prod"))

    summary = {"name", "status", "iflows", "messages", "coverage", "carried_over", "error"}
    assert answer.keys() == summary
    assert (answer["name"], answer["status"]) == ("prod", "complete")
    assert answer["iflows"] > 0
    assert aws.tenants["dev"].requests == []
    assert not any(key.startswith("reports/") for key in aws.files())


def test_scan_reads_only_the_key_of_its_tenant(
    rig: MakeRig, clock: FakeClock, secret_requests: list[tuple[str, str | None]]
) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    secret_requests.clear()

    aws.invoke(for_tenant(planned["scan"], "prod"))

    assert secret_requests == [("GetSecretValue", f"{PREFIX}/tenants/prod")]


def test_other_steps_read_no_tenant_key(
    rig: MakeRig,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    secret_requests: list[tuple[str, str | None]],
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    secret_requests.clear()
    planned = plan(aws)
    scan_all(aws, planned)
    aws.invoke(planned["publish"])
    aws.invoke(for_tenant(planned["leanix"], "prod"))

    read = [secret for name, secret in secret_requests if name == "GetSecretValue"]

    assert read.count(f"{PREFIX}/tenants/prod") == 1
    assert {name for name, _ in secret_requests} == {"GetSecretValue", "ListSecrets"}


def test_stopped_scan_can_be_resumed(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    aws = rig(prod=prod)
    scan = for_tenant(plan(aws)["scan"], "prod")

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
def test_scan_error_has_the_name_of_its_base_class(
    rig: MakeRig, clock: FakeClock, fault: FaultKind, kind: type[CensusError]
) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(fault, family="design-time"))
    aws = rig(prod=prod)
    scan = for_tenant(plan(aws)["scan"], "prod")

    with pytest.raises(kind) as caught:
        aws.invoke(scan)

    assert type(caught.value) is kind
    assert aws.json(f"{WORK}failed/prod.json")["content"]["error"] == str(caught.value)


def test_report_can_be_published_again(rig: MakeRig, clock: FakeClock) -> None:
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


def test_report_names_a_tenant_without_a_scan(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    aws.invoke(for_tenant(planned["scan"], "prod"))

    answer = aws.invoke(planned["publish"])

    assert answer["status"] == aws.manifest()["status"] == "partial"
    assert tenant(aws.report(), "dev")["status"] == "failed"
    assert "ended without a result" in tenant(aws.report(), "dev")["error"]


def test_later_success_replaces_a_stored_failure(rig: MakeRig, clock: FakeClock) -> None:
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


def test_tenant_removed_after_the_plan_fails_alone(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    planned = plan(aws)
    boto3.client("secretsmanager").delete_secret(
        SecretId=f"{PREFIX}/tenants/dev", ForceDeleteWithoutRecovery=True
    )

    with pytest.raises(ConfigurationError, match="tenants/dev: does not exist anymore"):
        aws.invoke(for_tenant(planned["scan"], "dev"))
    aws.invoke(for_tenant(planned["scan"], "prod"))
    aws.invoke(planned["publish"])

    assert tenant(aws.report(), "prod")["status"] == "complete"
    assert "does not exist anymore" in tenant(aws.report(), "dev")["error"]


def test_waiting_tenant_counts_from_its_first_attempt(rig: MakeRig, clock: FakeClock) -> None:
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
def test_late_tenant_counts_the_windows_it_names(
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


def test_checkpoint_is_complete_if_every_ledger_is(rig: MakeRig, clock: FakeClock) -> None:
    dev = simulated(clock, small(2))
    aws = rig(dev=dev, prod=simulated(clock))
    planned = aws.invoke({**PLAN, **CHECKPOINT, "period": "2026-10"})
    aws.invoke(for_tenant(planned["scan"], "prod"))

    before = aws.invoke(planned["publish"])
    aws.invoke(for_tenant(planned["scan"], "dev"))
    after = aws.invoke(planned["publish"])

    assert "leanix" not in planned
    assert (before["status"], after["status"]) == ("partial", "complete")
    assert after["manifest"] is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"step": "scna"}, "event: step"),
        ({"action": "verify", "step": "plan", "execution": EXECUTION}, "verify has no steps"),
        ({"step": "scan", "tenants": ["prod"]}, "event: period is missing"),
        ({"step": "scan", "period": "2026-10"}, "step scan takes exactly one tenant"),
        (
            {"step": "publish", "period": "2026-10", "scheduled_time": None},
            "event: scheduled_time is missing",
        ),
        (
            {"step": "publish", "period": "2026-10", "tenants": ["prod"]},
            "step publish takes those of the plan",
        ),
        (
            {"step": "scan", "period": "2026-10", "tenants": ["dev", "prod"]},
            "step scan takes exactly one tenant",
        ),
        (
            {"action": "checkpoint", "step": "leanix", "leanix": True},
            "leanix needs a census with leanix true or test",
        ),
        ({"step": "finish", "leanix": False}, "finish needs a census with leanix true or test"),
        ({"step": "plan"}, "event: execution: step plan needs it"),
        ({"execution": EXECUTION}, "nothing else takes it"),
    ],
)
def test_step_without_the_keys_of_a_plan_is_rejected(
    rig: MakeRig, clock: FakeClock, given: dict[str, Any], message: str
) -> None:
    aws = rig(prod=simulated(clock))

    with pytest.raises(ConfigurationError) as caught:
        aws.invoke({**SCHEDULE, **given})

    assert message in str(caught.value)
    assert aws.files() == []


def test_example_event_scans_one_tenant(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))

    answer = aws.invoke(event("scan.json"))

    assert answer["status"] == "complete"


def test_unfinished_step_is_not_logged_as_an_error(
    rig: MakeRig, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2)))
    aws = rig(prod=prod)
    scan = for_tenant(plan(aws)["scan"], "prod")

    with pytest.raises(CensusIncomplete):
        aws.invoke(scan, seconds=90)

    message = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "iflow-census"
    ]
    assert message == [("INFO", "tenant scanned"), ("INFO", "step not finished")]
