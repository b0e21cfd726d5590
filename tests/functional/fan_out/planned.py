"""A planned run, whose steps a test does one by one."""

from collections.abc import Mapping
from typing import Any

from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import Rig

EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:iflow-census-fan-out:first"
PLAN = {**SCHEDULE, "step": "plan", "execution": EXECUTION}


def plan(aws: Rig, **asked: Any) -> dict[str, Any]:
    """The events of the steps that follow."""
    return aws.invoke({**PLAN, **asked})


def planned_tenants(aws: Rig, planned: Mapping[str, Any]) -> list[str]:
    """The names that the distributed maps read."""
    names: list[str] = aws.json(planned["plan"])["content"]["tenants"]
    return names


def for_tenant(event: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    """The event of a step that is for one tenant, as the state machine makes it."""
    return {**event, "tenants": [tenant]}


def scan_all(aws: Rig, planned: Mapping[str, Any]) -> None:
    """Scan one tenant after the other."""
    for tenant in planned_tenants(aws, planned):
        aws.invoke(for_tenant(planned["scan"], tenant))
