"""The error texts in LeanIX's responses."""

import pytest
import requests

from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.leanix.errors import error_for_token_response, quote_error


def response_of(content_type: str) -> requests.Response:
    response = requests.Response()
    response.headers["Content-Type"] = content_type
    return response


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"errors": ["one", "two"]}', ": one; two"),
        (b'{"errors": [], "message": "one"}', ": one"),
        (b'{"message": "one"}', ": one"),
        (b'{"errorMessage": "one\\ntwo"}', ": one two"),
        (b'{"status": 400}', ""),
        (b'["one"]', ""),
        (b"not JSON", ""),
        (b"", ""),
    ],
)
def test_error_text_of_json_is_quoted_in_one_line(body: bytes, text: str) -> None:
    assert quote_error(response_of("application/json"), body) == text


def test_html_page_is_not_quoted() -> None:
    text = quote_error(response_of("text/html;charset=utf-8"), b"<html>secret</html>")

    assert text == " with an HTML page"


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, AccessError, "the API token was rejected"),
        (404, ConfigurationError, "no LeanIX workspace at this host"),
        (407, ConfigurationError, "the proxy requires a login"),
        (414, ConfigurationError, "too long"),
        (429, TransientError, "too many requests for a token"),
        (503, TransientError, "the authorization server failed"),
    ],
)
def test_each_status_of_the_token_request_has_its_sentence(
    status: int, kind: type[CensusError], text: str
) -> None:
    response = response_of("text/html")
    response.status_code = status
    response.url = "https://acme.leanix.net/token"

    error = error_for_token_response(response, b"", "token")

    assert isinstance(error, kind)
    assert str(error).startswith(f"token: HTTP {status}: ")
    assert text in str(error)
    assert ("the API token was rejected" in str(error)) == (status == 401)
