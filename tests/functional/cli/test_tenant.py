"""`iflow-census tenant` with a mocked AWS and simulated tenants."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from tests.clock import FakeClock
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant, with_edge

Start = Callable[[SimulatedTenant], SimulatedTenant]
KEY = '{"url": "https://acme.example.com", "apikey": "geheim"}'
OTHER_KEY = '{"url": "https://acme.example.com", "apikey": "geheimer"}'


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    """A file with a service key."""
    path = tmp_path / "prod.json"
    path.write_text(KEY, encoding="utf-8")
    return str(path)


def _call(*arguments: str, answer: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["tenant", *arguments], input=answer, obj=FakeClock().clock)
    assert "geheim" not in result.output
    return result


def _stored(name: str) -> str | None:
    client = boto3.client("secretsmanager")
    return client.get_secret_value(SecretId=name)["SecretString"]


def _store(tenant: SimulatedTenant, name: str) -> None:
    boto3.client("secretsmanager").create_secret(
        Name=f"iflow-census/tenants/{name}", SecretString=json.dumps(tenant.service_key())
    )


def test_key_is_stored_where_the_function_reads_it(key_file: str) -> None:
    result = _call("add", "prod", key_file)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "stored as iflow-census/tenants/prod" in result.stderr
    assert _stored("iflow-census/tenants/prod") == KEY


def test_prefix_option_selects_another_stack(key_file: str) -> None:
    result = _call("add", "prod", key_file, "--prefix", "team-a/census")

    assert result.exit_code == 0, result.output
    assert _stored("team-a/census/tenants/prod") == KEY


@pytest.mark.parametrize(
    ("answer", "exit_code", "stored"), [("y\n", 0, OTHER_KEY), ("n\n", 1, KEY), ("", 1, KEY)]
)
def test_existing_key_is_replaced_only_if_confirmed(
    key_file: str, answer: str, exit_code: int, stored: str
) -> None:
    _call("add", "prod", key_file)
    Path(key_file).write_text(OTHER_KEY, encoding="utf-8")

    result = _call("add", "prod", key_file, answer=answer)

    assert result.exit_code == exit_code
    assert "already contains a key. Replace it?" in result.stderr
    assert _stored("iflow-census/tenants/prod") == stored


def test_yes_option_replaces_an_existing_key(key_file: str) -> None:
    _call("add", "prod", key_file)
    Path(key_file).write_text(OTHER_KEY, encoding="utf-8")

    result = _call("add", "prod", key_file, "--yes")

    assert result.exit_code == 0
    assert _stored("iflow-census/tenants/prod") == OTHER_KEY


def test_kms_key_option_encrypts_the_secret(key_file: str) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

    result = _call("add", "prod", key_file, "--kms-key", arn)

    assert result.exit_code == 0, result.output
    client = boto3.client("secretsmanager")
    assert client.describe_secret(SecretId="iflow-census/tenants/prod")["KmsKeyId"] == arn


def test_deleted_secret_is_reported_with_how_to_restore_it(key_file: str) -> None:
    _call("add", "prod", key_file)
    boto3.client("secretsmanager").delete_secret(SecretId="iflow-census/tenants/prod")

    result = _call("add", "prod", key_file, "--yes")

    assert result.exit_code == 1
    assert "aws secretsmanager restore-secret" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("eu/prod", KEY, "invalid tenant name 'eu/prod'; use letters, digits, '_', '.' and '-'"),
        ("prod", "[]", "not a service key"),
        ("prod", KEY.replace("https", "http"), "'url' must start with https://"),
    ],
)
def test_invalid_name_or_key_is_not_stored(
    key_file: str, name: str, content: str, message: str
) -> None:
    Path(key_file).write_text(content, encoding="utf-8")

    result = _call("add", name, key_file)

    assert result.exit_code == 2
    assert message in result.stderr
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_list_shows_the_tenants_of_the_prefix(key_file: str) -> None:
    _call("add", "prod", key_file)
    _call("add", "dev", key_file)
    _call("add", "foreign", key_file, "--prefix", "other")

    result = _call("list", "--json")

    assert result.exit_code == 0
    assert [entry["name"] for entry in json.loads(result.stdout)] == ["dev", "prod"]
    assert "prod" in result.stderr
    assert "foreign" not in result.output


def test_empty_list_says_where_tenants_are_expected() -> None:
    result = _call("list")

    assert result.exit_code == 0
    assert "There is no secret iflow-census/tenants/<name> yet." in result.stderr


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_check_sends_one_request_per_api_family(
    started: Start, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    prod = started(simulated(clock, auth=auth))
    if prod.ca_file:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(prod.ca_file))
    _store(prod, "prod")

    result = _call("check", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == [
        {"name": "prod", "ok": True, "problems": [], "locations": []}
    ]
    requests = [request for request in prod.requests if "oauth" not in request.path]
    assert [request.family for request in requests] == ["design-time", "runtime", "message-logs"]
    token = auth in ("oauth", "certificate")
    host = prod.url.partition("://")[2]
    first = f"requesting a token from {host}" if token else f"connecting to {host}"
    assert result.stderr.startswith(f"prod: {first} …\n")
    assert not any(secret in result.output for secret in prod.secrets())


@pytest.mark.parametrize(
    ("role", "missing_role"),
    [
        ("MonitoringDataRead", "WorkspacePackagesRead"),
        ("WorkspacePackagesRead", "MonitoringDataRead"),
    ],
)
def test_check_names_the_missing_role(
    started: Start, clock: FakeClock, role: str, missing_role: str
) -> None:
    _store(started(simulated(clock, roles={role})), "prod")

    result = _call("check", "prod")

    assert result.exit_code == 1
    assert f"lacks the role {missing_role}" in result.stderr
    assert f"lacks the role {role}" not in result.stderr


def test_check_names_each_location(started: Start, clock: FakeClock) -> None:
    prod = started(simulated(clock, with_edge(with_edge(small(packages=1), "edge-a"), "edge-b")))
    prod.faults.add(Fault(FaultKind.FORBIDDEN, path="/location/edge-b/"))
    _store(prod, "prod")

    result = _call("check", "--json")

    assert result.exit_code == 1
    assert "prod: location edge-a: ok\nprod: location edge-b: FAILED\n" in result.stderr
    assert "prod: GET location/edge-b/IntegrationRuntimeArtifacts: HTTP 403" in result.stderr
    (entry,) = json.loads(result.stdout)
    assert entry["locations"] == [{"id": "edge-a", "ok": True}, {"id": "edge-b", "ok": False}]


def test_stored_key_keeps_its_locations(started: Start, clock: FakeClock, tmp_path: Path) -> None:
    prod = started(simulated(clock, with_edge(small(packages=1))))
    file = tmp_path / "prod.json"
    file.write_text(json.dumps(prod.service_key()), encoding="utf-8")

    added = _call("add", "prod", str(file))
    checked = _call("check", "prod")

    assert (added.exit_code, checked.exit_code) == (0, 0), added.output + checked.output
    assert "prod: location edge-1: ok" in checked.stderr


def test_rejected_key_does_not_stop_the_other_checks(started: Start, clock: FakeClock) -> None:
    dev, prod = started(simulated(clock)), started(simulated(clock))
    dev.faults.add(Fault(FaultKind.UNAUTHORIZED, family="oauth"))
    _store(dev, "dev")
    _store(prod, "prod")

    result = _call("check", "--json")

    assert result.exit_code == 1
    entries = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert [name for name, entry in entries.items() if entry["ok"]] == ["prod"]
    assert entries["dev"]["problems"][0].startswith("access token: HTTP 401")


def test_secret_without_a_key_fails_the_check() -> None:
    boto3.client("secretsmanager").create_secret(
        Name="iflow-census/tenants/prod", SecretString="{}"
    )

    result = _call("check")

    assert result.exit_code == 1
    assert "secret iflow-census/tenants/prod" in result.stderr


def test_check_of_unknown_tenant_names_the_known_ones(key_file: str) -> None:
    _call("add", "prod", key_file)

    unknown = _call("check", "dev")
    without_tenants = _call("check", "--prefix", "other")

    assert (unknown.exit_code, without_tenants.exit_code) == (2, 1)
    assert "unknown tenant 'dev': there is neither a file dev nor a secret" in unknown.stderr
    assert "no tenant is configured" in without_tenants.stderr


def test_unknown_profile_and_missing_region_are_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = _call("list", "--profile", "nobody")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    region = _call("list")

    assert (profile.exit_code, region.exit_code) == (1, 1)
    assert "nobody" in profile.stderr
    assert "name a --region" in region.stderr


def test_key_file_is_checked_without_aws(
    started: Start, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    file = tmp_path / "prod.json"
    file.write_text(json.dumps(started(simulated(clock)).service_key()), encoding="utf-8")

    result = _call("check", str(file), "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["name"] == "prod"
