"""The secret that opens a workspace."""

import json
from typing import Any

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.leanix.secret import parse_leanix_secret

TOKEN = "LXT_very-secret"
WORKSPACE = "6f2f0f5e-7f5e-4f0c-9d7c-2b8f4c1b6a11"


def secret(**changes: Any) -> str:
    fields = {"host": "acme.leanix.net", "api_token": TOKEN, "workspace_id": WORKSPACE}
    return json.dumps(fields | changes)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("acme.leanix.net", "https://acme.leanix.net"),
        (" eu-4.leanix.net ", "https://eu-4.leanix.net"),
        ("acme.leanix.net:8443", "https://acme.leanix.net:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_a_host_becomes_an_https_url_and_http_is_for_loopback_alone(host: str, url: str) -> None:
    parsed = parse_leanix_secret(secret(host=host), source="the secret")

    assert parsed.url == url
    assert parsed.workspace_id == WORKSPACE


@pytest.mark.parametrize(
    "host",
    [
        "https://acme.leanix.net",
        "http://acme.leanix.net",
        "acme.leanix.net/acmeWorkspace",
        "somebody@acme.leanix.net",
        "acme.leanix.net?x",
        "-acme.leanix.net",
        "acme .net",
    ],
)
def test_a_host_with_more_than_a_name_is_told_how_to_be_written(host: str) -> None:
    with pytest.raises(ConfigurationError, match="'host' is the host alone"):
        parse_leanix_secret(secret(host=host), source="the secret")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a LeanIX secret"),
        (secret(api_token=None), "lacks 'api_token'"),
        (secret(api_token="LXT two words"), "'api_token' is no API token"),
        (secret(host=""), "lacks 'host'"),
        (secret(workspace_id="acme"), "'workspace_id' is no UUID: copy the workspace ID"),
    ],
)
def test_a_wrong_secret_is_named_by_its_field(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        parse_leanix_secret(text, source="the secret")

    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_token_is_left_out_of_the_repr() -> None:
    parsed = parse_leanix_secret(secret(), source="the secret")

    assert TOKEN not in repr(parsed)
