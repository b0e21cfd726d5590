"""The TENANT argument: a key file, a stored tenant, or the sandbox."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from iflow_census.cli.tenant_admin import session
from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant


@pytest.fixture
def aws() -> Iterator[None]:
    """Mock AWS."""
    with mock_aws():
        yield


def _store(name: str, text: str) -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name=f"iflow-census/tenants/{name}", SecretString=text)


@pytest.mark.usefixtures("aws")
def test_tenant_key_is_read_from_secrets_manager(call: Call, tenant: SimulatedTenant) -> None:
    _store("eu.prod", json.dumps(tenant.service_key()))

    read = call("api", "eu.prod", "GET", "Partners", "--query", "length(@)")
    changed = call("api", "eu.prod", "DELETE", "Partners('Plain')", "--yes")

    assert (read.exit_code, read.stdout) == (0, "3\n"), read.output
    assert changed.exit_code == 0, changed.output
    assert "This changes eu.prod: DELETE" in changed.stderr


@pytest.mark.usefixtures("aws")
def test_unknown_tenant_error_names_file_and_secret(call: Call) -> None:
    _store("broken", "{}")

    unknown = call("api", "prod", "GET", "Partners")
    invalid = call("api", "broken", "GET", "Partners")

    assert (unknown.exit_code, invalid.exit_code) == (2, 1)
    assert (
        "unknown tenant 'prod': there is neither a file prod nor a secret iflow-census/tenants/prod"
        in unknown.stderr
    )
    assert "secret iflow-census/tenants/broken" in invalid.stderr


@pytest.mark.parametrize(
    ("content", "message"), [("[]", "not a service key"), (None, "No such file")]
)
def test_invalid_key_file_is_usage_error(call: Call, content: str | None, message: str) -> None:
    if content is not None:
        Path("prod.json").write_text(content, encoding="utf-8")

    result = call("api", "prod.json", "GET", "Partners")

    assert result.exit_code == 2
    assert message in result.stderr


def test_sandbox_uses_api_key_from_environment(
    start: Start, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = start(auth="apikey")
    key = sandbox.service_key()
    monkeypatch.setattr(session, "SANDBOX_URL", key["url"])
    monkeypatch.setenv("SAP_API_KEY", key["apikey"])

    read = call("api", "sandbox", "GET", "Partners", "--query", "length(@)")
    refused = call("api", "sandbox", "DELETE", "Partners('Plain')", "--yes")

    assert read.exit_code == 0, read.output
    assert read.stdout == "3\n"
    assert refused.exit_code == 2
    assert "is read-only" in refused.stderr


@pytest.mark.parametrize("value", [None, " ", "ä\x01"])
def test_sandbox_without_api_key_names_the_variable(
    call: Call, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("SAP_API_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SAP_API_KEY", value)

    result = call("api", "sandbox", "GET", "Partners")

    assert result.exit_code == 2
    assert "SAP_API_KEY" in result.stderr


def test_failed_log_on_prints_one_line(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(FaultKind.UNAUTHORIZED, family="oauth"))

    result = call("api", key_file, "GET", "Partners")

    assert result.exit_code == 1
    assert result.stderr.startswith("iflow-census: access token: HTTP 401")
