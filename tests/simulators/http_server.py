"""A small threaded HTTP/1.1 server for simulated services.

The standard library's ``http.server`` parses headers with the email package, and sends head and
body separately; a benchmark would measure the simulator. This server responds to a small request in
well under a millisecond, can close a connection after any byte, and leaves no threads running.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import parse_qsl

_MAX_LINE_BYTES = 262_144
_JOIN_TIMEOUT = 10.0
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """A request; path and query are still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Names in lower case; of a repeated header, the last value."""
    body: bytes = b""
    client_certificate: bool = False
    """Whether the connection has a client certificate of the server's authority."""

    def form(self) -> dict[str, str]:
        """Return the decoded fields of a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


BEFORE_RESPONSE = -1


@dataclass(frozen=True, slots=True)
class Response:
    """A response of a handler.

    ``cut_after`` closes the connection early: after n bytes of the body, although Content-Length is
    that of the complete body, or with ``BEFORE_RESPONSE`` without sending anything.
    ``seconds_per_byte`` sends the body byte by byte with this pause.
    """

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    seconds_per_byte: float = 0.0


Handler = Callable[[Request], Response]


class BadRequestError(Exception):
    """A request is not HTTP/1.x."""


@dataclass(slots=True)
class _Connections:
    """The open sockets and their threads, for stop()."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sockets: set[socket.socket] = field(default_factory=set)
    threads: set[threading.Thread] = field(default_factory=set)


class HttpServer:
    """An HTTP server on 127.0.0.1 with one thread per connection; a context manager.

    With ``tls``, the server uses https. If the handler raises an exception, the connection is
    closed, as in a crash. A handler that waits must wait on ``stopping``, or it delays ``stop``.
    """

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        """Bind a free port; the server responds after ``start``."""
        self._handler = handler
        self._tls = tls
        self._connections = _Connections()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._acceptor: threading.Thread | None = None
        self.stopping = threading.Event()
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Scheme, host and port, without a trailing slash."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start accepting connections."""
        self._acceptor = threading.Thread(
            target=self._accept, name=f"simulator-{self.port}", daemon=True
        )
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Close all connections and wait for all threads; a second call does nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self._acceptor is not None:
            # Closing a socket does not interrupt accept() in another thread; a connection does.
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            self._acceptor.join(_JOIN_TIMEOUT)
        self._listener.close()
        with self._connections.lock:
            sockets = list(self._connections.sockets)
            threads = list(self._connections.threads)
        for connection in sockets:
            with contextlib.suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(_JOIN_TIMEOUT)

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            thread = threading.Thread(
                target=self._serve, args=(connection,), name=f"simulator-{self.port}-c", daemon=True
            )
            with self._connections.lock:
                self._connections.sockets.add(connection)
                self._connections.threads.add(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        current = connection
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                # In this thread, so that a slow client does not block the others.
                current = self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                with self._connections.lock:
                    self._connections.sockets.discard(connection)
                    self._connections.sockets.add(current)
                if self.stopping.is_set():
                    return
                current.do_handshake()
            self._serve_requests(current)
        except (OSError, ValueError):
            pass  # the client or stop() closed the connection
        finally:
            with contextlib.suppress(OSError):
                current.close()
            with self._connections.lock:
                self._connections.sockets.discard(current)
                self._connections.sockets.discard(connection)
                self._connections.threads.discard(threading.current_thread())

    def _serve_requests(self, connection: socket.socket) -> None:
        has_certificate = isinstance(connection, ssl.SSLSocket) and bool(connection.getpeercert())
        with connection.makefile("rb") as stream:
            while not self.stopping.is_set():
                try:
                    request = _read_request(stream, has_certificate)
                except BadRequestError:
                    connection.sendall(render(Response(400, content_type=None), keep_alive=False))
                    return
                if request is None:
                    return
                try:
                    response = self._handler(request)
                except Exception:  # noqa: BLE001 - any error is a crash for the client
                    return
                if response.cut_after == BEFORE_RESPONSE:
                    return
                keep_alive = request.headers.get("connection", "").lower() != "close"
                message = render(response, keep_alive=keep_alive)
                if response.cut_after is not None:
                    head = len(message) - len(response.body)
                    connection.sendall(message[: head + response.cut_after])
                    return
                if response.seconds_per_byte:
                    self._drip(connection, message, len(response.body), response.seconds_per_byte)
                else:
                    connection.sendall(message)
                if not keep_alive:
                    return

    def _drip(self, connection: socket.socket, message: bytes, body: int, seconds: float) -> None:
        """Send the head at once and the body byte by byte, until the client or stop() closes."""
        head = len(message) - body
        connection.sendall(message[:head])
        for position in range(head, len(message)):
            if self.stopping.wait(seconds):
                return
            connection.sendall(message[position : position + 1])


def render(response: Response, *, keep_alive: bool = True) -> bytes:
    """Return head and body as one message, to be sent at once."""
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    if response.content_type is not None:
        lines.append(f"Content-Type: {response.content_type}")
    lines.append(f"Content-Length: {len(response.body)}")
    lines.extend(f"{name}: {value}" for name, value in response.headers)
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + response.body


def _read_request(stream: BinaryIO, has_certificate: bool) -> Request | None:
    """Return the next request, or None at the end of the connection."""
    first = stream.readline(_MAX_LINE_BYTES)
    if not first:
        return None
    try:
        method, target, version = first.decode("latin-1").split()
    except ValueError:
        raise BadRequestError(first[:80]) from None
    if not version.startswith("HTTP/1."):
        raise BadRequestError(version)
    headers: dict[str, str] = {}
    while (line := stream.readline(_MAX_LINE_BYTES)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        name, separator, value = line.decode("latin-1").partition(":")
        if not separator:
            raise BadRequestError(name)
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise BadRequestError(length)
    body = stream.read(int(length)) if length != "0" else b""
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body, has_certificate)
