"""The plan step: who works on a run, over which tenants, and the events of the other steps."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from iflow_census.errors import ConfigurationError
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.fan_out.planned import (
    EXECUTION,
    for_tenant,
    plan,
    planned_tenants,
    scan_all,
)
from tests.functional.lambda_rig import PREFIX, Rig
from tests.functional.tenants import simulated, small
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]
WORK = "work/period=2026-10/run=20261101T003000Z/"


def test_plan_names_the_tenants_and_returns_the_events_of_the_steps(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(dev=simulated(clock), prod=simulated(clock), test=simulated(clock))

    planned = plan(aws, formats=["json"], tenants=["prod", "dev"])

    pinned = {**SCHEDULE, "period": "2026-10"}
    assert planned == {
        "plan": f"{WORK}plan.json",
        "tenants_at_once": 4,
        "scan": {**pinned, "step": "scan"},
        "publish": {**pinned, "step": "publish", "formats": ["json"]},
    }
    assert aws.json(planned["plan"])["content"] == {
        "action": "census",
        "requested": ["dev", "prod"],
        "tenants": ["dev", "prod"],
        "other_tenants": ["test"],
        "execution": EXECUTION,
    }
    assert not any(simulated.requests for simulated in aws.tenants.values())


def test_second_execution_is_a_duplicate_while_the_first_is_running(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = rig(prod=simulated(clock))
    running = {EXECUTION: True}
    monkeypatch.setattr("iflow_census.lambda_app.steps.is_execution_running", running.__getitem__)
    first = plan(aws)

    duplicate = plan(aws, execution=f"{EXECUTION}-2")
    running[EXECUTION] = False
    later = plan(aws, execution=f"{EXECUTION}-3")

    assert duplicate == {"duplicate_of": EXECUTION}
    assert later == first
    assert aws.json(first["plan"])["content"]["execution"] == f"{EXECUTION}-3"


def test_later_execution_scans_the_tenants_that_were_planned(
    rig: MakeRig, clock: FakeClock
) -> None:
    dev, prod = simulated(clock, small(2)), simulated(clock)
    aws = rig(dev=dev, prod=prod)
    planned = plan(aws)
    aws.invoke(for_tenant(planned["scan"], "prod"))
    prod.reset()
    boto3.client("secretsmanager").create_secret(Name=f"{PREFIX}/tenants/new", SecretString="{}")

    scan_all(aws, plan(aws, execution=f"{EXECUTION}-2"))
    aws.invoke(planned["publish"])

    assert planned_tenants(aws, planned) == ["dev", "prod"]
    assert prod.requests == []
    assert [tenant["status"] for tenant in aws.manifest()["tenants"]] == ["complete"] * 2


@pytest.mark.parametrize("other", [{"tenants": ["prod"]}, {"action": "checkpoint"}])
def test_run_is_not_continued_with_another_event(
    rig: MakeRig, clock: FakeClock, other: dict[str, Any]
) -> None:
    aws = rig(prod=simulated(clock))
    plan(aws, period="2026-10")

    with pytest.raises(ConfigurationError, match="it is a census of all tenants"):
        plan(aws, period="2026-10", execution=f"{EXECUTION}-2", **other)


def test_publishing_without_a_plan_names_the_way_to_make_one(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(prod=simulated(clock))

    with pytest.raises(ConfigurationError, match=r"has no plan .* start the state machine"):
        aws.invoke({**SCHEDULE, "period": "2026-10", "step": "publish"})


@pytest.mark.parametrize(("asked", "passed_on"), [(None, True), (True, True), ("test", "test")])
def test_plan_has_a_leanix_step_if_configured(
    rig: MakeRig,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    asked: object,
    passed_on: object,
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)

    planned = plan(aws, leanix=asked)

    assert (planned["leanix"]["step"], planned["finish"]["step"]) == ("leanix", "finish")
    assert planned["leanix"]["leanix"] == planned["finish"]["leanix"] == passed_on
