"""The error texts in LeanIX's responses."""

import pytest
import requests

from iflow_census.leanix.errors import quote_error


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
