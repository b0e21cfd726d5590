"""Deployments and undeployments in progress: how long they take, and how they end.

Source: SAP OpenAPI: IntegrationContent (BuildAndDeployStatus; an undeployment is accepted with
202). On real tenants, a runtime artifact is not found for a while after its deployment, and is
found with the status STOPPING for a while after its undeployment.
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
class _Removal:
    finish: Callable[[], None]
    reads: int


@dataclass(slots=True)
class Deployments:
    """The deployments in progress; a test may change the other attributes.

    ``polls``: how often the status of a task is DEPLOYING. ``hidden``: how often a new artifact is
    not found afterwards. ``failing``: errors of failing deployments, by artifact. ``unlicensed``:
    artifacts whose deployment ends with FAIL_ON_LICENSE_ERROR. ``stopping``: how often an
    undeployed artifact is still found.
    """

    polls: int = 2
    hidden: int = 1
    stopping: int = 1
    failing: dict[str, str] = field(default_factory=dict)
    unlicensed: set[str] = field(default_factory=set)
    _tasks: dict[str, _Task] = field(default_factory=dict)
    _hidden_reads: dict[str, int] = field(default_factory=dict)
    _removals: dict[str, _Removal] = field(default_factory=dict)

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
        self._removals.pop(task.artifact, None)
        if task.finish(error):
            self._hidden_reads[task.artifact] = self.hidden
        return task.status

    def is_hidden(self, artifact: str) -> bool:
        """Return whether a runtime artifact is not found yet; each call is one step."""
        remaining = self._hidden_reads.get(artifact, 0)
        if remaining:
            self._hidden_reads[artifact] = remaining - 1
        return remaining > 0

    def start_removal(self, artifact: str, finish: Callable[[], None]) -> bool:
        """Start an undeployment, and return whether it takes a while.

        ``finish`` is called when it ends.
        """
        if not self.stopping:
            finish()
            return False
        self._removals[artifact] = _Removal(finish, self.stopping)
        return True

    def advance_removal(self, artifact: str) -> None:
        """Take one step of the undeployment of an artifact, if there is one."""
        removal = self._removals.get(artifact)
        if removal is None:
            return
        if removal.reads:
            removal.reads -= 1
        else:
            del self._removals[artifact]
            removal.finish()
