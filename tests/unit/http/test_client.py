"""One exchange: how often it is sent, how long it waits, what it raises."""

import io
import itertools
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.errors import (
    AccessError,
    CensusError,
    DataError,
    DeadlineExceeded,
    RequestNotDelivered,
    RequestRejected,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http import client as client_module
from iflow_census.http.access_token import AccessToken, BearerToken
from iflow_census.http.client import HttpClient, HttpRequest, Traffic
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock
from tests.unit.http.responses import make_response

RETRY_POLICY = RetryPolicy(connect=10, read=60, retries=3, backoff=0.5)


class Drip(io.RawIOBase):
    """A body that comes in pieces, each after some seconds of the fake clock."""

    def __init__(self, time: FakeClock, pieces: Iterable[bytes], seconds: float) -> None:
        self._time = time
        self._pieces = iter(pieces)
        self._seconds = seconds

    def read(self, _size: int = -1) -> bytes:
        """Give the next piece, however much is asked for."""
        self._time.advance(self._seconds)
        return next(self._pieces, b"")


class Server:
    """Returns one response after the other, the last one repeatedly."""

    def __init__(self, time: FakeClock, *responses: Callable[[], requests.Response]) -> None:
        self._time = time
        self._responses = list(responses)
        self.sent_at: list[float] = []

    def __call__(self, *_: object, **__: object) -> requests.Response:
        """Replace `requests.Session.request`."""
        self.sent_at.append(self._time.monotonic())
        first = self._responses[0]
        return (self._responses.pop(0) if len(self._responses) > 1 else first)()

    @property
    def pauses(self) -> list[float]:
        """Seconds between one request and the next."""
        return [later - sooner for sooner, later in itertools.pairwise(self.sent_at)]


def reply(*arguments: Any, **options: Any) -> Callable[[], requests.Response]:
    return lambda: make_response(*arguments, **options)


def raising(error: Exception) -> Callable[[], requests.Response]:
    def raised() -> requests.Response:
        raise error

    return raised


def make_error(response: requests.Response, _body: bytes, label: str) -> CensusError:
    kind = AccessError if response.status_code in (401, 403) else DataError
    return kind(f"{label}: HTTP {response.status_code}")


def parse(body: bytes) -> str:
    if not body.startswith(b"{"):
        raise ValueError("no object")
    return body.decode()


@pytest.fixture
def time() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(time: FakeClock) -> HttpClient:
    return HttpClient(Deadline(time.clock, 3600), RETRY_POLICY)


def send(client: HttpClient, server: Callable[..., requests.Response], **options: Any) -> str:
    client.session.request = server  # type: ignore[method-assign]
    request = {
        "method": "GET",
        "url": "https://tenant.example/",
        "label": "GET X",
        "parse": parse,
        "make_error": make_error,
    }
    result: str = client.send(HttpRequest(**{**request, **options}))
    return result


def test_an_answer_is_parsed_and_counted(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(200, b'{"a": 1}'))

    result = send(client, server)

    assert result == '{"a": 1}'
    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_broken_answer_is_asked_for_again(
    client: HttpClient, time: FakeClock, status: int
) -> None:
    server = Server(time, reply(status), reply(200))

    result = send(client, server)

    assert result == "{}"
    assert (client.traffic.requests, client.traffic.retries) == (2, 1)


@pytest.mark.parametrize("status", [301, 302, 304, 400, 403, 404, 410, 414, 501])
def test_an_answer_that_would_not_change_is_not_asked_for_again(
    client: HttpClient, time: FakeClock, status: int
) -> None:
    server = Server(time, reply(status))

    with pytest.raises(CensusError, match=f"HTTP {status}"):
        send(client, server)

    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (raising(requests.exceptions.ReadTimeout()), ResponseTimeout),
        (raising(requests.exceptions.ConnectTimeout()), RequestNotDelivered),
        (raising(requests.exceptions.ConnectionError()), TransientError),
        (raising(requests.exceptions.ChunkedEncodingError()), TransientError),
        (reply(500), TransientError),
        (reply(504), ResponseTimeout),
        (reply(429), TransientError),
        (reply(200, b""), DataError),
        (reply(200, b"<html>"), AccessError),
    ],
)
def test_the_budget_of_retries_is_kept(
    client: HttpClient,
    time: FakeClock,
    failure: Callable[[], requests.Response],
    kind: type[CensusError],
) -> None:
    server = Server(time, failure)

    with pytest.raises(CensusError) as caught:
        send(client, server)

    assert type(caught.value) is kind
    assert (client.traffic.requests, client.traffic.retries) == (4, 3)


