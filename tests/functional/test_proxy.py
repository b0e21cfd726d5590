"""A tenant behind a proxy, which the environment names."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import parse_service_key
from tests.clock import FakeClock
from tests.functional.tenants import simulated
from tests.raw_server import RawServer

TARGETS: list[str] = []


def tunnel(connection: socket.socket) -> None:
    """Connect to the host that a CONNECT request names, and pass on what either side sends."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    target = head.split()[1].decode()
    TARGETS.append(target)
    host, _, port = target.rpartition(":")
    with socket.create_connection((host, int(port))) as server:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pass_on, args=(server, connection), daemon=True)
        back.start()
        _pass_on(connection, server)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    TARGETS.clear()
    with RawServer(tunnel) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        yield server


@pytest.mark.usefixtures("proxy")
def test_client_certificate_is_used_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    with simulated(clock, auth="certificate") as tenant:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tenant.ca_file))
        key = parse_service_key(json.dumps(tenant.service_key()), source="key")

        with SapConnection(key, Deadline(clock.clock, 60)) as connection:
            body = connection.get("IntegrationPackages", bytes)

    assert body.startswith(b"{")
    assert TARGETS
