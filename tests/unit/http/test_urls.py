"""Credentials may be sent by https, and by http to this machine."""

import pytest

from iflow_census.http.urls import MAX_LINK_LENGTH, is_encoded, is_host_name, is_link, is_secure


@pytest.mark.parametrize(
    "url",
    [
        "https://tenant.example",
        "HTTPS://tenant.example/path?query",
        "http://localhost:8080/api",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080/",
    ],
)
def test_https_and_loopback_are_secure(url: str) -> None:
    assert is_secure(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://tenant.example",
        "http://localhost.example",
        "http://10.0.0.1",
        "http://",
        "http://[::1",
        "ftp://localhost",
        "localhost",
        "tenant.example",
        "",
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert not is_secure(url)


@pytest.mark.parametrize(
    "host",
    [
        "a",
        "acme.example",
        "127.0.0.1",
        "::1",
        "a" * 63 + ".example",
        "exämple.com",
        ".".join(["a" * 49] * 5 + ["abc"]),
    ],
)
def test_possible_host_names(host: str) -> None:
    assert is_host_name(host)


@pytest.mark.parametrize(
    "host", ["", ".", "a..b", ".a", "a" * 64, "half\ud800", ".".join(["a" * 49] * 5 + ["abcd"])]
)
def test_impossible_host_names(host: str) -> None:
    assert not is_host_name(host)


@pytest.mark.parametrize(
    "url",
    [
        "https://tenant.example:443/a/%7B%22b%22%7D?c=(d)#e",
        "http://127.0.0.1:8080/page",
        "https://tenant.example/".ljust(MAX_LINK_LENGTH, "x"),
    ],
)
def test_report_may_link_to_plain_urls(url: str) -> None:
    assert is_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "http://tenant.example",
        "https://user:password@tenant.example",
        "https://sandbox.api.sap.com:443:443/page",
        "https://tenant.example:0/",
        "https://",
        "https://tenant.example/a b",
        'https://tenant.example/"onclick=',
        "https://tenant.example/<script>",
        "https://tenant.example/\u202e",
        "https://tenant.example/\n",
        "https://tenant.example/".ljust(MAX_LINK_LENGTH + 1, "x"),
    ],
)
def test_report_links_to_nothing_else(url: str) -> None:
    assert not is_link(url)


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://tenant.example/a(Id='x%27%2F')/$count?$filter=b%20eq%20'c'&d=e+f", True),
        ("http://127.0.0.1:8080/", True),
        ("https://tenant.example/a..b", True),
        ("https://tenant.example", False),
        ("https://tenant.example/a b", False),
        ("https://tenant.example/50%", False),
        ("https://tenant.example/a/../b", False),
        ("https://tenant.example/a#b", False),
    ],
)
def test_encoded_url_can_be_sent_as_it_is(*, url: str, encoded: bool) -> None:
    assert is_encoded(url) is encoded