def test_pauses_grow_and_are_capped(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 100_000), RetryPolicy(retries=14, backoff=0.5))
    server = Server(time, reply(500))

    with pytest.raises(TransientError):
        send(client, server)

    for retry, pause in enumerate(server.pauses):
        least = min(0.5 * 2**retry, 60) if retry else 0.0
        assert pause >= least - 1e-6
        assert pause <= least + 0.5 + 1e-6
    assert server.pauses[-1] == pytest.approx(60)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "pause"),
    [("7", 7), ("0", 0), (timedelta(seconds=20), 20), (timedelta(seconds=-20), 0)],
)
def test_the_other_side_may_name_the_pause(
    client: HttpClient, time: FakeClock, status: int, header: str | timedelta, pause: float
) -> None:
    named = header if isinstance(header, str) else format_datetime(time.now() + header, usegmt=True)
    server = Server(
        time,
        reply(status, headers={"Retry-After": named}),
        reply(200),
    )

    send(client, server)

    assert server.pauses == [pause]


@pytest.mark.parametrize("header", [{}, {"Retry-After": "soon"}, {"Retry-After": "9" * 5000}])
def test_a_429_without_a_readable_pause_gets_a_second(
    client: HttpClient, time: FakeClock, header: dict[str, str]
) -> None:
    server = Server(time, reply(429, headers=header), reply(200))

    send(client, server)

    assert server.pauses == [1]
    assert client.traffic == Traffic(requests=2, retries=1, throttled=1)


def test_a_429_holds_all_that_share_the_limit(client: HttpClient, time: FakeClock) -> None:
    rate_limiter = RateLimiter(10)
    throttled = Server(time, reply(429, headers={"Retry-After": "30"}), reply(200))
    send(client, throttled, rate_limiter=rate_limiter)
    other = Server(time, reply(200))

    send(client, other, rate_limiter=rate_limiter)

    assert throttled.sent_at == [0, 30]
    assert other.sent_at == pytest.approx([30.104])


def test_a_pause_that_outlasts_the_deadline_is_not_begun(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 20), RETRY_POLICY)
    server = Server(time, reply(503, headers={"Retry-After": "20"}))

    with pytest.raises(DeadlineExceeded) as caught:
        send(client, server)

    assert "last failure: GET X: HTTP 503" in str(caught.value)
    assert (time.monotonic(), len(server.sent_at)) == (0, 1)


def test_no_request_is_begun_after_the_deadline(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 20), RETRY_POLICY)
    server = Server(time, reply(200))
    time.advance(20)

    with pytest.raises(DeadlineExceeded):
        send(client, server)

    assert (server.sent_at, client.traffic) == ([], Traffic())


def test_waiting_for_an_answer_ends_soon_after_the_deadline(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 100), RETRY_POLICY)

    early = client._timeouts()
    time.advance(95)
    late = client._timeouts()
    time.advance(50)
    over = client._timeouts()

    assert (early, late) == ((10, 60), (5, 15))
    assert over[0] > 0
    assert over[1] == pytest.approx(10, abs=0.01)


def test_a_time_out_may_be_raised_at_once(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, raising(requests.exceptions.ReadTimeout()))

    with pytest.raises(ResponseTimeout):
        send(client, server, retry_timeout=False)

    assert client.traffic == Traffic(requests=1)


def test_a_gateway_time_out_is_a_time_out_too(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(504))

    with pytest.raises(ResponseTimeout):
        send(client, server, retry_timeout=False)

    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize("failure", [reply(500), reply(200, b"garbled")])
def test_what_must_not_be_repeated_is_not(
    client: HttpClient, time: FakeClock, failure: Callable[[], requests.Response]
) -> None:
    server = Server(time, failure)

    with pytest.raises(CensusError):
        send(client, server, idempotent=False)

    assert client.traffic == Traffic(requests=1)


def test_a_connection_that_was_never_made_is_tried_again_all_the_same(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, raising(requests.exceptions.ConnectTimeout()), reply(200))

    result = send(client, server, idempotent=False)

    assert result == "{}"


@pytest.mark.parametrize(
    ("kind", "sent"), [(RequestNotDelivered, 2), (RequestRejected, 1), (DataError, 1)]
)
def test_a_refusal_may_know_that_nothing_was_done(
    client: HttpClient, time: FakeClock, kind: type[CensusError], sent: int
) -> None:
    server = Server(time, reply(503), reply(200))

    with suppress(CensusError):
        send(client, server, make_error=lambda *_: kind("locked"), idempotent=False)

    assert client.traffic.requests == sent


def test_a_refusal_may_know_that_another_try_changes_nothing(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, reply(500))

    with pytest.raises(RequestRejected, match="a draft"):
        send(client, server, make_error=lambda *_: RequestRejected("a draft"))

    assert client.traffic == Traffic(requests=1)


