"""Deployments in progress: task ids, how long they stay DEPLOYING, and how they end.

Source: SAP OpenAPI: IntegrationContent (BuildAndDeployStatus). On real tenants, a runtime artifact
is not found for a while after its deployment.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

FINISHED_TASK = "0a1b2c3d-0000-4000-8000-00000000cafe"
"""A task that ended successfully before the test."""


@dataclass(slots=True)
class _Task:
    artifact: str
    finish: Callable[[str | None], bool]
    polls: int
    status: str = "DEPLOYING"


@dataclass(slots=True)
class Deployments:
    """The deployments in progress; a test may change the other attributes.

    ``polls``: how often the status of a task is DEPLOYING. ``hidden``: how often a new artifact is
    not found afterwards. ``failing``: errors of failing deployments, by artifact. ``unlicensed``:
    artifacts whose deployment ends with FAIL_ON_LICENSE_ERROR.
    """

    polls: int = 2
    hidden: int = 1
    failing: dict[str, str] = field(default_factory=dict)
    unlicensed: set[str] = field(default_factory=set)
    _tasks: dict[str, _Task] = field(default_factory=dict)
    _hidden_reads: dict[str, int] = field(default_factory=dict)

    def start(self, artifact: str, finish: Callable[[str | None], bool]) -> str:
        """Start a deployment, and return the task id.

        ``finish`` is called with the error, or None, when the task ends; it returns whether the
        artifact was not deployed before.
        """
        raw = secrets.token_hex(16)
        task = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
        self._tasks[task] = _Task(artifact, finish, self.polls)
        return task

    def status(self, task_id: str) -> str | None:
        """Return the status of a task, None if unknown; each call is one step of its progress."""
        task = self._tasks.get(task_id)
        if task_id == FINISHED_TASK:
            return "SUCCESS"
        if task is None:
            return None
        if task.status != "DEPLOYING":
            return task.status
        if task.polls > 0:
            task.polls -= 1
            return task.status
        if task.artifact in self.unlicensed:
            task.status = "FAIL_ON_LICENSE_ERROR"
            return task.status
        error = self.failing.get(task.artifact)
        task.status = "SUCCESS" if error is None else "FAIL"
        if task.finish(error):
            self._hidden_reads[task.artifact] = self.hidden
        return task.status

    def is_hidden(self, artifact: str) -> bool:
        """Return whether a runtime artifact is not found yet; each call is one step."""
        remaining = self._hidden_reads.get(artifact, 0)
        if remaining:
            self._hidden_reads[artifact] = remaining - 1
        return remaining > 0
