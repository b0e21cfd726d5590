"""SAP's error responses become the project's errors."""

import json

import pytest
import requests

from iflow_census.cloud_integration.errors import (
    error_for_response,
    error_for_token_response,
    quote_error,
)
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    NotFound,
    NotSupported,
    OptionRejected,
    RequestNotDelivered,
    RequestRejected,
    TransientError,
)

NO_TEXT = " without an error text"


def sap_response(
    status: int, headers: dict[str, str] | None = None, method: str = "GET"
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    response.request = requests.Request(method, "https://tenant.example/").prepare()
    return response


def odata_error(text: str | None) -> bytes:
    return json.dumps({"error": {"code": "x", "message": {"lang": "en", "value": text}}}).encode()


@pytest.mark.parametrize(
    ("response", "path", "kind", "words"),
    [
        (sap_response(401), "IntegrationPackages", AccessError, "the service key was rejected"),
        (
            sap_response(403),
            "IntegrationPackages",
            AccessError,
            "lacks the role WorkspacePackagesRead",
        ),
        (
            sap_response(403),
            "IntegrationPackages('P')/IntegrationDesigntimeArtifacts",
            AccessError,
            "an access policy hides it, or the service instance lacks the role",
        ),
        (
            sap_response(403),
            "MessageProcessingLogs",
            AccessError,
            "lacks the role MonitoringDataRead",
        ),
        (
            sap_response(302, {"Location": "https://login"}),
            "X",
            AccessError,
            "login page",
        ),
        (sap_response(400), "X", OptionRejected, "HTTP 400"),
        (sap_response(404), "X", NotFound, "HTTP 404: check the name and the key"),
        (sap_response(501), "X", NotSupported, "HTTP 501"),
    ],
)
def test_error_says_what_to_do(
    response: requests.Response, path: str, kind: type[CensusError], words: str
) -> None:
    error = error_for_response(response, b"", "GET X", path)

    assert type(error) is kind
    assert str(error).startswith("GET X: HTTP ")
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, odata_error("Oh no"), RequestRejected, "HTTP 400: Oh no; check the request"),
        (
            409,
            odata_error("Exists"),
            RequestRejected,
            "HTTP 409: Exists; it already exists",
        ),
        (405, b"", RequestRejected, "does not support this operation"),
        (415, b"", RequestRejected, "check the request"),
        (501, odata_error("Not implemented"), RequestRejected, "does not support this operation"),
        (423, odata_error("Locked"), RequestRejected, "someone else has locked it"),
        (403, b"", AccessError, "lacks the role WorkspacePackagesEdit"),
        (404, b"", NotFound, "check the name and the key"),
        (503, odata_error("keystore is locked"), RequestNotDelivered, "keystore is locked"),
        (503, b"<html>", DataError, "HTTP 503"),
        (500, odata_error("Internal Server Error"), DataError, "HTTP 500: Internal Server Error"),
        (500, b"", DataError, "HTTP 500"),
        (
            400,
            odata_error("It is in a configure only package"),
            RequestRejected,
            "can be configured",
        ),
        (
            500,
            odata_error("Attempt to insert a duplicate."),
            RequestRejected,
            "duplicate; check",
        ),
        (500, odata_error("An iFlow with the ID a already exists."), RequestRejected, "update it"),
        (
            500,
            odata_error("Cannot update the artifact as it is locked."),
            RequestRejected,
            "delete the lock",
        ),
        (500, odata_error("Update of Id is not allowed."), RequestRejected, "change the request"),
    ],
)
def test_error_for_a_write_says_what_to_do(
    status: int, body: bytes, kind: type[CensusError], words: str
) -> None:
    error = error_for_response(
        sap_response(status, method="POST"), body, "POST X", "IntegrationPackages"
    )

    assert type(error) is kind
    assert words in str(error)


