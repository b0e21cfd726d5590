"""The HTTP client: how often it sends a request, how long it waits, what it raises."""

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
from urllib3.exceptions import ReadTimeoutError

from iflow_census.clock import Deadline
from iflow_census.errors import (
    AccessError,
    CensusError,
    DataError,
    DeadlineExceeded,
    HostUnreachable,
    RequestNotDelivered,
    RequestRejected,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http import client as client_module
from iflow_census.http import time_limit
from iflow_census.http.access_token import AccessToken, BearerToken
from iflow_census.http.client import HttpClient, HttpRequest, Responses
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import HEADROOM, RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.http.time_limit import current_time_limit
from iflow_census.http.traffic import Traffic
from tests.clock import FakeClock
from tests.unit.http.responses import make_response

RETRY_POLICY = RetryPolicy(connect=10, read=60, retries=3, backoff=0.5)


def obey_time_limit() -> None:
    """Do what the socket of a response does before each read."""
    limit = current_time_limit()
    assert limit is not None
    limit.begin_response()
    if limit.remaining() <= 0:
        raise requests.exceptions.ConnectionError(ReadTimeoutError(None, "", ""))  # type: ignore[arg-type]


class Drip(io.RawIOBase):
    """A body that arrives in pieces, each after some seconds of the fake clock."""

    def __init__(self, time: FakeClock, pieces: Iterable[bytes], seconds: float) -> None:
        self._time = time
        self._pieces = iter(pieces)
        self._seconds = seconds

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        obey_time_limit()
        self._time.advance(self._seconds)
        return next(self._pieces, b"")


class Server:
    """Returns one response after the other, the last one repeatedly."""

    def __init__(self, time: FakeClock, *responses: Callable[[], requests.Response]) -> None:
        self._time = time
        self._responses = list(responses)
        self.sent_at: list[float] = []

    def __call__(self, *_: object, **__: object) -> requests.Response:
        """Replace `requests.Session.send`."""
        obey_time_limit()
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
    def respond() -> requests.Response:
        raise error

    return respond


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
    client.session.send = server  # type: ignore[method-assign]
    request = {
        "method": "GET",
        "url": "https://tenant.example/",
        "label": "GET X",
        "parse": parse,
        "make_error": make_error,
    }
    responses = options.pop("responses", None)
    result: str = client.send(HttpRequest(**{**request, **options}), responses)
    return result


def test_response_is_parsed_and_counted(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(200, b'{"a": 1}'))

    result = send(client, server)

    assert result == '{"a": 1}'
    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_retryable_status_is_retried(client: HttpClient, time: FakeClock, status: int) -> None:
    server = Server(time, reply(status), reply(200))

    result = send(client, server)

    assert result == "{}"
    assert (client.traffic.requests, client.traffic.retries) == (2, 1)


def test_transient_error_is_retried_whatever_its_status(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, reply(520), reply(200))

    result = send(client, server, make_error=lambda *_: TransientError("HTTP 520"))

    assert result == "{}"
    assert client.traffic.retries == 1


@pytest.mark.parametrize("status", [300, 301, 302, 304, 400, 403, 404, 410, 414, 501])
def test_other_status_is_not_retried(client: HttpClient, time: FakeClock, status: int) -> None:
    server = Server(time, reply(status))

    with pytest.raises(CensusError, match=f"HTTP {status}"):
        send(client, server)

    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (raising(requests.exceptions.ReadTimeout()), ResponseTimeout),
        (raising(requests.exceptions.ConnectTimeout()), HostUnreachable),
        (raising(requests.exceptions.ConnectionError()), TransientError),
        (raising(requests.exceptions.ChunkedEncodingError()), TransientError),
        (reply(500), TransientError),
        (reply(504), ResponseTimeout),
        (reply(429), TransientError),
        (reply(200, b""), DataError),
        (reply(200, b"<html>"), AccessError),
    ],
)
def test_retries_are_limited(
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


def test_backoff_grows_up_to_a_minute(time: FakeClock) -> None:
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
def test_retry_after_header_sets_the_pause(
    client: HttpClient, time: FakeClock, status: int, header: str | timedelta, pause: float
) -> None:
    value = header if isinstance(header, str) else format_datetime(time.now() + header, usegmt=True)
    server = Server(
        time,
        reply(status, headers={"Retry-After": value}),
        reply(200),
    )

    send(client, server)

    assert server.pauses == [pause]


@pytest.mark.parametrize("header", [{}, {"Retry-After": "soon"}, {"Retry-After": "9" * 5000}])
def test_a_429_without_a_valid_retry_after_pauses_a_second(
    client: HttpClient, time: FakeClock, header: dict[str, str]
) -> None:
    server = Server(time, reply(429, headers=header), reply(200))

    send(client, server)

    assert server.pauses == [1]
    assert client.traffic == Traffic(requests=2, retries=1, throttled=1)


def test_a_429_pauses_all_users_of_the_rate_limiter(client: HttpClient, time: FakeClock) -> None:
    rate_limiter = RateLimiter(10)
    throttled = Server(time, reply(429, headers={"Retry-After": "30"}), reply(200))
    send(client, throttled, rate_limiter=rate_limiter)
    other = Server(time, reply(200))

    send(client, other, rate_limiter=rate_limiter)

    assert throttled.sent_at == [0, 30]
    assert other.sent_at == pytest.approx([30 + 0.1 * (1 + HEADROOM)])


def test_pause_beyond_the_deadline_fails_at_once(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 20), RETRY_POLICY)
    server = Server(time, reply(503, headers={"Retry-After": "20"}))

    with pytest.raises(DeadlineExceeded) as caught:
        send(client, server)

    assert "last failure: GET X: HTTP 503" in str(caught.value)
    assert (time.monotonic(), len(server.sent_at)) == (0, 1)


