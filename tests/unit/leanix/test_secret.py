"""Parsing the LeanIX secret."""

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
def test_host_becomes_https_url_except_on_loopback(host: str, url: str) -> None:
    parsed = parse_leanix_secret(secret(host=host), source="the secret")

    assert parsed.url == url
    assert parsed.api_token == TOKEN
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
        "acme..net",
        "a" * 64 + ".leanix.net",
    ],
)
def test_host_with_scheme_path_or_user_is_rejected(host: str) -> None:
    with pytest.raises(ConfigurationError, match="'host' is not a host name"):
        parse_leanix_secret(secret(host=host), source="the secret")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the secret: not valid JSON"),
        ("[]", "the secret: not a LeanIX secret"),
        (secret(api_token=None), "'api_token' is missing"),
        (secret(api_token="LXT two words"), "'api_token' is not an API token"),
        (secret(host=""), "'host' is missing"),
        (secret(workspace_id="acme"), "'workspace_id' is not a UUID; copy the workspace ID"),
    ],
)
def test_error_names_the_field_but_not_the_token(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_leanix_secret(text, source="the secret")

    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_repr_does_not_contain_the_token() -> None:
    parsed = parse_leanix_secret(secret(), source="the secret")

    assert TOKEN not in repr(parsed)
