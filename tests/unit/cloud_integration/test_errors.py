"""What it means when SAP refuses."""

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
    DataError,
    NotFound,
    NotSupported,
    RequestNotDelivered,
    RequestRejected,
)


def answer(
    status: int, headers: dict[str, str] | None = None, method: str = "GET"
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    response.request = requests.Request(method, "https://tenant.example/").prepare()
    return response


def said(text: str) -> bytes:
    return json.dumps({"error": {"code": "x", "message": {"lang": "en", "value": text}}}).encode()


@pytest.mark.parametrize(
    ("response", "path", "kind", "words"),
    [
        (answer(401), "IntegrationPackages", AccessError, "create a new one"),
        (answer(403), "IntegrationPackages", AccessError, "lacks the role WorkspacePackagesRead"),
        (answer(403), "MessageProcessingLogs", AccessError, "lacks the role MonitoringDataRead"),
        (answer(302, {"Location": "https://login"}), "X", AccessError, "log-in page"),
        (answer(400), "X", DataError, "HTTP 400"),
        (answer(404), "X", NotFound, "HTTP 404: check the name and its key"),
        (answer(501), "X", NotSupported, "HTTP 501"),
    ],
)
def test_a_refusal_says_what_to_do(
    response: requests.Response, path: str, kind: type[CensusError], words: str
) -> None:
    error = error_for_response(response, b"", "GET X", path)

    assert type(error) is kind
    assert str(error).startswith("GET X: HTTP ")
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, said("Oh no"), RequestRejected, "HTTP 400: Oh no: check what was sent"),
        (409, said("Exists"), RequestRejected, "HTTP 409: Exists: it is there already"),
        (405, b"", RequestRejected, "has no such operation"),
        (415, b"", RequestRejected, "check what was sent"),
        (501, said("Not implemented"), RequestRejected, "has no such operation"),
        (423, said("Locked"), RequestRejected, "somebody else holds it"),
        (403, b"", AccessError, "lacks the role WorkspacePackagesEdit"),
        (404, b"", NotFound, "check the name and its key"),
        (503, said("keystore is locked"), RequestNotDelivered, "keystore is locked"),
        (503, b"<html>", DataError, "HTTP 503"),
        (500, said("Internal Server Error"), DataError, "HTTP 500: Internal Server Error"),
        (500, b"", DataError, "HTTP 500"),
        (400, said("It is in a configure only package"), RequestRejected, "can be configured"),
        (500, said("Attempt to insert a duplicate."), RequestRejected, "duplicate: check what"),
        (500, said("An iFlow with the ID a already exists."), RequestRejected, "update it"),
        (
            500,
            said("Cannot update the artifact as it is locked."),
            RequestRejected,
            "delete the lock",
        ),
        (500, said("Update of Id is not allowed."), RequestRejected, "change what was sent"),
    ],
)
def test_the_refusal_of_a_write_says_whether_to_change_it(
    status: int, body: bytes, kind: type[CensusError], words: str
) -> None:
    error = error_for_response(answer(status, method="POST"), body, "POST X", "IntegrationPackages")

    assert type(error) is kind
    assert words in str(error)


def test_a_draft_that_cannot_be_downloaded_is_not_asked_for_again() -> None:
    body = said("The artifacts are in draft state")

    error = error_for_response(answer(500), body, "GET X", "IntegrationPackages('a')/$value")

    assert type(error) is RequestRejected
    assert "save the artifact as a version first" in str(error)


def test_content_that_cannot_be_had_may_be_configure_only() -> None:
    error = error_for_response(answer(400), b"", "GET X", "IntegrationPackages('a')/$value")

    assert "configure-only" in str(error)


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
def test_the_role_that_is_missing_is_named(method: str, path: str, role: str) -> None:
    assert f"lacks the role {role}" in str(
        error_for_response(answer(403, method=method), b"", "X", path)
    )


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ({"error": {"code": "Bad", "message": {"lang": "en", "value": "Oh\nno"}}}, ": Oh no"),
        ({"error": {"message": "Oh no"}}, ": Oh no"),
        ({"error": {"message": {"@lang": "en", "#text": "Oh no"}}}, ""),
        ({"error": "Oh no"}, ""),
        ({"error": {}}, ""),
        (["error"], ""),
        (None, ""),
    ],
)
def test_the_words_of_sap_are_quoted_where_they_are_an_odata_error(
    body: object, quoted: str
) -> None:
    assert quote_error(answer(400), json.dumps(body).encode()) == quoted


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>geheim", b"geheim", b"[" * 200_000])
def test_a_body_that_is_no_odata_error_is_not_quoted(body: bytes) -> None:
    assert quote_error(answer(500), body) == ""


def test_an_error_in_xml_is_quoted_too() -> None:
    body = b"<?xml version='1.0'?><error xmlns='x'><code/><message>A &lt;b&gt;\nc</message></error>"

    assert quote_error(answer(400), body) == ": A <b> c"
    assert quote_error(answer(400), b" " * 5000 + body) == ""


def test_an_html_page_is_called_so() -> None:
    response = answer(503, {"Content-Type": "text/html"})

    assert quote_error(response, b"<html>geheim") == " with an HTML page"


def test_the_authorization_server_is_never_quoted() -> None:
    body = b'{"error": "invalid_client", "error_description": "client geheim"}'

    error = error_for_token_response(answer(401), body, "access token")

    assert isinstance(error, AccessError)
    assert "geheim" not in str(error)
    assert "create a new key" in str(error)