def test_no_request_is_sent_after_the_deadline(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 20), RETRY_POLICY)
    server = Server(time, reply(200))
    time.advance(20)

    with pytest.raises(DeadlineExceeded):
        send(client, server)

    assert (server.sent_at, client.traffic) == ([], Traffic())


def test_timeouts_shrink_as_the_deadline_comes_closer(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 100), RETRY_POLICY)

    early = client._timeouts()
    time.advance(95)
    late = client._timeouts()
    time.advance(50)
    over = client._timeouts()

    assert (early, late) == ((10, 60), (5, 15))
    assert over[0] > 0
    assert over[1] == pytest.approx(10, abs=0.01)


def test_timeout_is_not_retried_if_so_requested(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, raising(requests.exceptions.ReadTimeout()))

    with pytest.raises(ResponseTimeout):
        send(client, server, retry_timeout=False)

    assert client.traffic == Traffic(requests=1)


def test_gateway_timeout_counts_as_a_timeout(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(504))

    with pytest.raises(ResponseTimeout):
        send(client, server, retry_timeout=False)

    assert client.traffic == Traffic(requests=1)


@pytest.mark.parametrize("failure", [reply(500), reply(200, b"garbled")])
def test_request_that_is_not_idempotent_is_not_retried(
    client: HttpClient, time: FakeClock, failure: Callable[[], requests.Response]
) -> None:
    server = Server(time, failure)

    with pytest.raises(CensusError):
        send(client, server, idempotent=False)

    assert client.traffic == Traffic(requests=1)


def test_failed_connection_is_retried_even_if_not_idempotent(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, raising(requests.exceptions.ConnectTimeout()), reply(200))

    result = send(client, server, idempotent=False)

    assert result == "{}"


@pytest.mark.parametrize(
    ("kind", "sent"), [(RequestNotDelivered, 2), (RequestRejected, 1), (DataError, 1)]
)
def test_undelivered_request_is_retried_even_if_not_idempotent(
    client: HttpClient, time: FakeClock, kind: type[CensusError], sent: int
) -> None:
    server = Server(time, reply(503), reply(200))

    with suppress(CensusError):
        send(client, server, make_error=lambda *_: kind("locked"), idempotent=False)

    assert client.traffic.requests == sent


def test_rejected_request_is_not_retried_despite_its_status(
    client: HttpClient, time: FakeClock
) -> None:
    server = Server(time, reply(500))

    with pytest.raises(RequestRejected, match="a draft"):
        send(client, server, make_error=lambda *_: RequestRejected("a draft"))

    assert client.traffic == Traffic(requests=1)