def test_a_429_was_not_heard_and_is_repeated_all_the_same(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, reply(429), reply(200))

    result = send(client, server, idempotent=False)

    assert result == "{}"


def test_a_dripping_answer_is_given_up(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 36_000), RetryPolicy(read=10, retries=0))
    endless = Drip(time, iter(lambda: b"x", b""), seconds=9)
    server = Server(time, reply(200, endless))

    with pytest.raises(ResponseTimeout, match="too slowly"):
        send(client, server)

    assert 40 <= time.monotonic() < 60


def test_an_answer_that_has_begun_may_end_shortly_after_the_deadline(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 5), RETRY_POLICY)
    body = Drip(time, [b"{", b"}"], seconds=4)

    result = send(client, Server(time, reply(200, body)))

    assert result == "{}"
    assert time.monotonic() > 5


def test_an_answer_that_goes_on_after_the_deadline_is_given_up(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 5), RETRY_POLICY)
    endless = Drip(time, iter(lambda: b"x", b""), seconds=4)

    with pytest.raises(DeadlineExceeded):
        send(client, Server(time, reply(200, endless)))

    assert time.monotonic() < 25


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_without_end_is_cut_and_not_asked_for_again(
    client: HttpClient, time: FakeClock, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(client_module, "MAX_RESPONSE_BYTES", 10)
    server = Server(time, reply(status, b"{" * 11))

    with pytest.raises(DataError, match="longer than 10 bytes"):
        send(client, server)

    assert client.traffic == Traffic(requests=1)


def test_an_answer_of_just_the_largest_size_is_read(
    client: HttpClient, time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_RESPONSE_BYTES", 10)

    result = send(client, Server(time, reply(200, b"{" * 10)))

    assert len(result) == 10


def test_a_refused_token_is_renewed_once(client: HttpClient, time: FakeClock) -> None:
    tokens = iter(["old", "new"])
    token = BearerToken(lambda: AccessToken(next(tokens), 3600), time.clock)

    def respond(*_: object, auth: BearerToken, **__: object) -> requests.Response:
        response = make_response()
        auth(response.request)
        if response.request.headers["Authorization"] == "Bearer old":
            response.status_code = 401
        return response

    result = send(client, respond, auth=token)

    assert result == "{}"
    assert client.traffic == Traffic(requests=2, retries=1)


def test_a_second_refusal_of_a_fresh_token_is_final(client: HttpClient, time: FakeClock) -> None:
    fetched: list[str] = []

    def fetch() -> AccessToken:
        fetched.append("token")
        return AccessToken(f"token-{len(fetched)}", 3600)

    token = BearerToken(fetch, time.clock)

    def respond(*_: object, auth: BearerToken, **__: object) -> requests.Response:
        response = make_response(401)
        auth(response.request)
        return response

    with pytest.raises(AccessError):
        send(client, respond, auth=token)

    assert (len(fetched), client.traffic.requests) == (2, 2)


def test_a_long_answer_goes_to_its_sink_and_begins_anew_with_each_try(
    client: HttpClient, time: FakeClock
) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            piece = super().read(5)
            if not piece:
                raise requests.exceptions.ChunkedEncodingError
            return piece

    file = io.BytesIO()
    server = Server(
        time,
        reply(200, Broken(b"half of it")),
        reply(200, b"whole"),
    )

    send(client, server, parse=bytes.decode, target=DownloadTarget(file, 100))

    assert file.getvalue() == b"whole"


@pytest.mark.parametrize(
    ("headers", "total"),
    [
        ({"Content-Length": "6"}, 6),
        ({}, None),
        ({"Content-Length": "odd"}, None),
        ({"Content-Length": "6", "Content-Encoding": "gzip"}, None),
    ],
)
def test_a_sink_tells_how_far_it_is(
    client: HttpClient, time: FakeClock, headers: dict[str, str], total: int | None
) -> None:
    told: list[tuple[int, int | None]] = []
    body = Drip(time, [b"abc", b"def"], 1.0)
    server = Server(time, reply(200, body, headers=headers))
    target = DownloadTarget(io.BytesIO(), 100, lambda *seen: told.append(seen))

    send(client, server, parse=bytes.decode, target=target)

    assert told == [(3, total), (6, total)]


def test_a_sink_takes_no_more_than_it_may(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(200, b"x" * 101))

    with pytest.raises(DataError, match="longer than 100 bytes"):
        send(client, server, parse=bytes.decode, target=DownloadTarget(io.BytesIO(), 100))

    assert client.traffic == Traffic(requests=1)


def test_traffic_of_many_threads_is_counted_to_the_last_request(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, reply(200))
    threads = [
        threading.Thread(target=lambda: [send(client, server) for _ in range(20)])
        for _ in range(10)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert client.traffic == Traffic(requests=200)
