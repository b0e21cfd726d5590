"""`iflow-census iflow deploy` and `undeploy`."""

import json
import re
from pathlib import Path

import pytest

from tests.clock import FakeClock
from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW

IFLOW = "Send_Orders"
NOT_DEPLOYED = "Draft_Flow"
HOSTILE = "no \x1b[31mhost\u202e"


def _status(tenant: SimulatedTenant, iflow: str) -> str | None:
    statuses = {artifact.id: artifact.status for artifact in tenant.landscape.runtime_artifacts}
    return statuses.get(iflow)


def _count(tenant: SimulatedTenant, method: str, part: str) -> int:
    return sum(request.method == method and part in request.target for request in tenant.requests)


def test_first_deployment_waits_for_task_and_artifact(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.polls = 3
    tenant.deployments.hidden = 2

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--json")

    assert result.exit_code == 0, result.output
    output = json.loads(result.stdout)
    assert (output["Id"], output["Status"], output["Version"]) == (
        NOT_DEPLOYED,
        "STARTED",
        "Active",
    )
    assert output["DeployedOn"].endswith("Z")
    assert "'Draft_Flow' has started on prod, version Active." in result.stderr
    assert _status(tenant, NOT_DEPLOYED) == "STARTED"
    assert _count(tenant, "GET", f"BuildAndDeployStatus(TaskId='{output['TaskId']}')") == 4
    assert _count(tenant, "GET", "IntegrationRuntimeArtifacts('Draft_Flow')") == 4


def test_redeployment_waits_for_new_artifact(call: Call, key_file: str, clock: FakeClock) -> None:
    started = clock.now()

    result = call("iflow", "deploy", key_file, IFLOW, "--version", "1.0.3", "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["DeployedOn"] >= f"{started:%Y-%m-%dT%H:%M:%S}"


def test_unchanged_deployment_is_not_a_success(call: Call, start: Start, tmp_path: Path) -> None:
    """With a stopped clock, both deployments have the same time."""
    tenant = start(clock=lambda: EXAMPLE_NOW)
    key = tmp_path / "still.json"
    key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")

    first = call("iflow", "deploy", str(key), IFLOW, "--yes")
    second = call("iflow", "deploy", str(key), IFLOW, "--yes", "--timeout", "60")

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "not finished within the timeout; SAP continues it" in second.stderr
    assert "has started" not in second.stderr


@pytest.mark.parametrize(
    ("error", "printed"),
    [
        (
            '{"message":{"messageId":"GenerationFailed","messageText":""},'
            f'"parameter":["Parameter \'receiver\'", "{HOSTILE}"]}}',
            "Parameter 'receiver'\nno ",
        ),
        ("Unable to resolve placeholder", "Unable to resolve placeholder"),
    ],
)
def test_deployment_error_text_is_printed(
    call: Call, key_file: str, tenant: SimulatedTenant, error: str, printed: str
) -> None:
    tenant.deployments.failing[IFLOW] = error

    result = call("iflow", "deploy", key_file, IFLOW, "--yes", "--json")

    assert result.exit_code == 1
    assert "'Send_Orders' on prod: deployment failed: ERROR" in result.stderr
    assert printed in result.stderr
    assert not {"\x1b", "\u202e"} & set(result.output)
    assert json.loads(result.stdout)["ErrorInformation"].startswith(printed[:9])


def test_missing_license_ends_the_wait_without_artifact(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.unlicensed.add(NOT_DEPLOYED)

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["Status"] == "FAIL_ON_LICENSE_ERROR"
    assert _status(tenant, NOT_DEPLOYED) is None


def test_error_of_previous_deployment_is_not_reported(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.failing[IFLOW] = "the previous error"
    call("iflow", "deploy", key_file, IFLOW, "--yes")
    tenant.deployments.unlicensed.add(IFLOW)

    result = call("iflow", "deploy", key_file, IFLOW, "--yes")

    assert result.exit_code == 1
    assert "on prod: deployment failed: FAIL_ON_LICENSE_ERROR" in result.stderr
    assert "the previous error" not in result.stderr


@pytest.mark.parametrize("setting", ["polls", "hidden"])
def test_wait_ends_at_the_timeout(
    call: Call, key_file: str, tenant: SimulatedTenant, clock: FakeClock, setting: str
) -> None:
    setattr(tenant.deployments, setting, 10_000)
    start = clock.monotonic()

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--timeout", "120")

    assert result.exit_code == 1
    assert "not finished within the timeout; SAP continues it" in result.stderr
    assert 60 < clock.monotonic() - start <= 120


def test_unknown_iflow_is_not_deployed(call: Call, key_file: str) -> None:
    result = call("iflow", "deploy", key_file, "It's / gone", "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr
    assert "check the name and the key" in result.stderr


def test_dry_run_prints_call_and_sends_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    deploy = call("iflow", "deploy", key_file, "It's", "--dry-run")
    undeploy = call("iflow", "undeploy", key_file, "It's", "--dry-run")

    root = f"{tenant.url}/api/v1"
    assert deploy.exit_code == undeploy.exit_code == 0
    assert deploy.stdout == (
        f"POST {root}/DeployIntegrationDesigntimeArtifact?Id='It''s'&Version='active'\n"
    )
    assert undeploy.stdout == f"DELETE {root}/IntegrationRuntimeArtifacts('It''s')\n"
    assert tenant.requests == []


@pytest.mark.usefixtures("at_terminal")
def test_undeployment_needs_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    declined = call("iflow", "undeploy", key_file, IFLOW, input="n\n")
    assert declined.exit_code == 1
    assert "Nothing was changed." in declined.stderr
    assert _status(tenant, IFLOW) == "STARTED"

    confirmed = call("iflow", "undeploy", key_file, IFLOW, input="y\n")
    assert confirmed.exit_code == 0, confirmed.output
    assert "Undeploy 'Send_Orders' from prod" in confirmed.stderr
    assert _status(tenant, IFLOW) is None


def test_undeployment_waits_until_the_artifact_is_gone(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.stopping = 3

    result = call("iflow", "undeploy", key_file, IFLOW, "--yes")

    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[1:] == [
        "Waiting up to 120 seconds until it is no longer deployed.",
        "'Send_Orders' is undeployed.",
    ]
    assert _count(tenant, "GET", f"IntegrationRuntimeArtifacts('{IFLOW}')") == 4


@pytest.mark.parametrize(("options", "seconds"), [((), 120), (("--timeout", "30"), 30)])
def test_artifact_that_stays_deployed_is_reported(  # noqa: PLR0917 - parametrized
    call: Call,
    key_file: str,
    tenant: SimulatedTenant,
    clock: FakeClock,
    options: tuple[str, ...],
    seconds: int,
) -> None:
    tenant.deployments.stopping = 10_000
    start = clock.monotonic()

    result = call("iflow", "undeploy", key_file, IFLOW, "--yes", *options)

    assert result.exit_code == 1
    assert f"Waiting up to {seconds} seconds until it is no longer deployed." in result.stderr
    assert result.stderr.endswith(
        "iflow-census: undeployment of Send_Orders: still deployed at the end of the timeout "
        "(status STOPPING); SAP may still remove it: check its status later, or wait longer with "
        "--timeout\n"
    )
    assert seconds / 2 < clock.monotonic() - start <= seconds


def test_iflow_that_is_not_deployed_cannot_be_undeployed(call: Call, key_file: str) -> None:
    result = call("iflow", "undeploy", key_file, NOT_DEPLOYED, "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr


def test_missing_role_is_named_in_error(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.roles.discard("WorkspaceArtifactsDeploy")

    result = call("iflow", "deploy", key_file, IFLOW, "--yes")

    assert result.exit_code == 1
    assert re.search(r"HTTP 403.*WorkspaceArtifactsDeploy", result.stderr)


def test_deployment_to_sandbox_is_usage_error(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_API_KEY", "x" * 32)

    result = call("iflow", "deploy", "sandbox", IFLOW, "--yes")

    assert result.exit_code == 2
    assert "is read-only" in result.stderr
