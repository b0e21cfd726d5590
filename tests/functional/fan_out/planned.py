"""A planned run, whose steps a test does one by one."""

from typing import Any

from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import Rig

PLAN = {**SCHEDULE, "step": "plan"}


def plan(aws: Rig, **asked: Any) -> dict[str, Any]:
    """The events of the steps that follow."""
    return aws.invoke({**PLAN, **asked})


def scan_all(aws: Rig, planned: dict[str, Any]) -> None:
    """Scan one tenant after the other."""
    for scan in planned["scans"]:
        aws.invoke(scan)
