"""Parse service keys of all kinds, and reject invalid ones without showing secrets."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

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
from iflow_census.scan.locations import RuntimeLocation

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
def test_each_kind_is_parsed_nested_and_flat(
    fields: Mapping[str, str], credentials: Credentials, nested: bool
) -> None:
    key = parse({"oauth": fields} if nested else fields)

    assert key.url == fields["url"]
    assert key.credentials == credentials
    assert key.token_host == (urlsplit(TOKEN_URL).netloc if "tokenurl" in fields else None)


def test_unknown_fields_are_ignored() -> None:
    key = parse({"oauth": {**CLIENT_SECRET, "createdate": "2026-01-01", "extra": {"a": [1]}}})

    assert key.url == URL


@pytest.mark.parametrize("end", ["/", "//", "/api/v1", "/api/v1/"])
def test_url_suffixes_are_removed(end: str) -> None:
    assert parse({**CLIENT_SECRET, "url": URL + end}).url == URL


@pytest.mark.parametrize(
    ("token_url", "expected"),
    [
        (TOKEN_URL, TOKEN_URL),
        (TOKEN_URL + "/", TOKEN_URL),
        ("https://auth.example", "https://auth.example/oauth/token"),
        ("https://auth.example/", "https://auth.example/oauth/token"),
        ("https://auth.example/oauth2/api/v1/token", "https://auth.example/oauth2/api/v1/token"),
    ],
)
def test_token_url_can_be_complete_or_only_a_host(token_url: str, expected: str) -> None:
    assert parse({**CLIENT_SECRET, "tokenurl": token_url}).credentials.token_url == expected


@pytest.mark.parametrize("fields", ALL_KINDS)
def test_repr_contains_no_secret(fields: Mapping[str, str]) -> None:
    key = parse(fields)

    assert SECRET not in repr(key) + str(key) + repr(key.credentials)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [(fields, name) for fields in ALL_KINDS for name in fields],
)
@pytest.mark.parametrize("value", [None, "", "  ", 4711, ["geheim-4711"], {"a": SECRET}])
def test_invalid_field_is_named_without_its_value(
    fields: Mapping[str, str], missing: str, value: object
) -> None:
    error = message({**fields, missing: value})

    assert error.startswith("secret 'dev'")
    assert f"'{missing}'" in error
    assert SECRET not in error


@pytest.mark.parametrize(
    ("fields", "missing", "named"),
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
def test_missing_field_is_named(fields: Mapping[str, str], missing: str, named: str) -> None:
    error = message({name: value for name, value in fields.items() if name != missing})

    assert named in error
    assert SECRET not in error


@pytest.mark.parametrize("document", [[], "geheim-4711", 5, None, True, [CLIENT_SECRET]])
def test_other_json_is_rejected(document: object) -> None:
    error = message(document)

    assert "not a service key" in error
    assert SECRET not in error


@pytest.mark.parametrize("document", [{"url": URL}, {"url": URL, "oauth": SECRET}])
def test_unknown_kind_names_the_required_plan(document: object) -> None:
    error = message(document)

    assert "plan 'api'" in error
    assert SECRET not in error


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
def test_invalid_json_is_rejected_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_service_key(text, source="secret 'dev'")

    assert str(caught.value).startswith("secret 'dev': not valid JSON (")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@given(st.text(max_size=200))
def test_any_text_is_rejected(text: str) -> None:
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
def test_other_urls_are_rejected_by_field_name(name: str, url: str) -> None:
    error = message({**CLIENT_SECRET, name: url})

    assert f"'{name}'" in error
    assert "https" in error
    assert url not in error
    assert SECRET not in error


@pytest.mark.parametrize("fields", [CLIENT_SECRET, CERTIFICATE])
def test_key_of_plan_integration_flow_is_rejected(fields: Mapping[str, str]) -> None:
    error = message({**fields, "url": "https://acme.it-cpi018-rt.cfapps.eu10.hana.ondemand.com"})

    assert "plan 'integration-flow'" in error
    assert "plan 'api'" in error


def test_tenant_name_can_end_in_rt() -> None:
    url = "https://smart-rt.it-cpi018.cfapps.eu10.hana.ondemand.com"

    assert parse({**CLIENT_SECRET, "url": url}).url == url


@pytest.mark.parametrize("value", ["geheim-4711\nX: y", "geheim-4711\u00ef", "geheim-4711\x00"])
def test_api_key_with_invalid_characters_is_rejected(value: str) -> None:
    error = message({**API_KEY, "apikey": value})

    assert "'apikey'" in error
    assert SECRET not in error


def test_spaces_around_values_are_removed() -> None:
    key = parse({**API_KEY, "apikey": f" {SECRET}\n"})

    assert key.credentials == ApiKey(SECRET)


@pytest.mark.parametrize(
    ("text", "position"), [('{"url":\n geheim}', "line 2, column 2"), ("[" * 100_000, "unreadable")]
)
def test_invalid_json_is_located_without_quoting_it(text: str, position: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_service_key(text, source="prod.json")

    assert str(caught.value).startswith(f"prod.json: not valid JSON ({position}); copy")


def test_locations_are_sorted_by_id() -> None:
    locations = [
        {"id": "edge-3", "retention_days": 366},
        {"id": "edge-2", "retention_days": 1},
        {"id": "edge-1"},
    ]

    key = parse({**CLIENT_SECRET, "locations": locations})

    assert key.locations == (
        RuntimeLocation("edge-1", 30),
        RuntimeLocation("edge-2", 1),
        RuntimeLocation("edge-3", 366),
    )


def test_key_without_locations_has_none() -> None:
    assert parse(CLIENT_SECRET).locations == ()


def test_locations_may_be_beside_or_in_a_nested_key() -> None:
    locations = [{"id": "edge"}]

    beside = parse({"oauth": CLIENT_SECRET, "locations": locations})
    within = parse({"oauth": {**CLIENT_SECRET, "locations": locations}})

    assert beside.locations == within.locations == (RuntimeLocation("edge"),)


@pytest.mark.parametrize(
    ("locations", "expected"),
    [
        ({"id": "edge"}, "'locations' is not a list; write it as [{"),
        (["edge"], "'locations', entry 1: not an object"),
        ([{"id": "a"}, {}], "'locations', entry 2: 'id' is missing or invalid"),
        ([{"id": "a/../b"}], "'id' is missing or invalid"),
        ([{"id": "edge", "days": 3}], "unknown key 'days'; a location has 'id'"),
        ([{"id": "edge"}, {"id": "edge"}], "'locations' has 'edge' twice; remove one"),
        ([{"id": "cloudintegration"}], "the cloud runtime, which is always read; remove"),
        ([{"id": "edge", "retention_days": 0}], "not a number of days from 1 to 366"),
        ([{"id": "edge", "retention_days": 367}], "not a number of days"),
        ([{"id": "edge", "retention_days": True}], "not a number of days"),
        ([{"id": "edge", "retention_days": "30"}], "not a number of days"),
    ],
)
def test_invalid_locations_are_named(locations: object, expected: str) -> None:
    text = message({**CLIENT_SECRET, "locations": locations})

    assert text.startswith("secret 'dev': 'locations'")
    assert expected in text


@pytest.mark.parametrize("path", ["/location/edge-1", "/location/edge-1/", "/location/e/api/v1"])
def test_url_of_a_location_is_refused(path: str) -> None:
    text = message({**CLIENT_SECRET, "url": URL + path})

    assert "'url' is that of a runtime location" in text
    assert "add 'locations' to the tenant's key" in text
