"""The step that sends an inventory to LeanIX: after the report, of the current one, and once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from iflow_census.census.fan_out import NOT_SENT
from iflow_census.errors import CensusIncomplete, ConfigurationError
from tests.clock import FakeClock
from tests.functional.fan_out.planned import for_tenant, plan, scan_all
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]


def publish_prod(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> tuple[Rig, Mapping[str, Any]]:
    """Publish a report of one tenant; returns also the events of the steps."""
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)
    scan_all(aws, planned)
    aws.invoke(planned["publish"])
    return aws, planned


def test_leanix_step_needs_a_report(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)

    with pytest.raises(ConfigurationError, match="run step publish first"):
        aws.invoke(for_tenant(planned["leanix"], "prod"))

    assert workspace.runs.all() == []


def test_replaced_report_is_not_sent_to_leanix(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws, planned = publish_prod(rig, clock, workspace)
    aws.invoke({"period": "2026-10", "scheduled_time": "2026-11-01T08:00:00Z", "leanix": False})

    aws.invoke(for_tenant(planned["leanix"], "prod"))

    assert workspace.runs.all() == []


def test_leanix_step_is_retried_until_sent_once(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws, planned = publish_prod(rig, clock, workspace)
    workspace.runs.script = ["IN_PROGRESS"] * 100

    with pytest.raises(CensusIncomplete, match="has not finished prod"):
        aws.invoke(for_tenant(planned["leanix"], "prod"))
    early = aws.invoke(planned["finish"])
    unfinished = aws.manifest()["leanix"]
    workspace.runs.all()[0].steps = ["FINISHED"]
    sent = aws.invoke(for_tenant(planned["leanix"], "prod"))
    late = aws.invoke(planned["finish"])

    assert (early["status"], late["status"]) == ("partial", "complete")
    assert "IN_PROGRESS" in unfinished[0]["problem"]
    assert sent == {"sent": True, "problem": None}
    assert [run["status"] for run in aws.manifest()["leanix"]] == ["FINISHED"]
    assert len(workspace.runs.all()) == 1


def test_next_execution_repeats_a_failed_run(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws, planned = publish_prod(rig, clock, workspace)
    step = for_tenant(planned["leanix"], "prod")
    workspace.runs.script = ["FAILED"]
    failed = aws.invoke(step)
    workspace.runs.script = ["FINISHED"]

    sent = aws.invoke(step)
    finished = aws.invoke(planned["finish"])

    assert "ended with status FAILED" in failed["problem"]
    assert (sent["problem"], finished["status"]) == (None, "complete")
    assert len(workspace.runs.all()) == 2


def test_incomplete_tenant_is_not_sent_to_leanix(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws = rig(dev=simulated(clock, roles=set()), prod=simulated(clock))
    aws.configure_leanix(workspace)
    planned = plan(aws)
    aws.invoke(for_tenant(planned["scan"], "prod"))
    aws.invoke(planned["publish"])

    dev, prod = (aws.invoke(for_tenant(planned["leanix"], name)) for name in ("dev", "prod"))
    aws.invoke(planned["finish"])

    assert (dev["sent"], prod["sent"]) == (False, True)
    assert [run["tenant"] for run in aws.manifest()["leanix"]] == ["prod"]


def test_inventory_without_an_outcome_is_named_in_the_manifest(
    rig: MakeRig, clock: FakeClock, workspace: SimulatedWorkspace
) -> None:
    aws, planned = publish_prod(rig, clock, workspace)

    answer = aws.invoke(planned["finish"])

    (entry,) = aws.manifest()["leanix"]
    assert answer["status"] == "partial"
    assert (entry["tenant"], entry["status"], entry["problem"]) == ("prod", "PENDING", NOT_SENT)
