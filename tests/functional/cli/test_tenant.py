"""`iflow-census tenant …`, against a mocked AWS and simulated tenants."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from tests.clock import FakeClock
from tests.functional.tenants import simulated
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

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


def test_a_key_is_stored_where_the_function_looks_for_it(key_file: str) -> None:
    result = _call("add", "prod", key_file)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "stored as iflow-census/tenants/prod" in result.stderr
    assert _stored("iflow-census/tenants/prod") == KEY


def test_the_prefix_of_another_stack_can_be_named(key_file: str) -> None:
    result = _call("add", "prod", key_file, "--prefix", "team-a/census")

    assert result.exit_code == 0, result.output
    assert _stored("team-a/census/tenants/prod") == KEY


@pytest.mark.parametrize(
    ("answer", "exit_code", "stored"), [("y\n", 0, OTHER_KEY), ("n\n", 1, KEY), ("", 1, KEY)]
)
def test_a_key_that_is_there_is_replaced_only_after_a_question(
    key_file: str, answer: str, exit_code: int, stored: str
) -> None:
    _call("add", "prod", key_file)
    Path(key_file).write_text(OTHER_KEY, encoding="utf-8")

    result = _call("add", "prod", key_file, answer=answer)

    assert result.exit_code == exit_code
    assert "holds a key already. Replace it?" in result.stderr
    assert _stored("iflow-census/tenants/prod") == stored


def test_a_key_is_replaced_without_a_question_where_that_is_said(key_file: str) -> None:
    _call("add", "prod", key_file)
    Path(key_file).write_text(OTHER_KEY, encoding="utf-8")

    result = _call("add", "prod", key_file, "--yes")

    assert result.exit_code == 0
    assert _stored("iflow-census/tenants/prod") == OTHER_KEY


def test_a_key_of_ones_own_encrypts_the_secret(key_file: str) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

    result = _call("add", "prod", key_file, "--kms-key", arn)

    assert result.exit_code == 0, result.output
    found = boto3.client("secretsmanager").describe_secret(SecretId="iflow-census/tenants/prod")
    assert found["KmsKeyId"] == arn


def test_a_name_that_was_deleted_lately_is_told_with_what_frees_it(key_file: str) -> None:
    _call("add", "prod", key_file)
    boto3.client("secretsmanager").delete_secret(SecretId="iflow-census/tenants/prod")

    result = _call("add", "prod", key_file, "--yes")

    assert result.exit_code == 1
    assert "aws secretsmanager restore-secret" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("eu/prod", KEY, "'eu/prod' names no tenant"),
        ("prod", "[]", "not a service key"),
        ("prod", KEY.replace("https", "http"), "'url' must start with https://"),
    ],
)
def test_nothing_wrong_is_stored(key_file: str, name: str, content: str, said: str) -> None:
    Path(key_file).write_text(content, encoding="utf-8")

    result = _call("add", name, key_file)

    assert result.exit_code == 2
    assert said in result.stderr
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_tenants_are_listed_without_reading_a_key(key_file: str) -> None:
    _call("add", "prod", key_file)
    _call("add", "dev", key_file)
    _call("add", "foreign", key_file, "--prefix", "other")

    result = _call("list", "--json")

    assert result.exit_code == 0
    assert [one["name"] for one in json.loads(result.stdout)] == ["dev", "prod"]
    assert "prod" in result.stderr
    assert "foreign" not in result.output


def test_where_no_tenant_is_stored_the_list_says_where_one_would_be() -> None:
    result = _call("list")

    assert result.exit_code == 0
    assert "There is no secret iflow-census/tenants/<name> yet." in result.stderr


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_a_good_key_passes_the_check_with_a_request_for_each_thing(
    started: Start, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    prod = started(simulated(clock, auth=auth))
    if prod.ca_file:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(prod.ca_file))
    _store(prod, "prod")

    result = _call("check", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == [{"name": "prod", "ok": True, "problems": []}]
    asked = [request for request in prod.requests if "oauth" not in request.path]
    assert [request.family for request in asked] == ["design-time", "runtime", "message-logs"]
    assert not any(secret in result.output for secret in prod.secrets())


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("MonitoringDataRead", "WorkspacePackagesRead"),
        ("WorkspacePackagesRead", "MonitoringDataRead"),
    ],
)
def test_the_check_names_the_role_that_is_missing(
    started: Start, clock: FakeClock, role: str, missing: str
) -> None:
    _store(started(simulated(clock, roles={role})), "prod")

    result = _call("check", "prod")

    assert result.exit_code == 1
    assert f"lacks the role {missing}" in result.stderr
    assert f"lacks the role {role}" not in result.stderr


def test_a_key_that_was_deleted_fails_at_the_log_on_and_others_are_checked_all_the_same(
    started: Start, clock: FakeClock
) -> None:
    dev, prod = started(simulated(clock)), started(simulated(clock))
    dev.faults.add(Fault(FaultKind.UNAUTHORIZED, family="oauth"))
    _store(dev, "dev")
    _store(prod, "prod")

    result = _call("check", "--json")

    assert result.exit_code == 1
    checked = {one["name"]: one for one in json.loads(result.stdout)}
    assert [name for name, one in checked.items() if one["ok"]] == ["prod"]
    assert checked["dev"]["problems"][0].startswith("access token: HTTP 401")


def test_a_secret_that_holds_no_key_fails_the_check() -> None:
    boto3.client("secretsmanager").create_secret(
        Name="iflow-census/tenants/prod", SecretString="{}"
    )

    result = _call("check")

    assert result.exit_code == 1
    assert "secret iflow-census/tenants/prod" in result.stderr


def test_a_tenant_that_is_not_there_cannot_be_checked(key_file: str) -> None:
    _call("add", "prod", key_file)

    unknown = _call("check", "dev")
    none_at_all = _call("check", "--prefix", "other")

    assert (unknown.exit_code, none_at_all.exit_code) == (2, 1)
    assert "unknown tenant 'dev'; known tenants: prod" in unknown.stderr
    assert "no tenant is configured" in none_at_all.stderr


def test_without_credentials_or_region_or_profile_the_person_is_told_what_to_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = _call("list", "--profile", "nobody")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    region = _call("list")

    assert (profile.exit_code, region.exit_code) == (1, 1)
    assert "nobody" in profile.stderr
    assert "name a --region" in region.stderr
