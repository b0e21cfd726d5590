"""Hosts and proxies that cannot be reached: a few quick attempts, and an error that names them."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.errors import (
    CensusError,
    ConfigurationError,
    DataError,
    HostUnreachable,
)
from iflow_census.http.client import HttpClient, HttpRequest
from iflow_census.http.errors import describe_route, translate_errors
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock
from tests.raw_server import RawServer

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
MAX_SECONDS = 5.0
ATTEMPTS = 4


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> Iterator[HttpClient]:
    client = HttpClient(Deadline(clock.clock, 3600), RetryPolicy())
    yield client
    client.close()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def send(client: HttpClient, url: str) -> bytes:
    def make_error(response: requests.Response, _body: bytes, label: str) -> CensusError:
        return DataError(f"{label}: HTTP {response.status_code}")

    return client.send(
        HttpRequest(method="GET", url=url, label="GET X", parse=bytes, make_error=make_error)
    )


def failure(client: HttpClient, url: str) -> CensusError:
    with pytest.raises(CensusError) as caught:
        send(client, url)
    return caught.value


def replying(text: bytes) -> Callable[[socket.socket], None]:
    def converse(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)

    return converse


def without_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


def test_refused_connection_fails_within_five_seconds(
    client: HttpClient, clock: FakeClock, closed_port: int
) -> None:
    error = failure(client, f"http://127.0.0.1:{closed_port}/api?secret")

    assert type(error) is HostUnreachable
    assert str(error) == (
        f"GET X: no connection to 127.0.0.1:{closed_port} (connection refused); check the address "
        "and the network; HTTP_PROXY sets a proxy if you need one"
    )
    assert client.traffic.requests == ATTEMPTS
    assert clock.monotonic() <= MAX_SECONDS


def test_unknown_host_fails_within_five_seconds(
    client: HttpClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_dns(monkeypatch)

    error = failure(client, "https://nowhere.invalid/")

    assert type(error) is HostUnreachable
    assert "nowhere.invalid:443 (the host name cannot be resolved)" in str(error)
    assert client.traffic.requests == ATTEMPTS
    assert clock.monotonic() <= MAX_SECONDS


def test_slow_name_server_is_queried_twice(
    client: HttpClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        clock.advance(4.0)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    error = failure(client, "https://nowhere.invalid/")

    assert type(error) is HostUnreachable
    assert client.traffic.requests == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_is_not_there_is_named_without_its_password(
    client: HttpClient,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    closed_port: int,
    scheme: str,
) -> None:
    variable = f"{scheme.upper()}_PROXY"
    monkeypatch.setenv(variable, f"http://user:geheim@127.0.0.1:{closed_port}")

    error = failure(client, f"{scheme}://tenant.example/")

    port = {"http": 80, "https": 443}[scheme]
    assert type(error) is HostUnreachable
    assert str(error) == (
        f"GET X: no connection to tenant.example:{port} through the proxy "
        f"127.0.0.1:{closed_port} (connection refused); check {variable}, or add the host to "
        "NO_PROXY"
    )
    assert client.traffic.requests == ATTEMPTS
    assert clock.monotonic() <= MAX_SECONDS


def test_unknown_host_name_of_a_proxy_is_named(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_dns(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.invalid:8080")

    error = failure(client, "https://tenant.example/")

    assert type(error) is HostUnreachable
    assert "the proxy proxy.invalid:8080 (the host name cannot be resolved)" in str(error)


@pytest.mark.parametrize("proxy", ["http://", "http://a:b:c", "http://[::1", "socks5://proxy:1080"])
def test_invalid_address_of_a_proxy_is_a_configuration_error(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    error = failure(client, "https://tenant.example/")

    assert type(error) is ConfigurationError
    assert "address of the proxy is not valid; set HTTPS_PROXY to http://host:port" in str(error)
    assert client.traffic.requests == 1


@pytest.mark.parametrize(
    ("reply", "kind", "text", "attempts"),
    [
        (b"HTTP/1.1 407 x\r\n\r\n", ConfigurationError, "(HTTP 407): the proxy requires a", 1),
        (b"HTTP/1.1 403 x\r\n\r\n", ConfigurationError, "(HTTP 403); check HTTPS_PROXY", 1),
        (b"HTTP/1.1 502 x\r\n\r\n", HostUnreachable, "(HTTP 502); check HTTPS_PROXY", ATTEMPTS),
        (b"SSH-2.0-OpenSSH\r\n", HostUnreachable, "(BadStatusLine)", ATTEMPTS),
        (b"", HostUnreachable, "(RemoteDisconnected)", ATTEMPTS),
    ],
    ids=["407", "403", "502", "no proxy", "nothing"],
)
def test_proxy_that_makes_no_connection_is_named(  # noqa: PLR0917 - fixtures and parameters
    client: HttpClient,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    reply: bytes,
    kind: type[CensusError],
    text: str,
    attempts: int,
) -> None:
    with RawServer(replying(reply)) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")

        error = failure(client, "https://tenant.example/")

    assert type(error) is kind
    route = f"tenant.example:443 through the proxy 127.0.0.1:{server.port}"
    assert f"no connection to {route} {text}" in str(error)
    assert client.traffic.requests == attempts
    assert clock.monotonic() <= MAX_SECONDS


@pytest.mark.parametrize("through_proxy", [False, True])
def test_port_without_tls_is_named(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, *, through_proxy: bool
) -> None:
    with RawServer(replying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        address = f"https://127.0.0.1:{server.port}"
        if through_proxy:
            monkeypatch.setenv("HTTPS_PROXY", address)

        error = failure(client, "https://tenant.example" if through_proxy else address)

    assert type(error) is HostUnreachable
    assert f"127.0.0.1:{server.port} (no TLS at this port)" in str(error)
    assert client.traffic.requests == ATTEMPTS


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("hello", "no certificates")]
)
def test_unusable_ca_bundle_is_named(
    client: HttpClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str | None,
    reason: str,
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    with RawServer(replying(b"")) as server:
        error = failure(client, f"https://127.0.0.1:{server.port}/")

    assert type(error) is ConfigurationError
    assert str(error) == (
        f"GET X: the file {bundle} in REQUESTS_CA_BUNDLE is not usable ({reason}); set it "
        "to a file of certificates in PEM format"
    )
    assert client.traffic.requests == 1


def test_other_errors_of_the_system_are_not_translated() -> None:
    with pytest.raises(OSError, match="No space left"), translate_errors("GET X", "https://a/"):
        raise OSError(28, "No space left on device")


def test_host_that_has_answered_is_retried_for_longer(client: HttpClient, clock: FakeClock) -> None:
    reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    with RawServer(replying(reply)) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert send(client, url) == b"{}"

    error = failure(client, url)

    assert type(error) is HostUnreachable
    assert client.traffic.requests == 1 + 1 + RetryPolicy().retries
    assert clock.monotonic() > MAX_SECONDS


def test_client_without_retries_tries_once(clock: FakeClock, closed_port: int) -> None:
    client = HttpClient(Deadline(clock.clock, 3600), RetryPolicy(retries=0))

    failure(client, f"http://127.0.0.1:{closed_port}/")

    assert client.traffic.requests == 1


def test_connection_that_times_out_is_tried_twice(
    client: HttpClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def time_out(*_: object, **__: object) -> None:
        clock.advance(RetryPolicy().connect)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", time_out)

    error = failure(client, "http://127.0.0.1:9/")

    assert type(error) is HostUnreachable
    assert "no connection to 127.0.0.1:9 in time; check the address" in str(error)
    assert client.traffic.requests == 2


def test_connection_that_times_out_names_the_host() -> None:
    with (
        pytest.raises(HostUnreachable) as caught,
        translate_errors("GET X", "https://tenant.example:8443/api?key"),
    ):
        raise requests.exceptions.ConnectTimeout

    assert "no connection to tenant.example:8443 in time; check the address" in str(caught.value)


def test_host_of_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "tenant.example")

    assert describe_route("https://tenant.example/") == "tenant.example:443"
    assert describe_route("https://auth.example/").endswith("the proxy proxy.example:3128")
