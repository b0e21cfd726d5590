"""Service keys from Secrets Manager: all of them, and what is wrong with one stays with it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import ANY, Stubber
from moto import mock_aws

from iflow_census.aws.secrets import read_tenant_keys
from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
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


def test_the_keys_of_all_tenants_are_read_over_several_pages(
    secrets: "SecretsManagerClient",
) -> None:
    names = [f"tenant-{number:02}" for number in range(45)]
    for name in reversed(names):
        secrets.create_secret(Name=FOLDER + name, SecretString=json.dumps({"name": name}))

    keys = read_tenant_keys(secrets, PREFIX)

    assert list(keys) == names
    assert keys["tenant-07"] == '{"name": "tenant-07"}'


def test_secrets_of_others_are_not_read(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="mine")
    for other in (f"{PREFIX}/leanix", f"{PREFIX}-2/tenants/prod", "tenants/prod", "unrelated"):
        secrets.create_secret(Name=other, SecretString="not mine")

    assert read_tenant_keys(secrets, PREFIX) == {"dev": "mine"}


def test_a_binary_secret_concerns_its_tenant_alone(secrets: "SecretsManagerClient") -> None:
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
def test_a_name_that_no_file_could_have_concerns_its_tenant_alone(
    secrets: "SecretsManagerClient", name: str
) -> None:
    secrets.create_secret(Name=FOLDER + "dev", SecretString="text")
    secrets.create_secret(Name=FOLDER + name, SecretString="geheim")

    keys = read_tenant_keys(secrets, PREFIX)

    assert keys["dev"] == "text"
    error = keys[name]
    assert isinstance(error, ConfigurationError)
    assert "a tenant's name has letters, digits" in str(error)
    assert "geheim" not in str(error)


@pytest.mark.parametrize("name", ["dev", "D", "0", "a.b_c-d", "x" * 63])
def test_good_names_are_good(secrets: "SecretsManagerClient", name: str) -> None:
    secrets.create_secret(Name=FOLDER + name, SecretString="text")

    assert read_tenant_keys(secrets, PREFIX) == {name: "text"}


def test_without_a_tenant_it_is_said_where_to_put_one(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_tenant_keys(secrets, PREFIX)

    assert f"'{FOLDER}<name>'" in str(caught.value)


def test_the_pages_are_asked_for_one_after_the_other(
    stubbed: tuple["SecretsManagerClient", Stubber],
) -> None:
    client, stubber = stubbed
    asked = {"Filters": [{"Key": "name", "Values": [FOLDER]}]}
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [value(FOLDER + "a", "1")], "NextToken": "next"},
        asked,
    )
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [], "NextToken": "last"},
        {**asked, "NextToken": "next"},
    )
    stubber.add_response(
        "batch_get_secret_value",
        {"SecretValues": [value(FOLDER + "b", "2")]},
        {**asked, "NextToken": "last"},
    )

    assert read_tenant_keys(client, PREFIX) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("secret_id", [f"{ARN}{FOLDER}my-prod-AbCdEf", f"{FOLDER}my-prod"])
def test_a_secret_that_cannot_be_read_concerns_its_tenant_alone(
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


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("AccessDeniedException", AccessError, "BatchGetSecretValue"),
        ("UnrecognizedClientException", AccessError, "BatchGetSecretValue"),
        ("ThrottlingException", TransientError, "ThrottlingException"),
        ("InternalServiceError", TransientError, "InternalServiceError"),
    ],
)
def test_what_secrets_manager_refuses_is_translated(
    stubbed: tuple["SecretsManagerClient", Stubber],
    code: str,
    kind: type[CensusError],
    words: str,
) -> None:
    client, stubber = stubbed
    stubber.add_client_error("batch_get_secret_value", code, expected_params={"Filters": ANY})

    with pytest.raises(CensusError, match=words) as caught:
        read_tenant_keys(client, PREFIX)

    assert type(caught.value) is kind
    assert isinstance(caught.value.__cause__, ClientError)


def test_secrets_manager_that_does_not_answer_may_answer_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("secretsmanager")

    def unreachable(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager.example")

    monkeypatch.setattr(client, "_make_api_call", unreachable)

    with pytest.raises(TransientError, match="EndpointConnectionError"):
        read_tenant_keys(client, PREFIX)
