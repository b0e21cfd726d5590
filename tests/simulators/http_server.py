"""A small threaded HTTP/1.1 server for simulated services.

The standard library's ``http.server`` parses headers with the e-mail package and writes head and
body separately; a benchmark against it would measure the simulator. This one answers a tiny request
in well under a millisecond, can cut a connection at any byte, and leaves no thread behind.
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

_LONGEST_LINE = 262_144
_SECONDS_TO_JOIN = 10.0
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in: nothing is decoded that the sender encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Names in lower case; of a repeated header the last one."""
    body: bytes = b""
    client_certificate: bool = False
    """Whether the connection showed a certificate that the server's authority signed."""

    def form(self) -> dict[str, str]:
        """Return the pairs of a form body, decoded."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


BEFORE_RESPONSE = -1


@dataclass(frozen=True, slots=True)
class Response:
    """What a handler answers.

    ``cut_after`` breaks the connection on purpose: after n bytes of the body, though Content-Length
    announced them all, or, with ``BEFORE_RESPONSE``, without a single byte.
    """

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None


Handler = Callable[[Request], Response]


class BadRequestError(Exception):
    """What came in over the wire is not HTTP/1.x."""


@dataclass(slots=True)
class _Connections:
    """The open sockets and their threads, so that stop() can end every one of them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sockets: set[socket.socket] = field(default_factory=set)
    threads: set[threading.Thread] = field(default_factory=set)


class HttpServer:
    """Serves a handler on 127.0.0.1 with one thread per connection; a context manager.

    ``tls`` makes it an https server. A handler that raises has its connection cut, as by a crash.
    A handler that waits must wait on ``stopping``, or it delays ``stop``.
    """

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        """Bind a free port; the server answers from ``start`` on."""
        self._handler = handler
        self._tls = tls
        self._connections = _Connections()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._acceptor: threading.Thread | None = None
        self.stopping = threading.Event()
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Begin to accept connections."""
        self._acceptor = threading.Thread(
            target=self._accept, name=f"simulator-{self.port}", daemon=True
        )
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Close every connection and wait for every thread; a second call does nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self._acceptor is not None:
            # Closing a socket does not wake a thread that waits in accept(); a connection does.
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            self._acceptor.join(_SECONDS_TO_JOIN)
        self._listener.close()
        with self._connections.lock:
            sockets = list(self._connections.sockets)
            threads = list(self._connections.threads)
        for connection in sockets:
            with contextlib.suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(_SECONDS_TO_JOIN)

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
                # The handshake runs here, so that a slow client does not hold up the others.
                current = self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                with self._connections.lock:
                    self._connections.sockets.discard(connection)
                    self._connections.sockets.add(current)
                if self.stopping.is_set():
                    return
                current.do_handshake()
            self._converse(current)
        except (OSError, ValueError):
            pass  # The other side went away, or stop() closed the socket under this thread.
        finally:
            with contextlib.suppress(OSError):
                current.close()
            with self._connections.lock:
                self._connections.sockets.discard(current)
                self._connections.sockets.discard(connection)
                self._connections.threads.discard(threading.current_thread())

    def _converse(self, connection: socket.socket) -> None:
        certified = isinstance(connection, ssl.SSLSocket) and bool(connection.getpeercert())
        with connection.makefile("rb") as stream:
            while not self.stopping.is_set():
                try:
                    request = _read_request(stream, certified)
                except BadRequestError:
                    connection.sendall(render(Response(400, content_type=None), keep_alive=False))
                    return
                if request is None:
                    return
                try:
                    answer = self._handler(request)
                except Exception:  # noqa: BLE001 - whatever it was, the caller sees a crash
                    return
                if answer.cut_after == BEFORE_RESPONSE:
                    return
                keep_alive = request.headers.get("connection", "").lower() != "close"
                message = render(answer, keep_alive=keep_alive)
                if answer.cut_after is not None:
                    head = len(message) - len(answer.body)
                    connection.sendall(message[: head + answer.cut_after])
                    return
                connection.sendall(message)
                if not keep_alive:
                    return


def render(answer: Response, *, keep_alive: bool = True) -> bytes:
    """Return head and body as one message, so that one send carries both."""
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    if answer.content_type is not None:
        lines.append(f"Content-Type: {answer.content_type}")
    lines.append(f"Content-Length: {len(answer.body)}")
    lines.extend(f"{name}: {value}" for name, value in answer.headers)
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + answer.body


def _read_request(stream: BinaryIO, certified: bool) -> Request | None:
    """Read one request, or None at the end of the connection."""
    first = stream.readline(_LONGEST_LINE)
    if not first:
        return None
    try:
        method, target, version = first.decode("latin-1").split()
    except ValueError:
        raise BadRequestError(first[:80]) from None
    if not version.startswith("HTTP/1."):
        raise BadRequestError(version)
    headers: dict[str, str] = {}
    while (line := stream.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n"):
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
    return Request(method, path, query, headers, body, certified)
