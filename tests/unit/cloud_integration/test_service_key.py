"""Service keys of all kinds, and everything that a person can get wrong in one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.service_key import (
    ApiKey,
    BasicUser,
    ClientCertificate,
    ClientSecret,
    Credentials,
    parse_service_key,
)
from iflow_census.errors import ConfigurationError

URL = "https://acme.it-cpi018.cfapps.eu10.hana.ondemand.com"
TOKEN_URL = "https://acme.authentication.eu10.hana.ondemand.com/oauth/token"
SECRET = "geheim-4711"

CLIENT_SECRET = {
    "url": URL,
    "tokenurl": TOKEN_URL,
    "clientid": "sb-client!b1",
    "clientsecret": SECRET,
}
CERTIFICATE = {
    "url": URL,
    "tokenurl": TOKEN_URL,
    "clientid": "sb-client!b1",
    "certificate": f"-----BEGIN CERTIFICATE-----\n{SECRET}",
    "key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
}
BASIC = {"url": "https://abc-tmn.hci.eu1.hana.ondemand.com", "username": "S1", "password": SECRET}
API_KEY = {"url": "https://sandbox.api.sap.com/cpi", "apikey": SECRET}
ALL_KINDS = [CLIENT_SECRET, CERTIFICATE, BASIC, API_KEY]


def parse(document: object) -> Any:
    return parse_service_key(json.dumps(document), source="secret 'dev'")


def message(document: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(document)
    return str(caught.value)


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize(
    ("fields", "credentials"),
    [
        (CLIENT_SECRET, ClientSecret("sb-client!b1", SECRET, TOKEN_URL)),
        (
            CERTIFICATE,
            ClientCertificate(
                "sb-client!b1", CERTIFICATE["certificate"], CERTIFICATE["key"], TOKEN_URL
            ),
        ),
        (BASIC, BasicUser("S1", SECRET)),
        (API_KEY, ApiKey(SECRET)),
    ],
)
def test_each_kind_is_read_nested_and_flat(
    fields: Mapping[str, str], credentials: Credentials, nested: bool
) -> None:
    key = parse({"oauth": fields} if nested else fields)

    assert key.url == fields["url"]
    assert key.credentials == credentials


def test_fields_that_sap_adds_are_of_no_matter() -> None:
    key = parse({"oauth": {**CLIENT_SECRET, "createdate": "2026-01-01", "extra": {"a": [1]}}})

    assert key.url == URL


@pytest.mark.parametrize("end", ["/", "//", "/api/v1", "/api/v1/"])
def test_the_root_is_the_same_however_the_url_ends(end: str) -> None:
    assert parse({**CLIENT_SECRET, "url": URL + end}).url == URL


@pytest.mark.parametrize(
    ("given_url", "used"),
    [
        (TOKEN_URL, TOKEN_URL),
        (TOKEN_URL + "/", TOKEN_URL),
        ("https://auth.example", "https://auth.example/oauth/token"),
        ("https://auth.example/", "https://auth.example/oauth/token"),
        ("https://auth.example/oauth2/api/v1/token", "https://auth.example/oauth2/api/v1/token"),
    ],
)
def test_a_token_url_may_be_whole_or_the_host_alone(given_url: str, used: str) -> None:
    assert parse({**CLIENT_SECRET, "tokenurl": given_url}).credentials.token_url == used


@pytest.mark.parametrize("fields", ALL_KINDS)
def test_no_secret_is_shown(fields: Mapping[str, str]) -> None:
    key = parse(fields)

    assert SECRET not in repr(key) + str(key) + repr(key.credentials)


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [(fields, name) for fields in ALL_KINDS for name in fields],
)
@pytest.mark.parametrize("value", [None, "", "  ", 4711, ["geheim-4711"], {"a": SECRET}])
def test_a_field_without_text_is_named_and_its_value_is_not(
    fields: Mapping[str, str], lacking: str, value: object
) -> None:
    said = message({**fields, lacking: value})

    assert said.startswith("secret 'dev'")
    assert f"'{lacking}'" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("fields", "lacking", "named"),
    [
        (CLIENT_SECRET, "url", "'url'"),
        (CLIENT_SECRET, "tokenurl", "'tokenurl'"),
        (CLIENT_SECRET, "clientsecret", "'clientsecret'"),
        (CERTIFICATE, "certificate", "'certificate'"),
        (CERTIFICATE, "key", "'key'"),
        (BASIC, "url", "'url'"),
        (BASIC, "password", "'password'"),
        (BASIC, "username", "'username'"),
        (API_KEY, "url", "'url'"),
        (API_KEY, "apikey", "'apikey'"),
    ],
)
def test_a_missing_field_is_named(fields: Mapping[str, str], lacking: str, named: str) -> None:
    said = message({name: value for name, value in fields.items() if name != lacking})

    assert named in said
    assert SECRET not in said


@pytest.mark.parametrize("document", [[], "geheim-4711", 5, None, True, [CLIENT_SECRET]])
def test_another_kind_of_json_is_no_service_key(document: object) -> None:
    said = message(document)

    assert "a JSON object is expected" in said
    assert SECRET not in said


@pytest.mark.parametrize("document", [{"url": URL}, {"url": URL, "oauth": SECRET}])
def test_a_key_of_no_kind_says_which_plan_is_needed(document: object) -> None:
    said = message(document)

    assert "plan 'api'" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'{{"clientsecret": "{SECRET}"',
        f"{SECRET}",
        f"'clientsecret': '{SECRET}'",
        "\ufeff{}",
        "[" * 200_000,
    ],
)
def test_text_that_is_no_json_is_not_quoted_in_the_error_or_its_causes(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_service_key(text, source="secret 'dev'")

    assert str(caught.value).startswith("secret 'dev' is not JSON (")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@given(st.text(max_size=200))
def test_any_text_is_a_key_or_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_service_key(text, source="secret 'dev'")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "127.8.9.1", "localhost", "[::1]:8080"],
)
def test_http_is_accepted_for_loopback(host: str) -> None:
    key = parse({**CLIENT_SECRET, "url": f"http://{host}", "tokenurl": f"http://{host}/token"})

    assert key.url == f"http://{host}"


@pytest.mark.parametrize("name", ["url", "tokenurl"])
@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://169.254.169.254",
        "ftp://acme.example",
        "HTTP://acme.example",
        "file:///etc/passwd",
        "//acme.example",
        "acme.example",
        "/oauth/token",
        "https://",
        "https:///path",
        "https://[",
        "https://user:geheim-4711@acme.example",
        "https://@acme.example",
        "https://acme.example?geheim-4711",
        "https://acme.example#geheim-4711",
        "https://acme.example:99999",
        "https://acme.example:0",
        "https://acme.example:geheim-4711",
        "https://ac me.example",
        "https://ac\nme.example",
        "https://acme\u202e.example",
        "javascript:alert(1)",
    ],
)
def test_any_other_url_is_refused_by_the_name_of_its_field(name: str, url: str) -> None:
    said = message({**CLIENT_SECRET, name: url})

    assert f"'{name}'" in said
    assert "https" in said
    assert url not in said
    assert SECRET not in said


@pytest.mark.parametrize("fields", [CLIENT_SECRET, CERTIFICATE])
def test_a_key_of_the_plan_for_senders_is_told_apart(fields: Mapping[str, str]) -> None:
    said = message({**fields, "url": "https://acme.it-cpi018-rt.cfapps.eu10.hana.ondemand.com"})

    assert "plan 'integration-flow'" in said
    assert "plan 'api'" in said


def test_a_tenant_whose_own_name_ends_like_a_runtime_is_none() -> None:
    url = "https://smart-rt.it-cpi018.cfapps.eu10.hana.ondemand.com"

    assert parse({**CLIENT_SECRET, "url": url}).url == url


@pytest.mark.parametrize("value", ["geheim-4711\nX: y", "geheim-4711\u00ef", "geheim-4711\x00"])
def test_an_api_key_that_no_header_can_hold_is_refused(value: str) -> None:
    said = message({**API_KEY, "apikey": value})

    assert "'apikey'" in said
    assert SECRET not in said


def test_spaces_around_a_pasted_value_are_not_part_of_it() -> None:
    key = parse({**API_KEY, "apikey": f" {SECRET}\n"})

    assert key.credentials == ApiKey(SECRET)
