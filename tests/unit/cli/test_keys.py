"""How service keys are named on the command line."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from iflow_census.cli.aws import Account
from iflow_census.cli.files import decode_text
from iflow_census.cli.keys import KeyReader
from iflow_census.cli.terminal import InvalidUsage
from iflow_census.errors import CensusError, ConfigurationError

KEY = '{"url": "https://acme.example.com", "apikey": "geheim"}'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def reader() -> KeyReader:
    return KeyReader(Account(None, None), "iflow-census")


@pytest.fixture
def secrets() -> Iterator[None]:
    """Secrets of two tenants in a mocked AWS; one of them is not readable."""
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="iflow-census/tenants/prod", SecretString=KEY)
        client.create_secret(Name="iflow-census/tenants/test", SecretBinary=b"\0")
        yield


def test_key_is_a_file_with_or_without_a_name(reader: KeyReader) -> None:
    Path("prod.json").write_text(KEY, encoding="utf-8")

    keys = reader.read_each(["prod.json", "test=prod.json"])

    assert [(key.tenant, key.source, key.text) for key in keys] == [
        ("prod", "prod.json", KEY),
        ("test", "prod.json", KEY),
    ]
    assert "geheim" not in repr(keys)


def test_key_comes_from_standard_input(reader: KeyReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + KEY.encode())))

    key = reader.read("prod=-")

    assert (key.tenant, key.source, key.text) == ("prod", "standard input", KEY)


def test_key_comes_from_the_environment(reader: KeyReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROD_KEY", KEY)

    key = reader.read("prod=env:PROD_KEY")

    assert (key.tenant, key.source, key.text) == ("prod", "environment variable PROD_KEY", KEY)


@pytest.mark.usefixtures("secrets")
def test_key_is_a_secret_if_there_is_no_such_file(reader: KeyReader) -> None:
    secret = reader.read("prod")
    Path("prod").write_text(KEY.replace("acme", "file"), encoding="utf-8")
    file = reader.read("prod")

    assert (secret.source, secret.text) == ("secret iflow-census/tenants/prod", KEY)
    assert file.parse().url == "https://file.example.com"


@pytest.mark.slow
@pytest.mark.usefixtures("secrets")
def test_all_keys_of_a_stack_include_unreadable_ones() -> None:
    template = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"SecretPrefix": %s}}'
    boto3.client("cloudformation").create_stack(
        StackName="census", TemplateBody=template % '{"Value": "iflow-census"}'
    )

    keys = KeyReader(Account(None, None), "other", "census").read_each([])

    assert [key.tenant for key in keys] == ["prod", "test"]
    assert keys[0].text == KEY
    with pytest.raises(CensusError, match="secret iflow-census/tenants/test: binary or empty"):
        keys[1].parse()


@pytest.mark.usefixtures("secrets")
def test_unknown_secret_names_the_known_tenants(reader: KeyReader) -> None:
    with pytest.raises(InvalidUsage, match=r"neither a file dev nor a secret .*: prod, test"):
        reader.read("dev")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "-: name the tenant, as in prod=-"),
        (["env:KEY"], "env:KEY: name the tenant, as in prod=env:KEY"),
        (["prod=env:NOT_SET"], "environment variable NOT_SET: empty or not set"),
        (["a=-", "b=-"], "standard input (-) can contain only one service key"),
    ],
)
def test_wrong_key_argument_is_explained(
    reader: KeyReader, arguments: list[str], message: str
) -> None:
    with pytest.raises(InvalidUsage) as error:
        reader.read_each(arguments)

    assert str(error.value) == message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_file_in_utf_16_is_to_be_saved_as_utf_8(encoding: str) -> None:
    with pytest.raises(ConfigurationError, match=r"prod\.json: .*UTF-16.*; save it as UTF-8"):
        decode_text(KEY.encode(encoding), "prod.json")
