"""HTTP errors: translated to the project's errors, in words that are safe to print."""

import ssl
from pathlib import Path

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    HostUnreachable,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http.errors import describe_route, translate_errors, unexpected_body_error


def response_with(content_type: str) -> requests.Response:
    response = requests.Response()
    response.headers["Content-Type"] = content_type
    return response


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


URL = "https://tenant.example/api"
NO_CONNECTION = MaxRetryError(None, "", NewConnectionError(None, "https://host"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ConnectTimeout("https://host"), HostUnreachable),
        (requests.exceptions.ConnectionError(NO_CONNECTION), HostUnreachable),
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
    with pytest.raises(CensusError) as caught, translate_errors("GET X", URL):
        raise error

    assert type(caught.value) is kind
    assert str(caught.value).startswith("GET X: ")
    assert "https://host" not in str(caught.value)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (requests.exceptions.ConnectionError, "connection to tenant.example:443 failed"),
        (requests.exceptions.ChunkedEncodingError, "incomplete response"),
    ],
)
def test_broken_connection_names_the_kind_of_its_cause(kind: type[Exception], text: str) -> None:
    error = kind("https://host")
    error.__context__ = BrokenPipeError("https://host")

    with pytest.raises(TransientError) as caught, translate_errors("GET X", URL):
        raise error

    assert str(caught.value) == f"GET X: {text} (BrokenPipeError)"


def test_folder_of_certificates_is_not_an_unusable_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))

    with (
        pytest.raises(ConfigurationError, match="GET X: the server's certificate is not trusted"),
        translate_errors("GET X", URL),
    ):
        raise requests.exceptions.SSLError(ssl.SSLCertVerificationError())


@pytest.mark.parametrize(
    ("url", "proxy", "route"),
    [
        ("https://tenant.example/api", "", "tenant.example:443"),
        ("http://tenant.example/api", "", "tenant.example:80"),
        ("https://tenant.example:8443/", "", "tenant.example:8443"),
        (
            "https://tenant.example/",
            "http://somebody:geheim@proxy.example:3128",
            "tenant.example:443 through the proxy proxy.example:3128",
        ),
        (
            "https://tenant.example/",
            "proxy.example",
            "tenant.example:443 through the proxy proxy.example:80",
        ),
        ("https://tenant.example/", "http://[geheim", "tenant.example:443 through a proxy"),
    ],
)
def test_route_has_hosts_and_ports_but_no_credentials(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, route: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    assert describe_route(url) == route


@pytest.mark.parametrize(
    ("proxy", "text"),
    [
        ("", "the address or a header is not valid (InvalidURL)"),
        ("http://proxy.example:3128", "the address or a header is not valid (InvalidURL)"),
        ("http://[geheim", "the address of the proxy is not valid; set HTTPS_PROXY to"),
        ("ftp://proxy.example", "the address of the proxy is not valid; set HTTPS_PROXY to"),
    ],
)
def test_invalid_address_is_that_of_the_proxy_or_of_the_server(
    monkeypatch: pytest.MonkeyPatch, proxy: str, text: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with pytest.raises(ConfigurationError) as caught, translate_errors("GET X", URL):
        raise requests.exceptions.InvalidURL

    assert str(caught.value).startswith(f"GET X: {text}")
