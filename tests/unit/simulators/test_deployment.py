"""Deployment: task, delayed artifact, error, undeployment."""

from __future__ import annotations

from tests.unit.simulators.conftest import TenantClient

DEPLOY = "DeployIntegrationDesigntimeArtifact?Id='Standard_Flow'&Version='active'"
DEPLOYED = "IntegrationRuntimeArtifacts('Standard_Flow')"


def status(client: TenantClient, task: str) -> str:
    return str(client.entity(f"BuildAndDeployStatus(TaskId='{task}')")["Status"])


def test_deployed_artifact_appears_with_a_delay(example: TenantClient) -> None:
    example.tenant.deployments.polls = 3
    example.tenant.deployments.hidden = 2

    started = example.send("POST", DEPLOY)
    polled = [status(example, started.text) for _ in range(5)]
    statuses = [example.get(DEPLOYED).status_code for _ in range(3)]

    assert (started.status_code, started.headers["Content-Type"][:10]) == (202, "text/plain")
    assert polled == ["DEPLOYING"] * 3 + ["SUCCESS"] * 2
    assert statuses == [404, 404, 200]
    assert example.entity(DEPLOYED)["Status"] == "STARTED"
    assert example.get(f"{DEPLOYED}/ErrorInformation/$value").status_code == 204


def test_nothing_is_deployed_before_the_task_ends(example: TenantClient) -> None:
    example.send("POST", DEPLOY)

    assert example.get(DEPLOYED).status_code == 404
    assert example.get("IntegrationRuntimeArtifacts/$count").text == "2"


def test_failed_deployment_has_an_error_text(example: TenantClient) -> None:
    example.tenant.deployments.polls = 0
    example.tenant.deployments.hidden = 0
    example.tenant.deployments.failing["Standard_Flow"] = "Receiver is missing"

    task = example.send("POST", DEPLOY).text

    assert status(example, task) == "FAIL"
    assert example.entity(DEPLOYED)["Status"] == "ERROR"
    assert example.get(f"{DEPLOYED}/ErrorInformation/$value").text == "Receiver is missing"


def test_deployment_without_license_deploys_nothing(example: TenantClient) -> None:
    example.tenant.deployments.polls = 0
    example.tenant.deployments.unlicensed.add("Standard_Flow")

    task = example.send("POST", DEPLOY).text

    assert status(example, task) == "FAIL_ON_LICENSE_ERROR"
    assert example.get(DEPLOYED).status_code == 404


def test_second_deployment_replaces_the_first(example: TenantClient) -> None:
    example.tenant.deployments.polls = 0
    flow = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')"
    example.send(
        "POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='2.0.0'"
    )

    task = example.send(
        "POST", "DeployIntegrationDesigntimeArtifact?Id='Send_Orders'&Version='2.0.0'"
    ).text
    version_before = example.entity("IntegrationRuntimeArtifacts('Send_Orders')")["Version"]
    status(example, task)

    assert version_before == "1.0.3"
    assert example.entity(flow)["Version"] == "2.0.0"
    assert example.entity("IntegrationRuntimeArtifacts('Send_Orders')")["Version"] == "2.0.0"
    assert example.get("IntegrationRuntimeArtifacts/$count").text == "2"


def test_missing_artifact_cannot_be_deployed_or_undeployed(example: TenantClient) -> None:
    unknown = "DeployIntegrationDesigntimeArtifact?Id='none'&Version='active'"
    old = "DeployIntegrationDesigntimeArtifact?Id='Send_Orders'&Version='0.9.0'"

    assert example.send("POST", unknown).status_code == 404
    assert example.send("POST", old).status_code == 404
    assert example.send("DELETE", DEPLOYED).status_code == 404
    assert example.get("BuildAndDeployStatus(TaskId='none')").status_code == 404


def test_undeployment_takes_a_while_and_removes_endpoints(example: TenantClient) -> None:
    example.tenant.deployments.stopping = 2
    artifact = "IntegrationRuntimeArtifacts('Send_Orders')"

    accepted = example.send("DELETE", artifact)
    reads = [example.get(artifact) for _ in range(4)]

    assert accepted.status_code == 202
    assert [response.status_code for response in reads] == [200, 200, 404, 404]
    assert {response.json()["d"]["Status"] for response in reads[:2]} == {"STOPPING"}
    assert example.rows("ServiceEndpoints") == []


def test_deployment_ends_an_undeployment(example: TenantClient) -> None:
    example.tenant.deployments.polls = 0
    example.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')")

    deployment = "DeployIntegrationDesigntimeArtifact?Id='Send_Orders'&Version='active'"
    task = example.send("POST", deployment).text

    assert status(example, task) == "SUCCESS"
    reads = [example.entity("IntegrationRuntimeArtifacts('Send_Orders')") for _ in range(3)]
    assert {read["Status"] for read in reads} == {"STARTED"}


def test_other_artifacts_are_deployed_with_their_type(example: TenantClient) -> None:
    example.tenant.deployments.polls = 0
    example.tenant.deployments.hidden = 0
    kinds = {
        "MessageMapping": ("Mapping 1", "MESSAGE_MAPPING"),
        "ValueMapping": ("Units_of_measure", "VALUE_MAPPING"),
        "ScriptCollection": ("Common_scripts", "SCRIPT_COLLECTION"),
    }

    for kind, (key, shown) in kinds.items():
        target = f"Deploy{kind}DesigntimeArtifact?Id='{key}'&Version='active'"
        assert status(example, example.send("POST", target).text) == "SUCCESS"
        assert example.entity(f"IntegrationRuntimeArtifacts('{key}')")["Type"] == shown


def test_expected_report_follows_changes(example: TenantClient) -> None:
    example.tenant.deployments.stopping = 0
    example.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')")

    assert [item.id for item in example.tenant.landscape.runtime_artifacts] == ["Broken_Flow"]
