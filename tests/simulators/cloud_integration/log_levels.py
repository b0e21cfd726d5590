"""Log levels: which executions of an iFlow leave a log.

Source: SAP Help, "Setting Log Levels": at ERROR only failed executions are logged, at NONE none.
"""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.cloud_integration.landscape import Landscape, MessageLog

LOGGED_AT_ERROR = frozenset({"FAILED", "RETRY", "ESCALATED"})
"""The statuses of executions in which something failed."""


def set_log_level(
    landscape: Landscape, iflow_id: str, level: str, *, since: int | None = None
) -> Landscape:
    """Return the landscape as it is if an iFlow runs at a log level.

    Its executions stay the same. Those that leave no log are in ``hidden``.

    Args:
        landscape: with all its executions in ``messages``.
        iflow_id: the iFlow.
        level: NONE, ERROR, INFO, DEBUG or TRACE.
        since: when the level was set, in milliseconds; None: before the first execution.
    """
    logged, hidden = [], list(landscape.hidden)
    for log in landscape.messages:
        if log.artifact is None or log.artifact.id != iflow_id or _is_before(log, since):
            logged.append(log)
        elif level == "NONE" or (level == "ERROR" and log.status not in LOGGED_AT_ERROR):
            hidden.append(log)
        else:
            logged.append(log._replace(artifact=log.artifact._replace(log_level=level)))
    return replace(landscape, messages=tuple(logged), hidden=tuple(hidden))


def _is_before(log: MessageLog, since: int | None) -> bool:
    return since is not None and log.start is not None and log.start < since
