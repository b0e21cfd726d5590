"""The environment and the web UI in a tenant's key."""

import json
from collections.abc import Mapping

import pytest

from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.errors import ConfigurationError
from iflow_census.scan.web_ui import Environment, TenantProfile

KEY = {"url": "https://sandbox.api.sap.com/cpi", "apikey": "geheim-4711"}
WEB_URL = "https://acme.integrationsuite.cfapps.eu10-002.hana.ondemand.com"


def profile(additions: Mapping[str, object]) -> TenantProfile:
    return parse_service_key(json.dumps({**KEY, **additions}), source="key prod.json").profile


def test_key_as_sap_issues_it_has_no_profile() -> None:
    assert profile({}) == TenantProfile()


def test_environment_and_web_url_may_be_beside_a_nested_key() -> None:
    text = json.dumps({"oauth": KEY, "environment": "production", "web_url": WEB_URL})

    key = parse_service_key(text, source="key prod.json")

    assert key.profile == TenantProfile(Environment.PRODUCTION, WEB_URL)


@pytest.mark.parametrize(
    "path", ["", "/", "/shell", "/shell/home", "/shell/design/contentpackage/P/"]
)
@pytest.mark.parametrize("root", [WEB_URL, "https://acme-tmn.hci.eu1.hana.ondemand.com/itspaces"])
def test_any_page_of_the_web_ui_names_its_root(root: str, path: str) -> None:
    assert profile({"web_url": root + path}).web_url == root


@pytest.mark.parametrize(
    ("additions", "expected"),
    [
        ({"environment": "prod"}, "'environment' is not one of production, test, development;"),
        ({"environment": ["test"]}, "'environment' is not one of"),
        ({"web_url": "http://acme.example"}, "'web_url' must start with https://"),
        ({"web_url": "javascript:alert(1)"}, "'web_url' is not a plain https URL"),
        ({"web_url": "https://user@acme.example"}, "'web_url' is not a plain https URL"),
        ({"web_url": 'https://acme.example/" onclick="'}, "'web_url' is not a plain https URL"),
        ({"web_url": 'https://acme.example/"x"'}, "'web_url' has characters that no URL has"),
        ({"web_url": 7}, "'web_url' is missing"),
    ],
)
def test_invalid_additions_are_named(additions: Mapping[str, object], expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        profile(additions)

    assert str(caught.value).startswith(f"key prod.json: {expected}")
    assert "geheim" not in str(caught.value)
