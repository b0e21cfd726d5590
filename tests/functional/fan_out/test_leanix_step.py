"""The step that tells LeanIX: after the report, of the report that stands, and once."""

from collections.abc import Callable

import pytest

from iflow_census.errors import CensusIncomplete, ConfigurationError
from tests.clock import FakeClock
from tests.functional.fan_out.planned import plan, scan_all
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]


def test_leanix_step_needs_a_report(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)

    with pytest.raises(ConfigurationError, match="run step publish first"):
        aws.invoke(planned["leanix"])

    assert workspace.runs.all() == []


def test_replaced_report_is_not_sent_to_leanix(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)
    scan_all(aws, planned)
    aws.invoke(planned["publish"])
    aws.invoke({"period": "2026-10", "scheduled_time": "2026-11-01T08:00:00Z", "leanix": False})

    aws.invoke(planned["leanix"])

    assert workspace.runs.all() == []


def test_leanix_step_is_retried_until_sent_once(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)
    scan_all(aws, planned)
    aws.invoke(planned["publish"])
    workspace.runs.script = ["IN_PROGRESS"] * 100

    with pytest.raises(CensusIncomplete, match="has not finished prod"):
        aws.invoke(planned["leanix"])
    assert "IN_PROGRESS" in aws.manifest()["leanix"][0]["problem"]
    workspace.runs.all()[0].steps = ["FINISHED"]
    answer = aws.invoke(planned["leanix"])

    assert answer["status"] == "complete"
    assert len(workspace.runs.all()) == 1