def test_download_of_a_draft_is_rejected() -> None:
    body = odata_error("The artifacts are in draft state")

    error = error_for_response(sap_response(500), body, "GET X", "IntegrationPackages('a')/$value")

    assert type(error) is RequestRejected
    assert str(error).endswith(
        "; save each draft as a version, or download the artifacts one by one"
    )


def test_failed_download_mentions_configure_only() -> None:
    error = error_for_response(sap_response(400), b"", "GET X", "IntegrationPackages('a')/$value")

    assert str(error) == (
        "GET X: HTTP 400: configure-only packages and packages with drafts cannot be downloaded"
    )


def test_failed_download_of_an_iflow_does_not_blame_drafts() -> None:
    path = "IntegrationDesigntimeArtifacts(Id='a',Version='active')/$value"

    error = error_for_response(sap_response(400), b"", "GET X", path)

    assert str(error) == (
        "GET X: HTTP 400: artifacts of configure-only packages cannot be downloaded"
    )


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "DeployIntegrationDesigntimeArtifact", "WorkspaceArtifactsDeploy"),
        ("DELETE", "IntegrationRuntimeArtifacts('a')", "MonitoringArtifactsDeploy"),
        ("PUT", "X('a')/$links/Configurations('b')", "WorkspacePackagesConfigure"),
        ("GET", "DataStores", "DataStoresAndQueuesRead"),
        ("GET", "DataStoreEntries(Id='a')/$value", "DataStorePayloadsRead"),
        ("GET", "MessageStoreEntries('a')/$value", "MessagePayloadsRead"),
        ("PUT", "UserCredentials('a')", "CredentialsEdit"),
        ("POST", "KeystoreResources", "SecurityMaterialEdit"),
        ("GET", "StringParameters", "AuthGroup_TenantPartnerDirectoryConfigurator"),
        ("GET", "IdMapFromIds('a')/ToIds", "MessageProcessingLocksRead"),
        ("PATCH", "AccessPolicies(1)", "AccessPoliciesEdit"),
        ("POST", "NumberRanges", "MonitoringArtifactsDeploy"),
        ("GET", "SomethingNew", "MonitoringDataRead"),
    ],
)
def test_missing_role_is_named(method: str, path: str, role: str) -> None:
    assert f"lacks the role {role}" in str(
        error_for_response(sap_response(403, method=method), b"", "X", path)
    )


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ({"error": {"code": "Bad", "message": {"lang": "en", "value": "Oh\nno"}}}, ": Oh no"),
        ({"error": {"message": "Oh no"}}, ": Oh no"),
        ({"error": "Oh no"}, ""),
        ({"error": {"message": {"@lang": "en", "#text": "Oh no"}}}, NO_TEXT),
        ({"error": {}}, NO_TEXT),
        ({"error": {"code": "x", "message": {"lang": "en", "value": None}}}, NO_TEXT),
        ({"error": {"code": "x", "message": {"lang": "en", "value": " \n"}}}, NO_TEXT),
        ({"error": {"code": "x", "message": {"lang": "en", "value": {"a": 1}}}}, NO_TEXT),
        ({"error": {"code": "x", "message": {"lang": "en"}}}, NO_TEXT),
        ({"error": {"code": "x", "message": None}}, NO_TEXT),
        ({"error": {"code": "x"}}, NO_TEXT),
        ({"error": None}, ""),
        (["error"], ""),
        (None, ""),
    ],
)
def test_odata_errors_are_quoted(body: object, quoted: str) -> None:
    assert quote_error(sap_response(400), json.dumps(body).encode()) == quoted


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>geheim", b"geheim", b"[" * 200_000])
def test_other_bodies_are_not_quoted(body: bytes) -> None:
    assert quote_error(sap_response(500), body) == ""


def test_xml_errors_are_quoted() -> None:
    body = b"<?xml version='1.0'?><error xmlns='x'><code/><message>A &lt;b&gt;\nc</message></error>"

    assert quote_error(sap_response(400), body) == ": A <b> c"
    assert quote_error(sap_response(400), b" " * 5000 + body) == ""


@pytest.mark.parametrize("message", ["<message/>", "<message></message>", '<message n="x" />'])
def test_xml_errors_without_text_are_named(message: str) -> None:
    assert quote_error(sap_response(403), f"<error><code/>{message}</error>".encode()) == NO_TEXT


@pytest.mark.parametrize(
    ("method", "status", "path", "kind", "words"),
    [
        (
            "GET",
            403,
            "IntegrationDesigntimeLocks",
            AccessError,
            "; the service instance lacks the role WorkspaceArtifactLocksRead; "
            "add the role and create a new key",
        ),
        (
            "GET",
            500,
            "JmsBrokers('Broker1')",
            DataError,
            "; the tenant may have no JMS message broker",
        ),
        ("GET", 500, "Queues", DataError, "; the tenant may have no JMS message broker"),
        ("GET", 500, "Partners", DataError, "; try again later"),
        ("GET", 400, "Partners", OptionRejected, "; check the request"),
        ("PUT", 400, "Partners", RequestRejected, "; check the request"),
        (
            "PUT",
            500,
            "Partners",
            DataError,
            "; check whether the change took effect before you try again",
        ),
    ],
)
def test_error_without_text_says_what_to_do(
    method: str, status: int, path: str, kind: type[CensusError], words: str
) -> None:
    response = sap_response(status, method=method)

    error = error_for_response(response, odata_error(None), "X", path)

    assert type(error) is kind
    assert str(error) == f"X: HTTP {status}{NO_TEXT}{words}"


def test_html_page_is_named_but_not_quoted() -> None:
    response = sap_response(503, {"Content-Type": "text/html"})

    assert quote_error(response, b"<html>geheim") == " with an HTML page"


def test_authorization_server_is_not_quoted() -> None:
    body = b'{"error": "invalid_client", "error_description": "client geheim"}'

    error = error_for_token_response(sap_response(401), body, "access token")

    assert isinstance(error, AccessError)
    assert "geheim" not in str(error)
    assert "create a new key" in str(error)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (400, AccessError, "the client of the service key was rejected"),
        (401, AccessError, "the client of the service key was rejected"),
        (403, AccessError, "the client of the service key was rejected"),
        (300, AccessError, "redirected to a login page; check the key's 'tokenurl'"),
        (302, AccessError, "redirected to a login page; check the key's 'tokenurl'"),
        (404, ConfigurationError, "no token is issued at this address; check the key's 'tokenurl'"),
        (405, ConfigurationError, "no token is issued at this address; check the key's 'tokenurl'"),
        (407, ConfigurationError, "the proxy requires a login; set HTTPS_PROXY to http://user:"),
        (414, ConfigurationError, "the URL or the credentials are too long; check them"),
        (418, DataError, "instead of a token; check the key's 'tokenurl'"),
        (429, RequestNotDelivered, "too many requests for a token; try again later"),
        (500, TransientError, "the authorization server failed or is under maintenance"),
        (503, TransientError, "the authorization server failed or is under maintenance"),
        (520, TransientError, "the authorization server failed or is under maintenance"),
    ],
)
def test_each_status_of_the_authorization_server_has_its_sentence(
    status: int, kind: type[CensusError], text: str
) -> None:
    error = error_for_token_response(sap_response(status, method="POST"), b"geheim", "access token")

    assert type(error) is kind
    assert str(error).startswith(f"access token: HTTP {status}")
    assert text in str(error)
    assert ("client of the service key" in str(error)) == (status in (400, 401, 403))


def test_proxy_that_requires_a_login_is_named() -> None:
    error = error_for_response(sap_response(407), b"", "GET X", "X")

    assert isinstance(error, ConfigurationError)
    assert "HTTP 407: the proxy requires a login" in str(error)
