"""What a failed exchange is called, in words that are safe to print."""

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


def answer(content_type: str) -> requests.Response:
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
def test_text_of_a_tenant_becomes_one_harmless_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(alphabet=st.characters(), max_size=600))
def test_no_text_brings_line_ends_control_or_direction_marks_into_a_message(text: str) -> None:
    line = one_line(text)

    line.encode()
    assert len(line) <= 301
    assert not [
        one
        for one in line
        if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(one) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI")
    ]


def test_long_text_is_cut_where_it_shows() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 300 + "…"


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "words"),
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
def test_what_came_in_place_of_an_answer_is_told_apart(
    body: bytes, content_type: str, kind: type[CensusError], words: str
) -> None:
    error = unexpected_body_error("GET X", body, answer(content_type))

    assert isinstance(error, kind)
    assert str(error).startswith("GET X: ")
    assert words in str(error)


NEVER_MADE = MaxRetryError(None, "", NewConnectionError(None, "https://host"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (requests.exceptions.ConnectTimeout("https://host"), RequestNotDelivered),
        (requests.exceptions.ConnectionError(NEVER_MADE), RequestNotDelivered),
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
def test_what_requests_raises_is_translated_without_its_text(
    raised: Exception, kind: type[CensusError]
) -> None:
    with pytest.raises(CensusError) as caught, translate_errors("GET X"):
        raise raised

    assert type(caught.value) is kind
    assert str(caught.value).startswith("GET X: ")
    assert "https://host" not in str(caught.value)
    assert caught.value.__cause__ is raised


def test_a_connection_that_was_not_made_in_time_does_not_count_as_an_unanswered_question() -> None:
    with pytest.raises(TransientError) as caught, translate_errors("GET X"):
        raise requests.exceptions.ConnectTimeout

    assert not isinstance(caught.value, ResponseTimeout)
