"""`iflow-census iflow deploy` and `undeploy`: waiting for what SAP does later."""

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
    found = {one.id: one.status for one in tenant.landscape.runtime_artifacts}
    return found.get(iflow)


def _sent(tenant: SimulatedTenant, method: str, part: str) -> int:
    return sum(one.method == method and part in one.target for one in tenant.requests)


def test_a_first_deployment_is_waited_for_through_its_task_and_its_404s(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.polls = 3
    tenant.deployments.hidden = 2

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--json")

    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["Id"], said["Status"], said["Version"]) == (NOT_DEPLOYED, "STARTED", "Active")
    assert said["DeployedOn"].endswith("Z")
    assert "'Draft_Flow' runs on prod in version Active." in result.stderr
    assert _status(tenant, NOT_DEPLOYED) == "STARTED"
    assert _sent(tenant, "GET", f"BuildAndDeployStatus(TaskId='{said['TaskId']}')") == 4
    assert _sent(tenant, "GET", "IntegrationRuntimeArtifacts('Draft_Flow')") == 4


def test_a_deployment_anew_does_not_take_the_earlier_one_for_its_end(
    call: Call, key_file: str, clock: FakeClock
) -> None:
    begun = clock.now()

    result = call("iflow", "deploy", key_file, IFLOW, "--version", "1.0.3", "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["DeployedOn"] >= f"{begun:%Y-%m-%dT%H:%M:%S}"


def test_an_earlier_deployment_that_stays_is_no_success(
    call: Call, start: Start, tmp_path: Path
) -> None:
    """On a clock that stands still, nothing tells a second deployment from the first."""
    tenant = start(clock=lambda: EXAMPLE_NOW)
    key = tmp_path / "still.json"
    key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")

    first = call("iflow", "deploy", str(key), IFLOW, "--yes")
    second = call("iflow", "deploy", str(key), IFLOW, "--yes", "--timeout", "60")

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "was not done in the time given; it goes on at SAP" in second.stderr
    assert "runs on" not in second.stderr


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (f'{{"parameter":["Parameter \'receiver\'", "{HOSTILE}"]}}', "Parameter 'receiver'\nno "),
        ("Unable to resolve placeholder", "Unable to resolve placeholder"),
    ],
)
def test_what_failed_is_said_in_the_words_of_the_artifact(
    call: Call, key_file: str, tenant: SimulatedTenant, error: str, shown: str
) -> None:
    tenant.deployments.failing[IFLOW] = error

    result = call("iflow", "deploy", key_file, IFLOW, "--yes", "--json")

    assert result.exit_code == 1
    assert "The deployment of 'Send_Orders' on prod failed: ERROR" in result.stderr
    assert shown in result.stderr
    assert not {"\x1b", "\u202e"} & set(result.output)
    assert json.loads(result.stdout)["ErrorInformation"].startswith(shown[:9])


def test_a_license_that_is_missing_ends_the_wait_without_an_artifact(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.unlicensed.add(NOT_DEPLOYED)

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["Status"] == "FAIL_ON_LICENSE_ERROR"
    assert _status(tenant, NOT_DEPLOYED) is None


def test_the_error_of_an_earlier_deployment_is_not_taken_for_that_of_this_one(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.deployments.failing[IFLOW] = "the earlier error"
    call("iflow", "deploy", key_file, IFLOW, "--yes")
    tenant.deployments.unlicensed.add(IFLOW)

    result = call("iflow", "deploy", key_file, IFLOW, "--yes")

    assert result.exit_code == 1
    assert "on prod failed: FAIL_ON_LICENSE_ERROR" in result.stderr
    assert "the earlier error" not in result.stderr


@pytest.mark.parametrize("never", ["polls", "hidden"])
def test_the_wait_has_an_end(
    call: Call, key_file: str, tenant: SimulatedTenant, clock: FakeClock, never: str
) -> None:
    setattr(tenant.deployments, never, 10_000)
    begun = clock.monotonic()

    result = call("iflow", "deploy", key_file, NOT_DEPLOYED, "--yes", "--timeout", "120")

    assert result.exit_code == 1
    assert "was not done in the time given; it goes on at SAP" in result.stderr
    assert 60 < clock.monotonic() - begun <= 120


def test_an_iflow_that_is_not_there_is_not_deployed(call: Call, key_file: str) -> None:
    result = call("iflow", "deploy", key_file, "It's / gone", "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr
    assert "check the name and the key" in result.stderr


def test_a_dry_run_shows_the_call_and_sends_nothing(
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
def test_nothing_is_undeployed_without_a_yes(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    refused = call("iflow", "undeploy", key_file, IFLOW, input="n\n")
    assert refused.exit_code == 1
    assert "Nothing was changed." in refused.stderr
    assert _status(tenant, IFLOW) == "STARTED"

    agreed = call("iflow", "undeploy", key_file, IFLOW, input="y\n")
    assert agreed.exit_code == 0, agreed.output
    assert "Undeploy 'Send_Orders' from prod" in agreed.stderr
    assert _status(tenant, IFLOW) is None


def test_what_is_not_deployed_cannot_be_undeployed(call: Call, key_file: str) -> None:
    result = call("iflow", "undeploy", key_file, NOT_DEPLOYED, "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr


def test_a_missing_role_is_named_before_anything_is_changed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.roles.discard("WorkspaceArtifactsDeploy")

    result = call("iflow", "deploy", key_file, IFLOW, "--yes")

    assert result.exit_code == 1
    assert re.search(r"HTTP 403.*WorkspaceArtifactsDeploy", result.stderr)


def test_the_sandbox_is_refused_before_anything_is_sent(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAP_API_KEY", "x" * 32)

    result = call("iflow", "deploy", "sandbox", IFLOW, "--yes")

    assert result.exit_code == 2
    assert "can only be read" in result.stderr
