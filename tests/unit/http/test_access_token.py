"""Access tokens are fetched once, shared by all threads, and renewed in time."""

import json
import threading

import pytest
import requests

from iflow_census.errors import CensusError, DataError, DeadlineExceeded, TransientError
from iflow_census.http.access_token import AccessToken, BearerToken, parse_access_token
from tests.clock import FakeClock


class AuthorizationServer:
    """Issues token-1, token-2, … with a fixed lifetime."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self.fetched = 0

    def __call__(self) -> AccessToken:
        """Issue the next token."""
        self.fetched += 1
        return AccessToken(f"token-{self.fetched}", self.lifetime)


class WatchedLock:
    """A lock that knows when three threads have asked for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals = threading.Semaphore(2)
        self.all_arrived = threading.Event()

    def __enter__(self) -> None:
        if not self._arrivals.acquire(blocking=False):
            self.all_arrived.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


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
def test_token_is_renewed_before_it_expires(lifetime: float, renewed_after: float) -> None:
    server, time = AuthorizationServer(lifetime), FakeClock()
    token = BearerToken(server, time.clock)
    token.ensure_valid()

    time.advance(renewed_after - 0.25)
    before = header(token)
    time.advance(0.25)
    after = header(token)

    assert (before, after) == ("Bearer token-1", "Bearer token-2")


def test_rejected_token_is_discarded() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    request = authorized(token)

    token.discard(request)

    assert header(token) == "Bearer token-2"


def test_renewed_token_is_not_discarded_for_the_old_one() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    first, second = authorized(token), authorized(token)
    token.discard(first)
    token.ensure_valid()

    token.discard(second)

    assert header(token) == "Bearer token-2"
    assert server.fetched == 2


def test_request_without_a_token_discards_none() -> None:
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    token.ensure_valid()

    token.discard(requests.Request("GET", "https://tenant.example/").prepare())

    assert header(token) == "Bearer token-1"


def test_many_threads_fetch_one_token() -> None:
    barrier = threading.Barrier(16, timeout=10)
    server, time = AuthorizationServer(), FakeClock()
    token = BearerToken(server, time.clock)
    headers: list[str] = []

    def send() -> None:
        barrier.wait()
        headers.append(header(token))

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert headers == ["Bearer token-1"] * 16
    assert server.fetched == 1


@pytest.mark.parametrize(
    ("error", "fetches"), [(TransientError("HTTP 503"), 1), (DeadlineExceeded("used up"), 3)]
)
def test_threads_that_wait_for_a_token_share_the_failure(error: CensusError, fetches: int) -> None:
    fetched: list[None] = []
    others_wait = threading.Event()

    def fetch() -> AccessToken:
        fetched.append(None)
        assert others_wait.wait(10)
        raise error

    token = BearerToken(fetch, FakeClock().clock)
    lock = WatchedLock()
    token._lock = lock  # type: ignore[assignment]
    failures: list[str] = []

    def request() -> None:
        with pytest.raises(type(error)) as caught:
            authorized(token)
        failures.append(str(caught.value))

    threads = [threading.Thread(target=request) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert lock.all_arrived.wait(10)
    others_wait.set()
    for thread in threads:
        thread.join(10)

    assert failures == [str(error)] * 3
    assert len(fetched) == fetches


def test_failed_fetch_is_repeated_by_the_next_request() -> None:
    server, time = AuthorizationServer(), FakeClock()

    def fetch() -> AccessToken:
        if not server.fetched:
            server()
            raise TransientError("access token: no document")
        return server()

    token = BearerToken(fetch, time.clock)
    with pytest.raises(TransientError):
        token.ensure_valid()

    assert header(token) == "Bearer token-2"


def test_repr_of_a_token_hides_its_value() -> None:
    token = AccessToken("geheim", 3600)

    shown = repr(token) + str(token)

    assert "geheim" not in shown


@pytest.mark.parametrize(
    ("document", "lifetime"),
    [
        ({"access_token": "abc", "expires_in": 43199}, 43199),
        ({"access_token": "abc", "expires_in": "43199"}, 43199),
        ({"access_token": "abc", "expires_in": 1}, 1),
        ({"access_token": "abc"}, 3600),
    ],
)
def test_token_response_is_parsed(document: dict[str, object], lifetime: float) -> None:
    token = parse_access_token(json.dumps(document).encode())

    assert (token.value, token.lifetime) == ("abc", lifetime)


@pytest.mark.parametrize(
    "document",
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
def test_unusable_token_is_an_error_that_does_not_quote_it(document: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_access_token(document.encode())

    assert "no usable token" in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"[" * 200_000])
def test_response_that_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the client adds a message
        parse_access_token(body)
