"""What reaches the server is what the client was given; the environment is read once per host."""

import socket
from collections.abc import Iterator

import pytest
import requests

from iflow_census.http.session import Session, no_auth
from tests.raw_server import RawServer
from tests.unit.http.responses import make_response

HEADS: list[bytes] = []


def respond(connection: socket.socket) -> None:
    """Keep the head of each request, and send an empty response with a cookie."""
    while head := connection.recv(65536):
        HEADS.append(head)
        connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def origin() -> Iterator[str]:
    HEADS.clear()
    with RawServer(respond) as server:
        yield f"http://127.0.0.1:{server.port}"


def open_url(session: Session, url: str) -> requests.Response:
    return session.open(
        "GET", url, headers={"Accept": "text/plain"}, body=None, auth=no_auth, timeouts=(5, 5)
    )


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/a(Id='x%27%2F',V='1')/$count?$filter=b%20eq%20'c'&d=e+f", None),
        ("", "/"),
        ("/a b?c=\N{LATIN SMALL LETTER U WITH DIAERESIS}", "/a%20b?c=%C3%BC"),
        ("/50%?a=%zz", "/50%25?a=%25zz"),
        ("/api/v1/../../secret", "/secret"),
        ("/a#fragment", "/a"),
    ],
)
def test_url_is_sent_encoded(origin: str, target: str, sent: str | None) -> None:
    with Session() as session:
        open_url(session, origin + target).close()

    assert HEADS[0].split()[1].decode() == (sent or target)


def test_no_cookie_is_kept_or_sent_back(origin: str) -> None:
    with Session() as session:
        for _ in range(2):
            open_url(session, f"{origin}/").close()

    assert len(HEADS) == 2
    assert not any(b"cookie" in head.lower() for head in HEADS)
    assert not session.cookies


def test_environment_is_read_once_per_host(monkeypatch: pytest.MonkeyPatch) -> None:
    proxies: list[dict[str, str]] = []

    def send(_request: object, **options: dict[str, str]) -> requests.Response:
        proxies.append(options["proxies"])
        return make_response()

    monkeypatch.setenv("NO_PROXY", "inside.example")
    with Session() as session:
        monkeypatch.setattr(session, "send", send)
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        for url in ("https://a.example/1", "https://inside.example/", "https://b.example/"):
            open_url(session, url)
        monkeypatch.delenv("HTTPS_PROXY")
        open_url(session, "https://a.example/2")

    proxy = {"https": "http://127.0.0.1:1"}
    assert [{"https": found["https"]} if found else {} for found in proxies] == [
        proxy,
        {},
        proxy,
        proxy,
    ]
