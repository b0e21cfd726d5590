"""Log levels of the simulated tenant: what an iFlow does not log, and since when."""

import pytest

from tests.simulators.cloud_integration import (
    Landscape,
    LogArtifact,
    MessageLog,
    set_log_level,
)

FLOW = LogArtifact("flow", "Flow", "p", "P")
OTHER = LogArtifact("other", "Other", "p", "P")
LANDSCAPE = Landscape(
    "dev",
    messages=(
        MessageLog("1", FLOW, "COMPLETED", 100, 110),
        MessageLog("2", FLOW, "FAILED", 200, 210),
        MessageLog("3", FLOW, "COMPLETED", 300, 310),
        MessageLog("4", FLOW, "RETRY", 400, None),
        MessageLog("5", OTHER, "COMPLETED", 300, 310),
        MessageLog("6", None, "PROCESSING", None, None),
    ),
)


def guids(logs: tuple[MessageLog, ...]) -> str:
    return "".join(log.guid for log in logs)


@pytest.mark.parametrize(
    ("level", "since", "logged", "hidden"),
    [
        ("ERROR", None, "2456", "13"),
        ("ERROR", 250, "12456", "3"),
        ("NONE", None, "56", "1234"),
        ("NONE", 400, "12356", "4"),
        ("TRACE", None, "123456", ""),
    ],
)
def test_log_level_hides_executions(
    level: str, since: int | None, logged: str, hidden: str
) -> None:
    landscape = set_log_level(LANDSCAPE, "flow", level, since=since)

    assert (guids(landscape.messages), guids(landscape.hidden)) == (logged, hidden)


def test_each_log_has_the_level_at_which_it_was_written() -> None:
    landscape = set_log_level(LANDSCAPE, "flow", "ERROR", since=250)

    levels = {log.guid: log.artifact.log_level for log in landscape.messages if log.artifact}
    assert levels == {"1": "INFO", "2": "INFO", "4": "ERROR", "5": "INFO"}
