"""HTTP errors: translated to the project's errors, in words that are safe to print."""

import ssl
import unicodedata

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    RequestNotDelivered,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http.errors import one_line, translate_errors, unexpected_body_error


def response_with(content_type: str) -> requests.Response:
    response = requests.Response()
    response.headers["Content-Type"] = content_type
    return response


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  plain  ", "plain"),
        ("two\r\nlines", "two lines"),
        ("a\x00\x1b[31mred\x9b", "a [31mred"),
        ("next\x85line\u2028and\u2029paragraph", "next line and paragraph"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2066b\u2069c\u200ed\u200fe\u061cf", "a b c d e f"),
        ("half \ud83d of it", "half   of it"),
    ],
)
def test_text_from_a_server_becomes_one_safe_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(alphabet=st.characters(), max_size=600))
def test_no_text_brings_control_characters_into_a_message(text: str) -> None:
    line = one_line(text)

    line.encode()
    assert len(line) <= 301
    assert not [
        character
        for character in line
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI")
    ]


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 300 + "…"


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "text"),
    [
        (b"", "application/json", DataError, "empty"),
        (b" \r\n\xef\xbb\xbf", "application/json", DataError, "empty"),
        (b"<!DOCTYPE HTML><p>", "application/json", AccessError, "HTML page"),
        (b"\n <html>", "text/plain", AccessError, "HTML page"),
        (b"anything", "text/html; charset=utf-8", AccessError, "HTML page"),
        (b"<?xml version='1.0'?><feed/>", "application/atom+xml", DataError, "XML"),
        (b'{"d": {"results": [', "application/json", DataError, "incomplete response (19 bytes)"),
    ],
)
def test_unexpected_body_is_classified(
    body: bytes, content_type: str, kind: type[CensusError], text: str
) -> None:
    error = unexpected_body_error("GET X", body, response_with(content_type))

    assert isinstance(error, kind)
    assert str(error).startswith("GET X: ")
    assert text in str(error)


NO_CONNECTION = MaxRetryError(None, "", NewConnectionError(None, "https://host"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ConnectTimeout("https://host"), RequestNotDelivered),
        (requests.exceptions.ConnectionError(NO_CONNECTION), RequestNotDelivered),
        (requests.exceptions.ReadTimeout("https://host"), ResponseTimeout),
        (requests.exceptions.ConnectionError(ReadTimeoutError(None, "", "")), ResponseTimeout),  # type: ignore[arg-type]
        (requests.exceptions.ConnectionError(OSError("https://host")), TransientError),
        (requests.exceptions.ChunkedEncodingError("https://host"), TransientError),
        (
            requests.exceptions.SSLError(
                MaxRetryError(None, "", ssl.SSLCertVerificationError("https://host"))  # type: ignore[arg-type]
            ),
            ConfigurationError,
        ),
    ],
)
def test_errors_of_requests_are_translated_without_their_text(
    error: Exception, kind: type[CensusError]
) -> None:
    with pytest.raises(CensusError) as caught, translate_errors("GET X"):
        raise error

    assert type(caught.value) is kind
    assert str(caught.value).startswith("GET X: ")
    assert "https://host" not in str(caught.value)
    assert caught.value.__cause__ is error
