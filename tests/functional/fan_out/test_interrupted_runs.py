"""Runs whose Lambda dies, and runs that are started twice."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from iflow_census.census.run import NO_RESULT
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.fan_out.machine import Crashed, Machine
from tests.functional.fan_out.planned import EXECUTION, plan
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.leanix import SimulatedWorkspace

MakeMachine = Callable[..., Machine]


def test_crashed_scan_is_reported(
    machine: MakeMachine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise Crashed

    fan_out = machine(dev=simulated(clock, small(2)), prod=simulated(clock))
    monkeypatch.setattr("app.scan_step", crash)

    ended = fan_out.run(SCHEDULE)

    assert (ended.status, ended.error) == ("FAILED", "CensusIncomplete")
    assert [tenant["error"] for tenant in fan_out.rig.report()["tenants"]] == [NO_RESULT] * 2
    for name in ("dev", "prod"):
        errors = [invocation.error for invocation in fan_out.of("scan", name)]
        assert errors == ["Runtime.ExitError"] * 3


@pytest.mark.parametrize("step", ["plan_step", "scan_step", "publish_scans", "finish_run"])
def test_lambda_that_dies_once_is_retried(
    machine: MakeMachine,
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    fan_out = machine(prod=simulated(clock))
    fan_out.rig.configure_leanix(workspace)
    crashes = iter([True])
    original = getattr(importlib.import_module("app"), step)

    def crash_once(*arguments: Any, **options: Any) -> Any:
        if next(crashes, False):
            raise Crashed
        return original(*arguments, **options)

    monkeypatch.setattr(f"app.{step}", crash_once)

    ended = fan_out.run(SCHEDULE)

    assert ended.status == "SUCCEEDED"
    assert fan_out.waits == [30]
    assert [run["status"] for run in fan_out.rig.manifest()["leanix"]] == ["FINISHED"]


def test_second_execution_ends_as_a_duplicate_of_a_running_one(
    machine: MakeMachine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan_out = machine(prod=simulated(clock))
    plan(fan_out.rig)
    monkeypatch.setattr("iflow_census.lambda_app.steps.is_execution_running", lambda _: True)

    ended = fan_out.run(SCHEDULE)

    assert (ended.status, ended.output) == ("SUCCEEDED", {"duplicate_of": EXECUTION})
    assert fan_out.rig.tenants["prod"].requests == []


def test_execution_continues_where_another_has_ended(
    machine: MakeMachine, clock: FakeClock
) -> None:
    dev = simulated(clock, small(2))
    fan_out = machine(dev=dev, prod=simulated(clock))
    down = dev.faults.add(Fault(FaultKind.FORBIDDEN, family="design-time"))
    first = fan_out.run(SCHEDULE)
    dev.faults.remove(down)
    fan_out.rig.tenants["prod"].reset()

    second = fan_out.run(SCHEDULE)

    assert (first.status, second.status) == ("FAILED", "SUCCEEDED")
    assert fan_out.rig.tenants["prod"].requests == []
