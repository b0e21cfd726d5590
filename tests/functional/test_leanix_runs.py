"""The census and LeanIX: one run per complete tenant, started once, its words kept."""

import json
from collections.abc import Callable
from contextlib import suppress

import pytest

from iflow_census.errors import CensusIncomplete, ConfigurationError
from iflow_census.leanix.settings import parse_leanix_settings
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.leanix.conftest import set_up
from tests.functional.mailbox import Mailbox
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.leanix import Fault as LeanixFault
from tests.simulators.leanix import FaultKind as LeanixFaultKind
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]
FOLDER = "work/period=2026-10/run=20261101T003000Z/leanix/prod/"


def runs_created(workspace: SimulatedWorkspace) -> int:
    return len(workspace.runs.all())


def test_each_tenant_is_a_run_and_each_iflow_a_fact_sheet(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    aws.configure_leanix(workspace)
    decided = next(iter(aws.tenants["prod"].landscape.iflows)).id
    aws.write("annotations.csv", f"tenant,iflow_id,decision\nprod,{decided},watch\n".encode())

    result = aws.invoke(SCHEDULE)

    rows = aws.report()["iflows"]
    fact_sheet = workspace.inventory.find(f"sap-ci:prod:{decided}")
    assert fact_sheet is not None
    assert fact_sheet.fields["description"].endswith("Decision: watch")
    assert [run["tenant"] for run in result["leanix"]] == ["dev", "prod"]
    assert {run["status"] for run in result["leanix"]} == {"FINISHED"}
    assert sum(run["created"] for run in result["leanix"]) >= len(rows)
    assert len(workspace.inventory.active("Interface")) == len(rows)
    assert aws.manifest()["leanix"] == result["leanix"]
    assert [key for key in aws.files() if key.startswith(FOLDER)] == [
        f"{FOLDER}{name}.json" for name in ("lease", "outcome", "run", "stats", "warnings")
    ]


def test_repeated_event_starts_no_second_leanix_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    first = aws.invoke(SCHEDULE)

    second = aws.invoke(SCHEDULE)

    assert second["leanix"] == first["leanix"]
    assert runs_created(workspace) == 1


def test_concurrent_deliveries_start_one_leanix_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    def deliver() -> str:
        try:
            return str(aws.invoke(SCHEDULE)["status"])
        except CensusIncomplete as incomplete:
            return str(json.loads(str(incomplete))["leanix"][0]["problem"])

    outcomes = set(aws.at_once(deliver))

    assert outcomes <= {"complete", "another delivery of the same event is sending it"}
    assert runs_created(workspace) == 1


def test_second_census_of_a_month_creates_no_fact_sheet(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    aws.invoke(SCHEDULE)
    before = len(workspace.inventory.active("Interface"))

    result = aws.invoke({"period": "2026-10", "scheduled_time": "2026-11-01T08:00:00Z"})

    assert result["leanix"][0]["created"] == 0
    assert len(workspace.inventory.active("Interface")) == before


def test_retry_sends_what_leanix_missed(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    workspace.faults.add(LeanixFault(LeanixFaultKind.UNAVAILABLE))

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)

    result = json.loads(str(caught.value))
    assert aws.manifest()["status"] == "complete"
    assert result["status"] == "partial"
    assert "503" in result["leanix"][0]["problem"]
    workspace.faults.clear()
    aws.tenants["prod"].reset()
    clock.advance(60)
    assert aws.invoke(SCHEDULE)["leanix"][0]["status"] == "FINISHED"
    assert aws.tenants["prod"].requests == []


def test_redelivery_repeats_a_failed_leanix_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    workspace.runs.script = ["FAILED"]
    with pytest.raises(CensusIncomplete, match="ended with status FAILED"):
        aws.invoke(SCHEDULE)
    workspace.runs.script = ["FINISHED"]

    healed = aws.invoke(SCHEDULE)
    again = aws.invoke(SCHEDULE)

    assert healed["leanix"][0]["status"] == "FINISHED"
    assert again["leanix"] == healed["leanix"]
    assert runs_created(workspace) == 2


def test_dry_run_of_full_mode_is_kept_and_named_in_the_manifest(
    rig: MakeRig,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = '{"mode": "full", "tag_group": "Tenants"}'
    monkeypatch.setenv("IFLOW_CENSUS_LEANIX_SETTINGS", settings)
    set_up(workspace, parse_leanix_settings(settings, source="test"))
    workspace.inventory.tag_groups["Tenants"] = set()
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    result = aws.invoke(SCHEDULE)

    (entry,) = aws.manifest()["leanix"]
    dry_run, run = workspace.runs.all()
    assert entry == result["leanix"][0]
    assert (entry["run_id"], entry["dry_run"]["run_id"]) == (run.id, dry_run.id)
    assert entry["dry_run"]["deleted"] == 0
    assert entry["dry_run"]["evidence"] == f"{FOLDER}dry-run/"
    assert {f"{FOLDER}dry-run/{name}.json" for name in ("stats", "warnings", "outcome")} <= set(
        aws.files()
    )


def test_retry_resumes_an_unfinished_leanix_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    workspace.runs.script = ["IN_PROGRESS"] * 400

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE, seconds=200)

    assert "time" in json.loads(str(caught.value))["leanix"][0]["problem"]
    workspace.runs.all()[0].steps = ["FINISHED"]
    result = aws.invoke(SCHEDULE)
    assert result["leanix"][0]["status"] == "FINISHED"
    assert runs_created(workspace) == 1


def test_failed_tenant_is_not_sent(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    dev = simulated(clock, small(2))
    aws = rig(dev=dev, prod=simulated(clock))
    aws.configure_leanix(workspace)
    dev.faults.add(Fault(FaultKind.SERVER_ERROR, family="design-time"))

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)

    assert [run["tenant"] for run in json.loads(str(caught.value))["leanix"]] == ["prod"]


def test_dry_run_changes_nothing(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    result = aws.invoke({**SCHEDULE, "leanix": "test"})

    assert result["leanix"][0]["test"] is True
    assert workspace.inventory.active("Interface") == []


def test_leanix_can_be_skipped_for_one_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    result = aws.invoke({**SCHEDULE, "leanix": False})

    assert result["leanix"] == []
    assert workspace.requests == []


def test_requesting_leanix_without_a_secret_is_an_error(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))

    with pytest.raises(ConfigurationError, match="store the secret 'iflow-census/leanix'"):
        aws.invoke({**SCHEDULE, "leanix": True})


@pytest.mark.usefixtures("_notice_topic")
def test_leanix_failure_and_recovery_are_both_notified(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    mailbox = Mailbox()
    workspace.faults.add(LeanixFault(LeanixFaultKind.UNAVAILABLE))

    for _ in range(2):
        with pytest.raises(CensusIncomplete):
            aws.invoke(SCHEDULE)
        clock.advance(60)
    workspace.faults.clear()
    aws.invoke(SCHEDULE)

    (first, trouble), (second, text) = mailbox.notices()
    assert first == "iFlow census 2026-10: complete, but LeanIX failed: prod"
    assert "503" in trouble
    assert second == "iFlow census 2026-10: 1 tenant, complete"
    assert "prod: 19 iFlows" in text
    assert "LeanIX" not in text


@pytest.mark.usefixtures("_notice_topic")
def test_concurrent_deliveries_send_one_leanix_notice(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    mailbox = Mailbox()

    def deliver() -> None:
        with suppress(CensusIncomplete):
            aws.invoke(SCHEDULE)

    aws.at_once(deliver)

    assert [subject for subject, _ in mailbox.notices()] == [
        "iFlow census 2026-10: 1 tenant, complete"
    ]
