"""No server can keep a request alive after its deadline, whatever it sends or does not send."""

import gzip
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from requests import PreparedRequest

from iflow_census.clock import Clock, Deadline
from iflow_census.errors import CensusError, DataError, DeadlineExceeded
from iflow_census.http import client as client_module
from iflow_census.http import transport
from iflow_census.http.client import HttpClient, HttpRequest
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock
from tests.raw_server import Conversation, RawServer, drip
from tests.simulators.cloud_integration.access import tls_material

pytestmark = pytest.mark.slow

SECONDS = 0.3
"""Until the deadline."""
GRACE = 0.2
TOLERANCE = 8.0
"""Seconds that a busy machine may add; each of these servers would go on for minutes."""

GZIP_HEADER = gzip.compress(b"")[:10]
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def serve() -> Iterator[Callable[[Conversation], RawServer]]:
    servers: list[RawServer] = []

    def start(converse: Conversation) -> RawServer:
        servers.append(RawServer(converse))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "GRACE_SECONDS", GRACE)


def send(url: str, *, body: bytes | None = None, target: DownloadTarget | None = None) -> bytes:
    client = HttpClient(Deadline(Clock(), SECONDS), RetryPolicy(connect=60, read=60))

    def make_error(*_: object) -> CensusError:
        return DataError("not 2xx")

    try:
        return client.send(
            HttpRequest(
                method="GET" if body is None else "PUT",
                url=url,
                label="GET X",
                parse=bytes,
                make_error=make_error,
                body=body,
                target=target,
            )
        )
    finally:
        client.close()


def assert_ends_in_time(url: str, **options: object) -> None:
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded):
        send(url, **options)  # type: ignore[arg-type]

    assert time.monotonic() - began < SECONDS + GRACE + TOLERANCE


