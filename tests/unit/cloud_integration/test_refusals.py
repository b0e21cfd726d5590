"""What it means when SAP refuses."""

import json

import pytest
import requests

from iflow_census.cloud_integration.failures import refusal, said_by_sap, token_refusal
from iflow_census.cloud_integration.families import Family
from iflow_census.errors import AccessError, CensusError, DataError


def answer(status: int, headers: dict[str, str] | None = None) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    return response


@pytest.mark.parametrize(
    ("response", "family", "kind", "words"),
    [
        (answer(401), Family.DESIGN_TIME, AccessError, "create a new one"),
        (answer(403), Family.DESIGN_TIME, AccessError, "lacks the role WorkspacePackagesRead"),
        (answer(403), Family.MESSAGE_LOGS, AccessError, "lacks the role MonitoringDataRead"),
        (answer(302, {"Location": "https://login"}), Family.RUNTIME, AccessError, "log-in page"),
        (answer(400), Family.RUNTIME, DataError, "HTTP 400"),
        (answer(404), Family.RUNTIME, DataError, "HTTP 404"),
        (answer(501), Family.RUNTIME, DataError, "HTTP 501"),
    ],
)
def test_a_refusal_says_what_to_do(
    response: requests.Response, family: Family, kind: type[CensusError], words: str
) -> None:
    error = refusal(response, b"", "GET X", family)

    assert type(error) is kind
    assert str(error).startswith("GET X: HTTP ")
    assert words in str(error)


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
    assert said_by_sap(answer(400), json.dumps(body).encode()) == quoted


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>geheim", b"geheim", b"[" * 200_000])
def test_a_body_that_is_no_odata_error_is_not_quoted(body: bytes) -> None:
    assert said_by_sap(answer(500), body) == ""


def test_an_html_page_is_called_so() -> None:
    response = answer(503, {"Content-Type": "text/html"})

    assert said_by_sap(response, b"<html>geheim") == " with an HTML page"


def test_the_authorization_server_is_never_quoted() -> None:
    body = b'{"error": "invalid_client", "error_description": "client geheim"}'

    error = token_refusal(answer(401), body, "access token")

    assert isinstance(error, AccessError)
    assert "geheim" not in str(error)
    assert "create a new key" in str(error)
