"""Deploy and undeploy iFlows, and wait for the result.

SAP runs a deployment as a task, whose status is polled. The deployed artifact appears some time
after the task has ended; until then it is not found.

Source: SAP OpenAPI, IntegrationContent.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.error_information import parse_error_information
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import DataError, DeadlineExceeded, NotFound, TransientError, one_line
from iflow_census.tenant_admin.content import ACTIVE
from iflow_census.tenant_admin.write_request import WriteRequest

OnStatus = Callable[[str], object]
Result = TypeVar("Result")

STARTED = "STARTED"
_ARTIFACT_FAILED = ("ERROR", "FAILED")
_TASK_SUCCEEDED = "SUCCESS"
_TASK_FAILED = "FAIL"
"""The prefix of a failed task's status: FAIL, FAIL_ON_LICENSE_ERROR."""

_FIRST_PAUSE = 2.0
_MAX_PAUSE = 15.0
_BACKOFF_FACTOR = 1.5
_MAX_ATTEMPTS = 5
"""How often to look for the artifact and the error text of a failure: they may never appear."""


@dataclass(frozen=True, slots=True)
class DeploymentResult:
    """The result of a deployment.

    Attributes:
        task: SAP's task id, if it returned one.
        status: the status of the deployed artifact (STARTED, ERROR), or of the task if there is
            no artifact.
    """

    task: str | None
    status: str
    version: str | None = None
    deployed_on: datetime | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the iFlow has started."""
        return self.status == STARTED


def deploy_request(iflow: str, version: str = ACTIVE) -> WriteRequest:
    """Build the request that starts a deployment."""
    parameters = {"Id": iflow, "Version": version}
    return WriteRequest("POST", "DeployIntegrationDesigntimeArtifact", parameters=parameters)


def undeploy_request(iflow: str) -> WriteRequest:
    """Build the request that starts an undeployment."""
    return WriteRequest("DELETE", _artifact_path(iflow))


def deploy(
    api: Api,
    iflow: str,
    deadline: Deadline,
    *,
    version: str = ACTIVE,
    on_status: OnStatus = lambda _: None,
) -> DeploymentResult:
    """Deploy an iFlow and wait until it has started or failed.

    `on_status` is called with the status at each poll.

    Raises:
        TransientError: the deadline was reached; SAP continues the deployment.
        NotFound: the iFlow does not exist.
    """
    previous = _read_artifact(api, iflow)
    answer = deploy_request(iflow, version).send(api)
    task = answer.strip().strip('"') if isinstance(answer, str) else None
    if task:
        status = _poll(
            deadline,
            lambda: _read_final_status(api, task, on_status),
            lambda: _describe_unfinished(f"task {task}"),
        )
        if status != _TASK_SUCCEEDED:
            return _read_failure(api, iflow, task, status, previous=previous, deadline=deadline)

    def read_new_artifact() -> Entity | None:
        artifact = _read_artifact(api, iflow)
        if artifact is None:
            on_status("not deployed yet")
            return None
        if _is_unchanged(artifact, previous):
            on_status("previous deployment still active")
            return None
        status = str(artifact.get("Status") or "unknown")
        on_status(status)
        return artifact if status in (STARTED, *_ARTIFACT_FAILED) else None

    artifact = _poll(
        deadline, read_new_artifact, lambda: _describe_unfinished(f"deployment of {iflow}")
    )
    error = None if artifact["Status"] == STARTED else _read_error_text(api, iflow, deadline)
    return _to_result(artifact, task, error)


def undeploy(
    api: Api, iflow: str, deadline: Deadline, *, on_status: OnStatus = lambda _: None
) -> None:
    """Undeploy an iFlow and wait until it is gone.

    `on_status` is called with the status at each poll.

    Raises:
        TransientError: the iFlow is still deployed at the deadline.
        NotFound: the iFlow is not deployed.
    """
    undeploy_request(iflow).send(api)
    status = "unknown"

    def is_gone() -> bool | None:
        nonlocal status
        artifact = _read_artifact(api, iflow)
        status = "undeployed" if artifact is None else str(artifact.get("Status") or "unknown")
        on_status(status)
        return True if artifact is None else None

    def describe_timeout() -> str:
        return (
            f"undeployment of {one_line(iflow)}: still deployed at the end of the timeout (status "
            f"{one_line(status)}); SAP may still remove it: check its status later, or wait longer "
            "with --timeout"
        )

    _poll(deadline, is_gone, describe_timeout)


def _artifact_path(iflow: str) -> str:
    return odata.entity_path("IntegrationRuntimeArtifacts", iflow)


def _read_artifact(api: Api, iflow: str) -> Entity | None:
    try:
        return api.read(_artifact_path(iflow))
    except NotFound:
        return None


def _read_final_status(api: Api, task: str, on_status: OnStatus) -> str | None:
    """Return the status of a task that has ended; None if it is still running."""
    try:
        row = api.read(odata.entity_path("BuildAndDeployStatus", {"TaskId": task}))
    except NotFound:
        on_status("not started yet")
        return None
    status = str(row.get("Status") or "unknown")
    on_status(status)
    return status if status == _TASK_SUCCEEDED or status.startswith(_TASK_FAILED) else None


def _read_failure(
    api: Api, iflow: str, task: str, status: str, *, previous: Entity | None, deadline: Deadline
) -> DeploymentResult:
    """Read the artifact in error that a failed task may leave: it has more details."""
    for _ in _attempts(deadline):
        artifact = _read_artifact(api, iflow)
        if (
            artifact
            and not _is_unchanged(artifact, previous)
            and artifact.get("Status") in _ARTIFACT_FAILED
        ):
            return _to_result(artifact, task, _read_error_text(api, iflow, deadline))
    return DeploymentResult(task, status)


def _is_unchanged(artifact: Entity, previous: Entity | None) -> bool:
    """Whether the artifact is the one of the previous deployment."""
    deployed_on = artifact.get("DeployedOn")
    return (
        previous is not None
        and deployed_on is not None
        and deployed_on == previous.get("DeployedOn")
    )


def _to_result(artifact: Entity, task: str | None, error: str | None) -> DeploymentResult:
    version, deployed_on = artifact.get("Version"), artifact.get("DeployedOn")
    return DeploymentResult(task, str(artifact["Status"]), version, deployed_on, error)


def _read_error_text(api: Api, iflow: str, deadline: Deadline) -> str | None:
    """Return the error text of an artifact; None if SAP has none after several attempts."""
    for _ in _attempts(deadline):
        # Until the text exists, the answer is a 404 or empty.
        with suppress(DataError):
            text = api.read_value(f"{_artifact_path(iflow)}/ErrorInformation/$value")
            if text:
                return parse_error_information(text)
    return None


def _attempts(deadline: Deadline) -> Iterator[int]:
    """Yield attempts with growing pauses until the maximum or the deadline is reached."""
    pause = _FIRST_PAUSE
    for number in range(_MAX_ATTEMPTS):
        yield number
        try:
            deadline.sleep(pause)
        except DeadlineExceeded:
            return
        pause *= _BACKOFF_FACTOR


def _poll(
    deadline: Deadline, read: Callable[[], Result | None], describe_timeout: Callable[[], str]
) -> Result:
    """Call `read` with growing pauses until it returns a result."""
    pause = _FIRST_PAUSE
    while True:
        result = read()
        if result is not None:
            return result
        try:
            deadline.sleep(pause)
        except DeadlineExceeded as error:
            raise TransientError(describe_timeout()) from error
        pause = min(pause * _BACKOFF_FACTOR, _MAX_PAUSE)


def _describe_unfinished(what: str) -> str:
    return (
        f"{one_line(what)}: not finished within the timeout; SAP continues it, check its status "
        "later"
    )
