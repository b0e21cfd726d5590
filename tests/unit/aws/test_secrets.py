"""Secrets Manager: all service keys are read, and a bad one affects only its tenant."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from iflow_census.aws.secrets import read_leanix_secret, read_tenant_key, read_tenant_keys
from iflow_census.errors import AccessError, ConfigurationError
from tests.aws_clients import cached_client

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

PREFIX = "acme/iflow-census"
FOLDER = f"{PREFIX}/tenants/"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"


@pytest.fixture
def secrets(_no_real_credentials: None) -> Iterator["SecretsManagerClient"]:
    with mock_aws():
        yield cached_client("secretsmanager")


@pytest.fixture
def stubbed() -> Iterator[tuple["SecretsManagerClient", Stubber]]:
    client = boto3.client("secretsmanager")
    with Stubber(client) as stubber:
        yield client, stubber


def value(name: str, text: str = "{}") -> dict[str, Any]:
    return {"ARN": f"{ARN}{name}-AbCdEf", "Name": name, "SecretString": text}


def test_keys_of_all_tenants_are_read_page_by_page(
    secrets: "SecretsManagerClient",
) -> None:
    names = [f"tenant-{number:02}" for number in range(45)]
    for name in reversed(names):
        secrets.create_secret(Name=FOLDER + name, SecretString=json.dumps({"name": name}))

    keys = read_tenant_keys(secrets, PREFIX)

    assert list(keys) == names
    assert keys["tenant-07"] == '{"name": "tenant-07"}'


def test_secrets_outside_the_prefix_are_not_read(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="mine")
    for name in (f"{PREFIX}/leanix", f"{PREFIX}-2/tenants/prod", "tenants/prod", "unrelated"):
        secrets.create_secret(Name=name, SecretString="not mine")

    assert read_tenant_keys(secrets, PREFIX) == {"dev": "mine"}


def test_binary_secret_affects_only_its_tenant(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="text")
    secrets.create_secret(Name=FOLDER + "prod", SecretBinary=b"geheim")

    keys = read_tenant_keys(secrets, PREFIX)

    assert keys["dev"] == "text"
    error = keys["prod"]
    assert isinstance(error, ConfigurationError)
    assert f"{FOLDER}prod" in str(error)
    assert "binary" in str(error)
    assert "geheim" not in str(error)


@pytest.mark.parametrize("name", ["a/b", "_dev", "-dev", ".dev", "d@v", "d+v", "x" * 64])
def test_invalid_tenant_name_affects_only_that_tenant(
    secrets: "SecretsManagerClient", name: str
) -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="text")
    secrets.create_secret(Name=FOLDER + name, SecretString="geheim")

    keys = read_tenant_keys(secrets, PREFIX)

    assert keys["dev"] == "text"
    error = keys[name]
    assert isinstance(error, ConfigurationError)
    assert "is not a valid tenant name" in str(error)
    assert "geheim" not in str(error)


@pytest.mark.parametrize("name", ["dev", "D", "0", "a.b_c-d", "x" * 63])
def test_valid_tenant_names_are_accepted(secrets: "SecretsManagerClient", name: str) -> None:
    secrets.create_secret(Name=FOLDER + name, SecretString="text")

    assert read_tenant_keys(secrets, PREFIX) == {name: "text"}


def test_error_without_tenants_names_the_secret_to_create(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_tenant_keys(secrets, PREFIX)

    assert f"{FOLDER}<name>" in str(caught.value)


def test_next_token_is_sent_with_the_next_request(
    stubbed: tuple["SecretsManagerClient", Stubber],
) -> None:
    client, stubber = stubbed
    expected = {"Filters": [{"Key": "name", "Values": [FOLDER]}]}
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [value(FOLDER + "a", "1")], "NextToken": "next"},
        expected,
    )
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [], "NextToken": "last"},
        {**expected, "NextToken": "next"},
    )
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [value(FOLDER + "b", "2")]},
        {**expected, "NextToken": "last"},
    )

    assert read_tenant_keys(client, PREFIX) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("secret_id", [f"{ARN}{FOLDER}my-prod-AbCdEf", f"{FOLDER}my-prod"])
def test_unreadable_secret_affects_only_its_tenant(
    stubbed: tuple["SecretsManagerClient", Stubber], secret_id: str
) -> None:
    client, stubber = stubbed
    stubber.add_response(
        "batch_get_secret_value",
        {
            "SecretValues": [value(FOLDER + "dev", "text")],
            "Errors": [{"SecretId": secret_id, "ErrorCode": "DecryptionFailure", "Message": "no"}],
        },
    )

    keys = read_tenant_keys(client, PREFIX)

    assert list(keys) == ["dev", "my-prod"]
    error = keys["my-prod"]
    assert isinstance(error, AccessError)
    assert "DecryptionFailure" in str(error)
    assert "kms:Decrypt" in str(error)


def test_access_denied_names_the_rights_that_the_role_needs(
    stubbed: tuple["SecretsManagerClient", Stubber],
) -> None:
    client, stubber = stubbed
    stubber.add_client_error(
        "batch_get_secret_value", "AccessDeniedException", expected_params={"Filters": ANY}
    )

    with pytest.raises(AccessError, match="BatchGetSecretValue, ListSecrets and GetSecretValue"):
        read_tenant_keys(client, PREFIX)


def test_single_secrets_are_read_by_name(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=f"{PREFIX}/tenants/dev", SecretString="key")
    secrets.create_secret(Name=f"{PREFIX}/leanix", SecretString="token")

    assert read_tenant_key(secrets, PREFIX, "dev") == "key"
    assert read_leanix_secret(secrets, PREFIX) == "token"


def test_missing_secret_is_none(secrets: "SecretsManagerClient") -> None:
    assert read_tenant_key(secrets, PREFIX, "prod") is None
    assert read_leanix_secret(secrets, PREFIX) is None


def test_single_secret_that_is_binary_is_an_error(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=f"{PREFIX}/leanix", SecretBinary=b"geheim")

    with pytest.raises(ConfigurationError, match=f"secret {PREFIX}/leanix: binary"):
        read_leanix_secret(secrets, PREFIX)


def test_denied_single_secret_names_the_right(
    stubbed: tuple["SecretsManagerClient", Stubber],
) -> None:
    client, stubber = stubbed
    stubber.add_client_error("get_secret_value", "AccessDeniedException")

    with pytest.raises(AccessError, match="the role needs secretsmanager:GetSecretValue"):
        read_leanix_secret(client, PREFIX)
