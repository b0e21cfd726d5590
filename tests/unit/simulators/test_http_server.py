"""The HTTP server, and the tenant in a separate process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from tests.simulators.http_server import HttpServer, Request, Response

ROOT = Path(__file__).parents[3]


def echo(request: Request) -> Response:
    if request.path == "/crash":
        raise RuntimeError
    return Response(200, f"{request.method} {request.path} {request.query}".encode() + request.body)


def test_connection_is_reused() -> None:
    with HttpServer(echo) as server, requests.Session() as session:
        responses = [session.post(f"{server.url}/a%2Fb?x={n}", data=b"!") for n in range(3)]

        assert [response.text for response in responses] == [
            f"POST /a%2Fb x={n}!" for n in range(3)
        ]
        assert len([thread for thread in threading.enumerate() if thread.name.endswith("-c")]) == 1


def test_failing_handler_only_closes_its_connection() -> None:
    with HttpServer(echo) as server:
        for path, survives in (("/crash", False), ("/fine", True)):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
                assert bool(connection.recv(100)) is survives


def test_stop_ends_connections_and_threads() -> None:
    before = set(threading.enumerate())
    server = HttpServer(echo).start()
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
    requests.get(server.url, timeout=10)

    server.stop()

    assert set(threading.enumerate()) - before == set()
    for connection in connections:
        assert connection.recv(1) == b""
        connection.close()


def test_invalid_http_is_rejected() -> None:
    with (
        HttpServer(echo) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
    ):
        connection.sendall(b"nonsense\r\n\r\n")

        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_tenant_runs_in_a_process_until_stdin_closes() -> None:
    command = [sys.executable, "-m", "tests.simulators.cloud_integration", "--packages", "2"]
    with subprocess.Popen(  # noqa: S603 - this interpreter, this module
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        key = ready["service_key"]["oauth"]
        requests.post(key["tokenurl"], timeout=10)
        stats = requests.get(f"{ready['url']}/__simulator/stats", timeout=10).json()
        report = requests.get(
            f"{ready['url']}/__simulator/expected-report?2026-10-01T00:00:00%2B00:00&2026-11-01T00:00:00%2B00:00",
            timeout=10,
        )
        requests.post(f"{ready['url']}/__simulator/reset", timeout=10)
        after_reset = requests.get(f"{ready['url']}/__simulator/stats", timeout=10).json()
        process.stdin.close()

        assert process.wait(10) == 0
    assert stats["requests"] == 1
    assert stats["by_status"] == {"401": 1}
    assert report.json()["totals"]["packages"] == 2
    assert after_reset["requests"] == 0