def test_a_429_is_retried_even_if_not_idempotent(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(429), reply(200))

    result = send(client, server, idempotent=False)

    assert result == "{}"


def test_slow_body_times_out(time: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "time", time)
    client = HttpClient(Deadline(time.clock, 36_000), RetryPolicy(read=10, retries=0))
    endless = Drip(time, iter(lambda: b"x", b""), seconds=9)
    server = Server(time, reply(200, endless))

    with pytest.raises(ResponseTimeout, match="in the middle of the response"):
        send(client, server)

    assert 40 <= time.monotonic() < 60


def test_download_may_take_longer_than_other_responses(
    time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "time", time)
    client = HttpClient(Deadline(time.clock, 36_000), RetryPolicy(read=10, retries=0))
    file = io.BytesIO()
    body = Drip(time, [b"x"] * 9, seconds=9)

    send(client, Server(time, reply(200, body)), parse=bytes.decode, target=DownloadTarget(file, 9))

    assert file.getvalue() == b"x" * 9


def test_response_may_end_shortly_after_the_deadline(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 5), RETRY_POLICY)
    body = Drip(time, [b"{", b"}"], seconds=4)

    result = send(client, Server(time, reply(200, body)))

    assert result == "{}"
    assert time.monotonic() > 5


def test_response_that_continues_after_the_deadline_is_dropped(time: FakeClock) -> None:
    client = HttpClient(Deadline(time.clock, 5), RETRY_POLICY)
    endless = Drip(time, iter(lambda: b"x", b""), seconds=4)

    with pytest.raises(DeadlineExceeded):
        send(client, Server(time, reply(200, endless)))

    assert time.monotonic() < 25


