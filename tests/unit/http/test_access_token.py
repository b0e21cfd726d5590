"""A token is fetched once, used by all, and renewed in time."""

import json
import threading
from collections.abc import Callable

import pytest
import requests

from iflow_census.errors import DataError, TransientError
from iflow_census.http.access_token import AccessToken, BearerToken, parse_access_token
from tests.clock import FakeClock


class AuthorizationServer:
    """Hands out token-1, token-2, …; each lives as long as told."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self.fetched = 0

    def __call__(self) -> AccessToken:
        """Give the next token."""
        self.fetched += 1
        return AccessToken(f"token-{self.fetched}", self.lifetime)


def authorized(token: BearerToken) -> requests.PreparedRequest:
    request = requests.Request("GET", "https://tenant.example/").prepare()
    return token(request)


def header(token: BearerToken) -> str:
    return authorized(token).headers["Authorization"]


def test_one_token_serves_many_requests() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)

    headers = {header(token) for _ in range(5)}

    assert headers == {"Bearer token-1"}
    assert server.fetched == 1


@pytest.mark.parametrize(
    ("lifetime", "renewed_after"), [(3600, 3540), (43200, 43140), (120, 60), (100, 50), (1, 0.5)]
)
def test_a_token_is_renewed_before_it_ends(lifetime: float, renewed_after: float) -> None:
    server, time = AuthorizationServer(lifetime), FakeClock()
    token = BearerToken(server, time.clock)
    token.ensure_valid()

    time.advance(renewed_after - 0.25)
    shortly_before = header(token)
    time.advance(0.25)
    then = header(token)

    assert (shortly_before, then) == ("Bearer token-1", "Bearer token-2")


def test_a_refused_token_is_forgotten() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    request = authorized(token)

    token.discard(request)

    assert header(token) == "Bearer token-2"


def test_a_token_that_was_renewed_already_is_not_forgotten_for_the_old_one() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    first, second = authorized(token), authorized(token)
    token.discard(first)
    token.ensure_valid()

    token.discard(second)

    assert header(token) == "Bearer token-2"
    assert server.fetched == 2


def test_a_request_without_a_token_forgets_none() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    token.ensure_valid()

    token.discard(requests.Request("GET", "https://tenant.example/").prepare())

    assert header(token) == "Bearer token-1"


def test_many_threads_that_need_a_token_fetch_one() -> None:
    all_there = threading.Barrier(16, timeout=10)
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    headers: list[str] = []

    def ask() -> None:
        all_there.wait()
        headers.append(header(token))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert headers == ["Bearer token-1"] * 16
    assert server.fetched == 1


def test_after_a_failed_fetch_the_next_request_tries_again() -> None:
    server, time = AuthorizationServer(), FakeClock()

    def fetch() -> AccessToken:
        if not server.fetched:
            server()
            raise TransientError("access token: no answer")
        return server()

    token = BearerToken(fetch, time.clock)
    with pytest.raises(TransientError):
        token.ensure_valid()

    assert header(token) == "Bearer token-2"


def test_a_token_shows_no_secret() -> None:
    token = AccessToken("geheim", 3600)

    shown = repr(token) + str(token)

    assert "geheim" not in shown


@pytest.mark.parametrize(
    ("answer", "lifetime"),
    [
        ({"access_token": "abc", "expires_in": 43199}, 43199),
        ({"access_token": "abc", "expires_in": "43199"}, 43199),
        ({"access_token": "abc"}, 3600),
    ],
)
def test_the_answer_of_the_authorization_server_is_read(
    answer: dict[str, object], lifetime: float
) -> None:
    token = parse_access_token(json.dumps(answer).encode())

    assert (token.value, token.lifetime) == ("abc", lifetime)


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        '"geheim"',
        "null",
        "{}",
        '{"access_token": null}',
        '{"access_token": ""}',
        '{"access_token": 5}',
        '{"access_token": "geheim\\nX: y"}',
        '{"access_token": "gehe\\u00efm"}',
        '{"access_token": "geheim", "expires_in": null}',
        '{"access_token": "geheim", "expires_in": 0}',
        '{"access_token": "geheim", "expires_in": -1}',
        '{"access_token": "geheim", "expires_in": NaN}',
        '{"access_token": "geheim", "expires_in": Infinity}',
        '{"access_token": "geheim", "expires_in": ' + "9" * 400 + "}",
        '{"access_token": "geheim", "expires_in": "soon"}',
    ],
)
def test_an_answer_without_a_usable_token_is_an_error_that_quotes_none_of_it(answer: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_access_token(answer.encode())

    assert "no usable token" in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"[" * 200_000])
def test_an_answer_that_is_no_json_is_worth_another_try(body: bytes) -> None:
    read: Callable[[bytes], AccessToken] = parse_access_token

    with pytest.raises(ValueError):  # noqa: PT011 - the exchange tells what came instead
        read(body)
