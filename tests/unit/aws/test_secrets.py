"""Secrets Manager: tenants are listed by name, and each key is read on its own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from iflow_census.aws.secrets import (
    MissingSecret,
    list_tenant_names,
    read_leanix_secret,
    read_tenant_key,
)
from iflow_census.errors import AccessError, ConfigurationError
from tests.aws_clients import cached_client

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

PREFIX = "acme/iflow-census"
FOLDER = f"{PREFIX}/tenants/"


@pytest.fixture
def secrets(_no_real_credentials: None) -> Iterator["SecretsManagerClient"]:
    with mock_aws():
        yield cached_client("secretsmanager")


@pytest.fixture
def stubbed() -> Iterator[tuple["SecretsManagerClient", Stubber]]:
    client = boto3.client("secretsmanager")
    with Stubber(client) as stubber:
        yield client, stubber


def test_tenants_are_listed_page_by_page(secrets: "SecretsManagerClient") -> None:
    names = [f"tenant-{number:03}" for number in range(245)]
    for name in reversed(names):
        secrets.create_secret(Name=FOLDER + name, SecretString="key")

    assert list_tenant_names(secrets, PREFIX) == names


def test_secrets_outside_the_prefix_are_no_tenants(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="mine")
    for name in (f"{PREFIX}/leanix", f"{PREFIX}-2/tenants/prod", "tenants/prod", "unrelated"):
        secrets.create_secret(Name=name, SecretString="not mine")

    assert list_tenant_names(secrets, PREFIX) == ["dev"]


def test_listing_reads_no_secret(stubbed: tuple["SecretsManagerClient", Stubber]) -> None:
    client, stubber = stubbed
    stubber.add_response(
        "list_secrets",
        {"SecretList": [{"Name": FOLDER + "dev"}]},
        {"Filters": [{"Key": "name", "Values": [FOLDER]}]},
    )

    assert list_tenant_names(client, PREFIX) == ["dev"]


def test_error_without_tenants_names_the_secret_to_create(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(ConfigurationError) as caught:
        list_tenant_names(secrets, PREFIX)

    assert f"{FOLDER}<name>" in str(caught.value)


def test_denied_list_names_the_right_that_the_role_needs(
    stubbed: tuple["SecretsManagerClient", Stubber],
) -> None:
    client, stubber = stubbed
    stubber.add_client_error(
        "list_secrets", "AccessDeniedException", expected_params={"Filters": ANY}
    )

    with pytest.raises(AccessError, match="secretsmanager:ListSecrets"):
        list_tenant_names(client, PREFIX)


@pytest.mark.parametrize("name", ["a/b", "_dev", "-dev", ".dev", "d@v", "d+v", "x" * 64])
def test_secret_of_an_invalid_tenant_name_is_not_read(
    stubbed: tuple["SecretsManagerClient", Stubber], name: str
) -> None:
    client, _ = stubbed

    with pytest.raises(ConfigurationError, match="is not a valid tenant name"):
        read_tenant_key(client, PREFIX, name)


@pytest.mark.parametrize("name", ["dev", "D", "0", "a.b_c-d", "x" * 63])
def test_valid_tenant_names_are_accepted(secrets: "SecretsManagerClient", name: str) -> None:
    secrets.create_secret(Name=FOLDER + name, SecretString="text")

    assert read_tenant_key(secrets, PREFIX, name) == "text"


@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure"])
def test_unreadable_secret_names_the_rights_that_the_role_needs(
    stubbed: tuple["SecretsManagerClient", Stubber], code: str
) -> None:
    client, stubber = stubbed
    stubber.add_client_error("get_secret_value", code)

    with pytest.raises(AccessError) as caught:
        read_tenant_key(client, PREFIX, "dev")

    assert f"secret {FOLDER}dev: access denied ({code})" in str(caught.value)
    assert "secretsmanager:GetSecretValue, and kms:Decrypt" in str(caught.value)


def test_single_secrets_are_read_by_name(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=f"{PREFIX}/tenants/dev", SecretString="key")
    secrets.create_secret(Name=f"{PREFIX}/leanix", SecretString="token")

    assert read_tenant_key(secrets, PREFIX, "dev") == "key"
    assert read_leanix_secret(secrets, PREFIX) == "token"


def test_missing_secret_of_leanix_is_none(secrets: "SecretsManagerClient") -> None:
    assert read_leanix_secret(secrets, PREFIX) is None


def test_missing_key_of_a_tenant_is_an_error(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(MissingSecret, match=f"secret {PREFIX}/tenants/prod: does not exist"):
        read_tenant_key(secrets, PREFIX, "prod")


def test_binary_secret_is_an_error(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=f"{PREFIX}/leanix", SecretBinary=b"geheim")

    with pytest.raises(ConfigurationError, match=f"secret {PREFIX}/leanix: binary"):
        read_leanix_secret(secrets, PREFIX)
