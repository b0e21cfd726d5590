"""Deployment: the task, the artifact that appears after a while, its error, undeployment."""

from __future__ import annotations

from tests.unit.simulators.conftest import Caller

DEPLOY = "DeployIntegrationDesigntimeArtifact?Id='Standard_Flow'&Version='active'"
DEPLOYED = "IntegrationRuntimeArtifacts('Standard_Flow')"


def status(caller: Caller, task: str) -> str:
    return str(caller.entity(f"BuildAndDeployStatus(TaskId='{task}')")["Status"])


def test_a_deployment_goes_on_for_a_while_and_its_artifact_appears_later(whole: Caller) -> None:
    whole.tenant.deployments.polls = 3
    whole.tenant.deployments.hidden = 2

    started = whole.send("POST", DEPLOY)
    polled = [status(whole, started.text) for _ in range(5)]
    found = [whole.get(DEPLOYED).status_code for _ in range(3)]

    assert (started.status_code, started.headers["Content-Type"][:10]) == (202, "text/plain")
    assert polled == ["DEPLOYING"] * 3 + ["SUCCESS"] * 2
    assert found == [404, 404, 200]
    assert whole.entity(DEPLOYED)["Status"] == "STARTED"
    assert whole.get(f"{DEPLOYED}/ErrorInformation/$value").status_code == 204


def test_nothing_is_deployed_before_the_task_ends(whole: Caller) -> None:
    whole.send("POST", DEPLOY)

    assert whole.get(DEPLOYED).status_code == 404
    assert whole.get("IntegrationRuntimeArtifacts/$count").text == "2"


def test_a_deployment_that_fails_tells_why(whole: Caller) -> None:
    whole.tenant.deployments.polls = 0
    whole.tenant.deployments.hidden = 0
    whole.tenant.deployments.failing["Standard_Flow"] = "Receiver is missing"

    task = whole.send("POST", DEPLOY).text

    assert status(whole, task) == "FAIL"
    assert whole.entity(DEPLOYED)["Status"] == "ERROR"
    assert whole.get(f"{DEPLOYED}/ErrorInformation/$value").text == "Receiver is missing"


def test_a_deployment_without_a_license_leaves_nothing(whole: Caller) -> None:
    whole.tenant.deployments.polls = 0
    whole.tenant.deployments.unlicensed.add("Standard_Flow")

    task = whole.send("POST", DEPLOY).text

    assert status(whole, task) == "FAIL_ON_LICENSE_ERROR"
    assert whole.get(DEPLOYED).status_code == 404


def test_a_second_deployment_takes_the_place_of_the_first(whole: Caller) -> None:
    whole.tenant.deployments.polls = 0
    flow = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')"
    whole.send(
        "POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='2.0.0'"
    )

    task = whole.send(
        "POST", "DeployIntegrationDesigntimeArtifact?Id='Send_Orders'&Version='2.0.0'"
    ).text
    before = whole.entity("IntegrationRuntimeArtifacts('Send_Orders')")["Version"]
    status(whole, task)

    assert before == "1.0.3"
    assert whole.entity(flow)["Version"] == "2.0.0"
    assert whole.entity("IntegrationRuntimeArtifacts('Send_Orders')")["Version"] == "2.0.0"
    assert whole.get("IntegrationRuntimeArtifacts/$count").text == "2"


def test_what_is_not_there_cannot_be_deployed_or_undeployed(whole: Caller) -> None:
    unknown = "DeployIntegrationDesigntimeArtifact?Id='none'&Version='active'"
    old = "DeployIntegrationDesigntimeArtifact?Id='Send_Orders'&Version='0.9.0'"

    assert whole.send("POST", unknown).status_code == 404
    assert whole.send("POST", old).status_code == 404
    assert whole.send("DELETE", DEPLOYED).status_code == 404
    assert whole.get("BuildAndDeployStatus(TaskId='none')").status_code == 404


def test_undeploying_takes_the_endpoints_along(whole: Caller) -> None:
    assert whole.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')").status_code == 202
    assert whole.get("IntegrationRuntimeArtifacts('Send_Orders')").status_code == 404
    assert whole.rows("ServiceEndpoints") == []


def test_other_kinds_of_artifacts_are_deployed_as_such(whole: Caller) -> None:
    whole.tenant.deployments.polls = 0
    whole.tenant.deployments.hidden = 0
    kinds = {
        "MessageMapping": ("Mapping 1", "MESSAGE_MAPPING"),
        "ValueMapping": ("Units_of_measure", "VALUE_MAPPING"),
        "ScriptCollection": ("Common_scripts", "SCRIPT_COLLECTION"),
    }

    for kind, (key, shown) in kinds.items():
        target = f"Deploy{kind}DesigntimeArtifact?Id='{key}'&Version='active'"
        assert status(whole, whole.send("POST", target).text) == "SUCCESS"
        assert whole.entity(f"IntegrationRuntimeArtifacts('{key}')")["Type"] == shown


def test_the_truth_follows_what_was_changed(whole: Caller) -> None:
    whole.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')")

    assert [item.id for item in whole.tenant.landscape.runtime_artifacts] == ["Broken_Flow"]