@pytest.mark.parametrize("status", [200, 500])
def test_endless_response_is_an_error_without_retries(
    client: HttpClient, time: FakeClock, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(client_module, "MAX_RESPONSE_BYTES", 10)
    server = Server(time, reply(status, b"{" * 11))

    with pytest.raises(DataError, match="longer than 10 bytes"):
        send(client, server)

    assert client.traffic == Traffic(requests=1)


def test_response_of_the_largest_size_is_read(
    client: HttpClient, time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_RESPONSE_BYTES", 10)

    result = send(client, Server(time, reply(200, b"{" * 10)))

    assert len(result) == 10


def test_rejected_token_is_renewed_once(client: HttpClient, time: FakeClock) -> None:
    tokens = iter(["old", "new"])
    token = BearerToken(lambda: AccessToken(next(tokens), 3600), time.clock)

    def respond(request: requests.PreparedRequest, **_: object) -> requests.Response:
        response = make_response(401 if request.headers["Authorization"] == "Bearer old" else 200)
        response.request = request
        return response

    result = send(client, respond, auth=token)

    assert result == "{}"
    assert client.traffic == Traffic(requests=2, retries=1)


def test_request_for_a_token_spends_no_permit(client: HttpClient, time: FakeClock) -> None:
    def fetch() -> AccessToken:
        time.advance(5)
        return AccessToken("token", 3600)

    limiter = RateLimiter(1)

    send(
        client,
        Server(time, reply(200)),
        auth=BearerToken(fetch, time.clock),
        rate_limiter=limiter,
    )

    assert limiter.acquire(client.deadline).sent_at == pytest.approx(5 + 1 + HEADROOM)


def test_second_401_with_a_fresh_token_is_final(client: HttpClient, time: FakeClock) -> None:
    fetched: list[str] = []

    def fetch() -> AccessToken:
        fetched.append("token")
        return AccessToken(f"token-{len(fetched)}", 3600)

    token = BearerToken(fetch, time.clock)

    def respond(request: requests.PreparedRequest, **_: object) -> requests.Response:
        response = make_response(401)
        response.request = request
        return response

    with pytest.raises(AccessError):
        send(client, respond, auth=token)

    assert (len(fetched), client.traffic.requests) == (2, 2)


class BreakingBody(io.BytesIO):
    """A body whose connection breaks at its end."""

    def read(self, _size: int | None = -1) -> bytes:
        """Return the next bytes."""
        chunk = super().read(5)
        if not chunk:
            raise requests.exceptions.ChunkedEncodingError
        return chunk


def test_download_starts_over_with_each_attempt(client: HttpClient, time: FakeClock) -> None:
    file = io.BytesIO()
    server = Server(time, reply(200, BreakingBody(b"half of it")), reply(200, b"whole"))

    send(client, server, parse=bytes.decode, target=DownloadTarget(file, 100))

    assert file.getvalue() == b"whole"


def test_download_that_is_too_long_is_not_retried(client: HttpClient, time: FakeClock) -> None:
    server = Server(time, reply(200, b"x" * 101))

    with pytest.raises(DataError, match="longer than 100 bytes"):
        send(client, server, parse=bytes.decode, target=DownloadTarget(io.BytesIO(), 100))

    assert client.traffic == Traffic(requests=1)


def test_error_response_is_not_written_to_the_target(client: HttpClient, time: FakeClock) -> None:
    file = io.BytesIO(b"as before")

    with pytest.raises(DataError, match="HTTP 404"):
        send(client, Server(time, reply(404)), target=DownloadTarget(file, 100))

    assert file.getvalue() == b"as before"


@pytest.mark.parametrize(("status", "attempts"), [(200, 4), (204, 1)])
def test_empty_response_to_get_is_valid_only_with_204(
    client: HttpClient, time: FakeClock, status: int, attempts: int
) -> None:
    with suppress(DataError):
        send(client, Server(time, reply(status, b"")), parse=bytes.decode)

    assert client.traffic.requests == attempts


def test_empty_response_to_a_write_is_valid(client: HttpClient, time: FakeClock) -> None:
    assert send(client, Server(time, reply(200, b"")), method="POST", parse=bytes.decode) == ""


def test_requests_are_streamed_without_redirects_and_netrc(client: HttpClient) -> None:
    sent: list[tuple[requests.PreparedRequest, Any]] = []

    def respond(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        sent.append((request, options))
        return make_response()

    send(client, respond, headers={"Accept": "text/plain"}, body=b"content")

    ((request, options),) = sent
    assert (request.method, request.body) == ("GET", b"content")
    assert request.headers["Accept"] == "text/plain"
    assert "Authorization" not in request.headers
    assert options["timeout"] == (10, 60)
    assert (options["stream"], options["allow_redirects"]) == (True, False)


def test_file_is_sent_from_its_start_by_each_attempt(client: HttpClient) -> None:
    sent: list[bytes] = []

    def respond(request: Any, **_: object) -> requests.Response:
        sent.append(request.body.read())
        return make_response(503)

    with pytest.raises(TransientError):
        send(client, respond, body=io.BytesIO(b"content"))

    assert sent == [b"content"] * 4


def test_responses_of_all_attempts_are_collected(client: HttpClient, time: FakeClock) -> None:
    responses: Responses = []
    server = Server(time, reply(503), raising(requests.exceptions.ReadTimeout()), reply(200))

    send(client, server, responses=responses)

    statuses = [None if response is None else response.status_code for response in responses]
    assert statuses == [503, None, 200]


def test_rate_limiter_learns_when_responses_begin(client: HttpClient, time: FakeClock) -> None:
    limiter = RateLimiter(1)
    sent_at: list[float] = []

    def respond(*_: object, **__: object) -> requests.Response:
        sent_at.append(time.monotonic())
        time.advance(0.2 if len(sent_at) == 5 else 0.1)
        return make_response(200, Drip(time, [b"{", b"}"], seconds=0.3))

    for _ in range(6):
        send(client, respond, rate_limiter=limiter)

    assert sent_at[5] - sent_at[4] == pytest.approx(1 + 0.1 + HEADROOM / 2)


def test_client_with_another_deadline_shares_the_traffic_count(
    client: HttpClient, time: FakeClock
) -> None:
    other = client.with_deadline(Deadline(time.clock, 5), RetryPolicy(read=2, retries=0))

    with pytest.raises(TransientError):
        send(other, Server(time, reply(503)))

    assert other.traffic == client.traffic == Traffic(requests=1)
    assert (other._timeouts(), client._timeouts()) == ((5, 2), (10, 60))


def test_traffic_of_many_threads_is_counted_exactly(client: HttpClient, time: FakeClock) -> None:
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
