"""A census by the state machine: all goes well, a tenant fails, one or LeanIX takes long."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from iflow_census.lambda_app.wiring import LEANIX_STEP_SECONDS
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.fan_out.machine import Machine
from tests.functional.mailbox import Mailbox
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.leanix import SimulatedWorkspace

MakeMachine = Callable[..., Machine]
MANIFEST = "reports/period=2026-10/manifest.json"


def test_all_tenants_are_scanned_and_one_report_is_published(
    machine: MakeMachine, clock: FakeClock
) -> None:
    fan_out = machine(
        dev=simulated(clock, small(2)), prod=simulated(clock), test=simulated(clock, small(3))
    )

    ended = fan_out.run(SCHEDULE)

    aws = fan_out.rig
    assert (ended.status, ended.error) == ("SUCCEEDED", None)
    assert ended.output == {
        "status": "complete",
        "manifest": f"s3://iflow-census-reports/{MANIFEST}",
    }
    assert aws.versions(MANIFEST) == 1
    assert aws.manifest()["run_id"] == "20261101T003000Z"
    report = aws.report()
    assert report["run"]["status"] == "complete"
    for name, simulated_tenant in aws.tenants.items():
        truth = covered_truth(simulated_tenant, report)
        assert differences(of_tenant(report, name), truth, usage=False) == []
    steps = Counter(invocation.event["step"] for invocation in fan_out.invocations)
    assert steps == {"plan": 1, "scan": 3, "publish": 1}


def test_same_input_again_repeats_nothing(machine: MakeMachine, clock: FakeClock) -> None:
    fan_out = machine(prod=simulated(clock))
    first = fan_out.run(SCHEDULE)
    fan_out.rig.tenants["prod"].reset()

    second = fan_out.run(SCHEDULE)

    assert second == first
    assert fan_out.rig.tenants["prod"].requests == []
    assert fan_out.rig.versions(MANIFEST) == 1


def test_input_reaches_every_step(machine: MakeMachine, clock: FakeClock) -> None:
    fan_out = machine(dev=simulated(clock, small(2)), prod=simulated(clock))

    ended = fan_out.run({**SCHEDULE, "tenants": ["prod"], "formats": ["classic-csv", "json"]})

    # The report is published, but no run of the month has scanned the other tenant.
    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert [file["format"] for file in fan_out.rig.manifest()["files"]] == ["classic-csv", "json"]
    assert {row["tenant"] for row in fan_out.rig.report()["iflows"]} == {"prod"}
    assert fan_out.rig.tenants["dev"].requests == []
    assert {invocation.event["execution_id"] for invocation in fan_out.invocations} == {
        SCHEDULE["execution_id"]
    }


def test_plan_fixes_the_run_of_all_steps(machine: MakeMachine, clock: FakeClock) -> None:
    fan_out = machine(prod=simulated(clock))

    ended = fan_out.run({"period": "2026-10"})

    assert ended.status == "SUCCEEDED"
    times = {invocation.event.get("scheduled_time") for invocation in fan_out.invocations}
    assert times == {None, "2026-11-01T00:30:00Z"}


def test_failed_tenant_fails_the_execution_after_the_others(
    machine: MakeMachine, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    dev = simulated(clock, small(2), roles={"WorkspacePackagesRead"})
    fan_out = machine(dev=dev, prod=simulated(clock))
    fan_out.rig.configure_leanix(workspace)

    ended = fan_out.run(SCHEDULE)

    aws = fan_out.rig
    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert "manifest" in (ended.cause or "")
    assert aws.manifest()["status"] == "partial"
    report = aws.report()
    assert tenant(report, "dev")["status"] == "failed"
    assert "lacks the role" in tenant(report, "dev")["error"]
    assert of_tenant(report, "dev") == []
    truth = covered_truth(aws.tenants["prod"], {"tenants": [tenant(report, "prod")]})
    assert differences(of_tenant(report, "prod"), truth, usage=False) == []
    assert [run["tenant"] for run in aws.manifest()["leanix"]] == ["prod"]
    # A role that is missing will be missing in a minute as well.
    assert [invocation.error for invocation in fan_out.of("scan", "dev")] == ["AccessError"]


def test_failed_scan_is_retried_after_30_and_60_seconds(
    machine: MakeMachine, clock: FakeClock
) -> None:
    dev = simulated(clock, small(2))
    dev.faults.add(Fault(FaultKind.UNAVAILABLE, family="design-time"))
    fan_out = machine(dev=dev)

    ended = fan_out.run(SCHEDULE)

    assert ended.status == "FAILED"
    assert [invocation.error for invocation in fan_out.of("scan", "dev")] == ["TransientError"] * 3
    assert fan_out.waits == [30, 60]
    assert "HTTP 503" in tenant(fan_out.rig.report(), "dev")["error"]


def test_contradiction_is_retried_twice(machine: MakeMachine, clock: FakeClock) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.WRONG_COUNT))
    fan_out = machine(prod=prod)

    ended = fan_out.run(SCHEDULE)

    assert ended.status == "FAILED"
    assert [invocation.error for invocation in fan_out.of("scan")] == ["DataError"] * 3
    assert fan_out.waits == [30, 60]
    assert "incomplete list" in tenant(fan_out.rig.report(), "prod")["error"]


def test_failed_tenant_keeps_rows_of_an_earlier_run(machine: MakeMachine, clock: FakeClock) -> None:
    dev = simulated(clock)
    fan_out = machine(dev=dev)
    fan_out.run(SCHEDULE)
    before = fan_out.rig.report()
    clock.advance(86400)
    dev.roles.clear()

    ended = fan_out.run({"period": "2026-10"})

    report = fan_out.rig.report()
    assert ended.status == "FAILED"
    assert report["iflows"] == before["iflows"]
    assert tenant(report, "dev")["status"] == "partial"
    assert tenant(report, "dev")["scanned_at"] == tenant(before, "dev")["scanned_at"]


def test_three_rounds_repeat_no_request(machine: MakeMachine, clock: FakeClock) -> None:
    prod = simulated(clock)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(6)))
    fan_out = machine(dev=simulated(clock, small(2)), prod=prod)
    fan_out.seconds = 90

    ended = fan_out.run(SCHEDULE)

    rounds = fan_out.of("scan", "prod")
    assert ended.status == "SUCCEEDED"
    assert len(rounds) >= 3
    assert [invocation.error for invocation in rounds] == ["CensusIncomplete"] * (
        len(rounds) - 1
    ) + [None]
    asked = Counter(target for target in prod.stats()["finished"] if "oauth" not in target)
    # A few were under way whenever the time was up, and were answered to nobody. Without a journal,
    # each round would repeat all requests of the rounds before.
    repeated = sum(times - 1 for times in asked.values())
    assert repeated <= 3 * (len(rounds) - 1)
    report = fan_out.rig.report()
    truth = covered_truth(prod, {"tenants": [tenant(report, "prod")]})
    assert differences(of_tenant(report, "prod"), truth, usage=False) == []
    assert fan_out.rig.versions(MANIFEST) == 1


def test_endless_scan_is_abandoned_and_reported(machine: MakeMachine, clock: FakeClock) -> None:
    fan_out = machine(prod=simulated(clock))
    fan_out.seconds = 60

    ended = fan_out.run(SCHEDULE)

    assert ended.status == "FAILED"
    assert [invocation.error for invocation in fan_out.of("scan")] == ["CensusIncomplete"] * 8
    found = tenant(fan_out.rig.report(), "prod")
    assert found["status"] == "partial"
    assert "the time of this run is used up" in found["error"]


def test_state_machine_waits_for_leanix(
    machine: MakeMachine, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    fan_out = machine(dev=simulated(clock, small(2)), prod=simulated(clock))
    fan_out.rig.configure_leanix(workspace)
    workspace.runs.script = ["IN_PROGRESS"] * 12 + ["FINISHED"]

    ended = fan_out.run(SCHEDULE)

    looks = fan_out.of("leanix")
    assert ended.status == "SUCCEEDED"
    for name in ("dev", "prod"):
        *waiting, last = [invocation.error for invocation in fan_out.of("leanix", name)]
        assert waiting
        assert set(waiting) == {"CensusIncomplete"}
        assert last is None
    assert all(
        invocation.ended - invocation.began < 3 * LEANIX_STEP_SECONDS for invocation in looks
    )
    assert min(fan_out.waits) == 30
    assert [run["status"] for run in fan_out.rig.manifest()["leanix"]] == ["FINISHED"] * 2
    assert len(workspace.runs.all()) == 2


@pytest.mark.usefixtures("_notice_topic")
@pytest.mark.parametrize("leanix", [True, False])
def test_notices_report_the_census_then_the_leanix_failure(
    machine: MakeMachine,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    leanix: bool,
) -> None:
    fan_out = machine(dev=simulated(clock, small(2), roles=set()), test=simulated(clock))
    fan_out.rig.configure_leanix(workspace)
    mailbox = Mailbox()

    fan_out.run({**SCHEDULE, "leanix": leanix})

    notices = [text for _, text in mailbox.notices()]
    assert ["lacks the role" in text for text in notices] == [True] * (1 + leanix)
    assert ["leanix setup test" in text for text in notices] == [False, True][: 1 + leanix]


def test_run_that_leanix_never_finishes_fails_the_execution(
    machine: MakeMachine, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    fan_out = machine(prod=simulated(clock))
    fan_out.rig.configure_leanix(workspace)
    workspace.runs.script = ["IN_PROGRESS"] * 1000

    ended = fan_out.run(SCHEDULE)

    (entry,) = fan_out.rig.manifest()["leanix"]
    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert fan_out.rig.manifest()["status"] == "complete"
    assert (entry["status"], len(workspace.runs.all())) == ("PENDING", 1)
    assert "is still IN_PROGRESS" in entry["problem"]
    assert {invocation.error for invocation in fan_out.of("leanix")} == {"CensusIncomplete"}


def test_rejected_inventory_is_recorded_and_not_resent(
    machine: MakeMachine, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    fan_out = machine(test=simulated(clock))
    fan_out.rig.configure_leanix(workspace)

    ended = fan_out.run(SCHEDULE)

    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert fan_out.rig.manifest()["status"] == "complete"
    assert "leanix setup test" in fan_out.rig.manifest()["leanix"][0]["problem"]
    assert len(fan_out.of("leanix")) == 1


def test_failed_plan_says_what_to_fix(machine: MakeMachine, clock: FakeClock) -> None:
    fan_out = machine(prod=simulated(clock))

    ended = fan_out.run({**SCHEDULE, "tenants": ["nobody"]})

    assert (ended.status, ended.error) == ("FAILED", "ConfigurationError")
    message = json.loads(ended.cause or "")["errorMessage"]
    assert message == "unknown tenant 'nobody'; known tenants: prod"
    assert fan_out.rig.files() == []


def test_checkpoint_counts_every_tenant_and_publishes_nothing(
    machine: MakeMachine, clock: FakeClock
) -> None:
    fan_out = machine(dev=simulated(clock, small(2)), prod=simulated(clock))

    ended = fan_out.run({**CHECKPOINT, "period": "2026-10"})

    assert ended.status == "SUCCEEDED"
    assert ended.output == {"status": "complete", "manifest": None}
    written = fan_out.rig.files()
    assert [key for key in written if key.startswith("ledger/")] == [
        f"ledger/period=2026-10/{name}.json" for name in ("dev", "prod")
    ]
    assert [key for key in written if key.startswith("reports/")] == []


def test_checkpoint_without_a_tenant_fails_the_execution(
    machine: MakeMachine, clock: FakeClock
) -> None:
    dev = simulated(clock, small(2), roles=set())
    fan_out = machine(dev=dev, prod=simulated(clock))

    ended = fan_out.run({**CHECKPOINT, "period": "2026-10"})

    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert "ledger/period=2026-10/prod.json" in fan_out.rig.files()
