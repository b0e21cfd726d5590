"""Deploy and undeploy iFlows, and wait until it is done.

Source: SAP OpenAPI, IntegrationContent: a deployment is a task whose status is asked for; the
deployed artifact appears some time after its end, and is not found until then.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import DataError, DeadlineExceeded, NotFound, TransientError
from iflow_census.http.errors import one_line
from iflow_census.tenant_admin.content import ACTIVE
from iflow_census.tenant_admin.write_request import Change

OnState = Callable[[str], object]
Seen = TypeVar("Seen")

STARTED = "STARTED"
_FAILED = ("ERROR", "FAILED")
_BUILT = "SUCCESS"
_BROKEN = "FAIL"
"""How the statuses of a failed task begin: FAIL, FAIL_ON_LICENSE_ERROR."""

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 15.0
_GROWTH = 1.5
_LOOKS = 5
"""How often the artifact and the text of a failure are looked for: SAP shows them late or never."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deployment ended.

    Attributes:
        task: SAP's id of it; None where SAP gave none.
        status: of the deployed artifact (STARTED, ERROR), or of the task if there is no artifact.
        version: that is deployed now.
        deployed_on: since when.
        error: SAP's text of a failure.
    """

    task: str | None
    status: str
    version: str | None = None
    deployed_on: datetime | None = None
    error: str | None = None

    @property
    def well(self) -> bool:
        """Whether the iFlow runs."""
        return self.status == STARTED


def deployment(iflow: str, version: str = ACTIVE) -> Change:
    """Deploy an iFlow."""
    parameters = {"Id": iflow, "Version": version}
    return Change("POST", "DeployIntegrationDesigntimeArtifact", parameters=parameters)


def undeployment(iflow: str) -> Change:
    """Undeploy an iFlow."""
    return Change("DELETE", _artifact_path(iflow))


def deploy(
    api: Api,
    iflow: str,
    deadline: Deadline,
    *,
    version: str = ACTIVE,
    on_state: OnState = lambda _: None,
) -> Deployed:
    """Deploy an iFlow and wait until it runs, or has failed.

    Args:
        api: the tenant.
        iflow: its id.
        deadline: of the wait.
        version: of the design-time.
        on_state: told how things are at each look.

    Raises:
        TransientError: it was not done when the deadline came; it goes on at SAP.
        NotFound: there is no such iFlow.
    """
    before = _artifact(api, iflow)
    answer = deployment(iflow, version).send(api)
    task = answer.strip().strip('"') if isinstance(answer, str) else None
    if task:
        what = f"task {one_line(task)}"
        status = _until(deadline, lambda: _end_of_task(api, task, on_state), what)
        if status != _BUILT:
            return _failed(api, iflow, task, status, before=before, deadline=deadline)

    def look() -> Entity | None:
        artifact = _artifact(api, iflow)
        if artifact is None:
            on_state("not there yet")
            return None
        if _is_same(artifact, before):
            on_state("the earlier deployment is still there")
            return None
        status = str(artifact.get("Status"))
        on_state(status)
        return artifact if status in (STARTED, *_FAILED) else None

    found = _until(deadline, look, f"the deployment of {one_line(iflow)}")
    error = None if found["Status"] == STARTED else _error_text(api, iflow, deadline)
    return _deployed(found, task, error)


def undeploy(
    api: Api, iflow: str, deadline: Deadline, *, on_state: OnState = lambda _: None
) -> None:
    """Undeploy an iFlow and wait until it is gone. Raises as `deploy`."""
    undeployment(iflow).send(api)

    def look() -> bool | None:
        artifact = _artifact(api, iflow)
        on_state("gone" if artifact is None else str(artifact.get("Status")))
        return True if artifact is None else None

    _until(deadline, look, f"the undeployment of {one_line(iflow)}")


def _artifact_path(iflow: str) -> str:
    return odata.entity_path("IntegrationRuntimeArtifacts", iflow)


def _artifact(api: Api, iflow: str) -> Entity | None:
    try:
        return api.read(_artifact_path(iflow))
    except NotFound:
        return None


def _end_of_task(api: Api, task: str, on_state: OnState) -> str | None:
    try:
        row = api.read(odata.entity_path("BuildAndDeployStatus", {"TaskId": task}))
    except NotFound:
        on_state("not begun yet")
        return None
    status = str(row.get("Status"))
    on_state(status)
    return status if status == _BUILT or status.startswith(_BROKEN) else None


def _failed(
    api: Api, iflow: str, task: str, status: str, *, before: Entity | None, deadline: Deadline
) -> Deployed:
    """A task that failed may leave an artifact in error, which knows more; or none."""
    for _ in _looks(deadline):
        artifact = _artifact(api, iflow)
        if artifact and not _is_same(artifact, before) and artifact.get("Status") in _FAILED:
            return _deployed(artifact, task, _error_text(api, iflow, deadline))
    return Deployed(task, status)


def _is_same(artifact: Entity, before: Entity | None) -> bool:
    """Whether an artifact is still what an earlier deployment left."""
    moment = artifact.get("DeployedOn")
    return before is not None and moment is not None and moment == before.get("DeployedOn")


def _deployed(artifact: Entity, task: str | None, error: str | None) -> Deployed:
    version, moment = artifact.get("Version"), artifact.get("DeployedOn")
    return Deployed(task, str(artifact["Status"]), version, moment, error)


def _error_text(api: Api, iflow: str, deadline: Deadline) -> str | None:
    """The error information of an artifact, or None where SAP has none even after some looks."""
    for _ in _looks(deadline):
        # 404, or an empty answer where the text will stand.
        with suppress(DataError):
            said = api.read_value(f"{_artifact_path(iflow)}/ErrorInformation/$value")
            if said:
                return _plain(said)
    return None


def _looks(deadline: Deadline) -> Iterator[int]:
    """A few looks at what SAP may show a little later, as far as the deadline allows."""
    pause = _FIRST_PAUSE
    for number in range(_LOOKS):
        yield number
        try:
            deadline.sleep(pause)
        except DeadlineExceeded:
            return
        pause *= _GROWTH


def _plain(said: str) -> str:
    """The text in an error information, which is JSON or text."""
    try:
        content: Any = json.loads(said, strict=False)
    except (ValueError, RecursionError):
        return said
    found = content.get("parameter") if isinstance(content, dict) else None
    texts = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
    return "\n".join(texts) or said


def _until(deadline: Deadline, look: Callable[[], Seen | None], what: str) -> Seen:
    """Look again and again, with growing pauses, until there is something to see."""
    pause = _FIRST_PAUSE
    while True:
        seen = look()
        if seen is not None:
            return seen
        try:
            deadline.sleep(pause)
        except DeadlineExceeded as error:
            raise TransientError(
                f"{what} was not done in the time given; it goes on at SAP: look at it again later"
            ) from error
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)