HEADS = {
    "silence": drip(b"", b""),
    "status line": drip(b"HTTP", b"1"),
    "headers": drip(OK + b"X: ", b"x"),
    "many headers": drip(OK, b"X: x\r\n"),
    "100 Continue": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 Continue without a pause": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n", seconds=0),
    "headers of 100 Continue": drip(b"HTTP/1.1 100 Continue\r\n", b"X: x\r\n"),
}
BODIES = {
    "Content-Length": drip(OK + b"Content-Length: 99999999\r\n\r\n", b"x"),
    "until the end": drip(OK + b"Connection: close\r\n\r\n", b"x"),
    "chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "size of a chunk": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n"),
    "gzip": drip(
        OK
        + b"Content-Encoding: gzip\r\nContent-Length: 99999999\r\n\r\n"
        + gzip.compress(b"")[:10],
        b"\x00\x01\x00\xfe\xffx",
    ),
    "empty gzip blocks": drip(
        OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + GZIP_HEADER,
        b"\x00\x00\x00\xff\xff",
    ),
    "silence": drip(OK + b"Content-Length: 99\r\n\r\n", b""),
    "error": drip(b"HTTP/1.1 500 Error\r\nContent-Length: 99999999\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("converse", HEADS.values(), ids=HEADS)
def test_dripping_head(serve: Callable[[Conversation], RawServer], converse: Conversation) -> None:
    assert_ends_in_time(f"http://127.0.0.1:{serve(converse).port}/")


@pytest.mark.parametrize("converse", BODIES.values(), ids=BODIES)
def test_dripping_body(serve: Callable[[Conversation], RawServer], converse: Conversation) -> None:
    assert_ends_in_time(f"http://127.0.0.1:{serve(converse).port}/")


@pytest.mark.parametrize("converse", BODIES.values(), ids=BODIES)
def test_dripping_download(
    serve: Callable[[Conversation], RawServer], converse: Conversation
) -> None:
    target = DownloadTarget(io.BytesIO(), 10**9)

    assert_ends_in_time(f"http://127.0.0.1:{serve(converse).port}/", target=target)


def test_server_that_never_reads_an_upload(serve: Callable[[Conversation], RawServer]) -> None:
    server = serve(lambda _: None)

    assert_ends_in_time(f"http://127.0.0.1:{server.port}/", body=b"x" * 50_000_000)


def test_server_that_reads_an_upload_slowly(serve: Callable[[Conversation], RawServer]) -> None:
    def read_slowly(connection: socket.socket) -> None:
        while connection.recv(1000):
            time.sleep(0.05)

    server = serve(read_slowly)

    assert_ends_in_time(f"http://127.0.0.1:{server.port}/", body=b"x" * 50_000_000)


@pytest.mark.parametrize("piece", [b"", b"\x16\x03\x03"], ids=["silence", "drip"])
def test_handshake_that_never_ends(
    serve: Callable[[Conversation], RawServer], piece: bytes
) -> None:
    def converse(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00")
        while True:
            time.sleep(0.05)
            connection.sendall(piece)

    assert_ends_in_time(f"https://127.0.0.1:{serve(converse).port}/")


@pytest.mark.parametrize("name", ["headers", "Content-Length"])
def test_dripping_server_with_tls(
    serve: Callable[[Conversation], RawServer],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
) -> None:
    context = tls_material().context()
    authority = tmp_path / "ca.pem"
    tls_material().authority.cert_pem.write_to_path(str(authority))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))

    def converse(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            (HEADS | BODIES)[name](encrypted)

    assert_ends_in_time(f"https://127.0.0.1:{serve(converse).port}/")


@pytest.mark.parametrize("name", ["silence", "headers", "100 Continue"])
def test_dripping_proxy(
    serve: Callable[[Conversation], RawServer], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy = serve(HEADS[name])
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")

    assert_ends_in_time("https://tenant.example/")


def test_name_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answered.wait())

    assert_ends_in_time("http://tenant.example/")

    # It would keep the process alive, too.
    resolvers = [thread for thread in threading.enumerate() if thread.name == "resolver"]
    assert resolvers
    assert all(thread.daemon for thread in resolvers)
    answered.set()


class SlowSocket(transport._LimitedSocket):
    """A socket on which connecting takes as long as its timeout."""

    timeouts: list[float | None] = []  # noqa: RUF012 - shared on purpose

    def connect(self, _: object) -> None:
        self.timeouts.append(self.gettimeout())
        time.sleep(self.gettimeout() or 60)
        raise TimeoutError


def test_addresses_of_a_host_share_the_time_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [address] * 30)
    monkeypatch.setattr(transport, "MIN_SECONDS_PER_ADDRESS", 0.01)
    monkeypatch.setattr(transport, "_LimitedSocket", SlowSocket)

    assert_ends_in_time("http://tenant.example/")

    assert len(SlowSocket.timeouts) >= 20


def test_request_is_sent_in_the_last_second(serve: Callable[[Conversation], RawServer]) -> None:
    server = serve(lambda connection: connection.sendall(OK + b"Content-Length: 2\r\n\r\nhi"))

    assert send(f"http://127.0.0.1:{server.port}/") == b"hi"


def test_request_counts_from_when_its_bytes_are_sent(
    serve: Callable[[Conversation], RawServer],
) -> None:
    server = serve(lambda connection: connection.sendall(OK + b"Content-Length: 0\r\n\r\n"))
    fake = FakeClock()
    deadline = Deadline(fake.clock, 60)
    rate_limiter = RateLimiter(1, headroom=0)

    def late(request: PreparedRequest) -> PreparedRequest:
        fake.advance(0.9)
        return request

    HttpClient(deadline, RetryPolicy()).send(
        HttpRequest(
            method="DELETE",
            url=f"http://127.0.0.1:{server.port}/",
            label="DELETE X",
            parse=bytes,
            make_error=lambda *_: DataError("not 2xx"),
            auth=late,
            rate_limiter=rate_limiter,
        )
    )

    assert rate_limiter.acquire(deadline).sent_at == pytest.approx(1.9)


def test_connection_sends_small_requests_at_once(
    serve: Callable[[Conversation], RawServer],
) -> None:
    connection = transport._LimitedConnection("127.0.0.1", serve(lambda _: None).port)

    connection.connect()

    assert connection.sock is not None
    assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    connection.close()
