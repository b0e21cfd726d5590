"""Deployments on their way: task ids, how often they say DEPLOYING, and how they end.

Source: SAP OpenAPI: IntegrationContent (BuildAndDeployStatus); that a runtime artifact is not found
for a while after its deployment has been seen by clients of real tenants.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

FINISHED_TASK = "0a1b2c3d-0000-4000-8000-00000000cafe"
"""A task that ended well before any test began."""


@dataclass(slots=True)
class _Task:
    artifact: str
    finish: Callable[[str | None], bool]
    polls: int
    status: str = "DEPLOYING"


@dataclass(slots=True)
class Deployments:
    """What a test may set, and the deployments that go on.

    ``polls``: how often the status of a task is DEPLOYING. ``hidden``: how often a newly deployed
    artifact is not found by its key afterwards. ``failing``: by artifact, the error that its
    deployment ends in. ``unlicensed``: artifacts that end in FAIL_ON_LICENSE_ERROR.
    """

    polls: int = 2
    hidden: int = 1
    failing: dict[str, str] = field(default_factory=dict)
    unlicensed: set[str] = field(default_factory=set)
    _tasks: dict[str, _Task] = field(default_factory=dict)
    _hiding: dict[str, int] = field(default_factory=dict)

    def begin(self, artifact: str, finish: Callable[[str | None], bool]) -> str:
        """Return a new task's id.

        ``finish`` is called with the error, or None, when the task ends; it returns whether the
        artifact was not deployed before.
        """
        raw = secrets.token_hex(16)
        task = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
        self._tasks[task] = _Task(artifact, finish, self.polls)
        return task

    def status(self, task_id: str) -> str | None:
        """Return what a task says now, or None for one that was never begun; a look is a step."""
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
            self._hiding[task.artifact] = self.hidden
        return task.status

    def hides(self, artifact: str) -> bool:
        """Return whether a read of this runtime artifact finds nothing yet; a look is a step."""
        left = self._hiding.get(artifact, 0)
        if left:
            self._hiding[artifact] = left - 1
        return left > 0
