"""Connections on which every operation ends within the time limit of its request.

The timeouts of urllib3 apply to each address of a host and to each read from a socket, so that a
host with many addresses, or a server that sends one byte at a time, outlasts any deadline.
"""

import math
import socket
import ssl
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from http.client import HTTPException
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs

from iflow_census.http.time_limit import TimeLimit, current_time_limit

MIN_SECONDS_PER_ADDRESS = 1.0
"""A host's addresses share the time to connect, but each has at least this much of it."""

_Addresses = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]


class LimitedAdapter(HTTPAdapter):
    """A transport adapter whose connections obey the time limit of the current thread."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Replace the connections (called by requests)."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOL_CLASSES

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Replace the connections through a proxy (called by requests)."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOL_CLASSES
        return manager


class _LimitedMixin:
    """Shortens a socket's timeout before each operation to the time that is left."""

    _timeout: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._timeout = value
        super().settimeout(value)  # type: ignore[misc]

    def recv(self, *args: Any) -> bytes:
        self._limit_receive()
        return super().recv(*args)  # type: ignore[misc,no-any-return]

    def recv_into(self, *args: Any) -> int:
        self._limit_receive()
        return super().recv_into(*args)  # type: ignore[misc,no-any-return]

    def send(self, *args: Any) -> int:
        self._limit()
        return super().send(*args)  # type: ignore[misc,no-any-return]

    def sendall(self, *args: Any) -> None:
        self._limit()
        super().sendall(*args)  # type: ignore[misc]
        limit = current_time_limit()
        if limit is not None and limit.on_sent is not None:
            limit.on_sent()

    def _limit_receive(self) -> None:
        limit = current_time_limit()
        if limit is not None:
            limit.begin_response()
        self._limit()

    def _limit(self) -> None:
        limit = current_time_limit()
        if limit is None:
            return
        timeout = limit.remaining()
        if timeout <= 0:
            raise TimeoutError("the time of the request is used up")
        if self._timeout is not None:
            timeout = min(timeout, self._timeout)
        if timeout != self.gettimeout():  # type: ignore[attr-defined]
            super().settimeout(timeout)  # type: ignore[misc]


class _LimitedSocket(_LimitedMixin, socket.socket):
    """A socket that obeys the time limit."""


class _LimitedTlsSocket(_LimitedMixin, ssl.SSLSocket):
    """A TLS socket that obeys the time limit; `do_handshake` has one timeout for all its reads."""

    def do_handshake(self, block: bool = False) -> None:
        self._limit()
        super().do_handshake(block)


class _LimitedConnection(HTTPConnection):
    """A connection that obeys the time limit."""

    def _new_conn(self) -> socket.socket:
        try:
            sock = self._connect_in_time()
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"connection to {self.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection: {error}") from error
        sys.audit("http.client.connect", self, self.host, self.port)
        return sock

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except (HTTPException, ConnectionError) as error:
            raise NewConnectionError(self, "no tunnel through the proxy") from error

    def _connect_in_time(self) -> socket.socket:
        limit = current_time_limit()
        timeout = self.timeout if isinstance(self.timeout, int | float) else None
        addresses = _resolve(self._dns_host.strip("[]"), self.port, timeout)
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        failure = OSError("the host has no address")
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = _LimitedSocket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                if limit is not None:
                    sock.settimeout(_share(limit, end, len(addresses) - number))
                sock.connect(address)
                sock.settimeout(timeout)
            except OSError as error:
                sock.close()
                failure = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise failure


def _share(limit: TimeLimit, end: float, addresses: int) -> float:
    """Return the timeout for the next of a host's remaining addresses."""
    left = min(end - time.monotonic(), limit.remaining())
    if left <= 0:
        raise TimeoutError("the time to connect is used up")
    return min(left, max(left / addresses, MIN_SECONDS_PER_ADDRESS))


def _resolve(host: str, port: int, timeout: float | None) -> _Addresses:
    """Resolve a host name; the system's function has no timeout and cannot be interrupted."""
    addresses: Future[_Addresses] = Future()

    def resolve() -> None:
        try:
            addresses.set_result(
                socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
            )
        except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
            addresses.set_exception(error)

    threading.Thread(target=resolve, name="resolver", daemon=True).start()
    return addresses.result(timeout)


class _LimitedTlsConnection(_LimitedConnection, HTTPSConnection):
    """A TLS connection that obeys the time limit."""

    def connect(self) -> None:
        if self.ssl_context is None:
            # requests always names the trusted certificates, which the connection loads into it.
            self.ssl_context = create_urllib3_context(cert_reqs=resolve_cert_reqs(self.cert_reqs))
        self.ssl_context.sslsocket_class = _LimitedTlsSocket
        super().connect()


class _LimitedPool(HTTPConnectionPool):
    ConnectionCls = _LimitedConnection


class _LimitedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _LimitedTlsConnection


_POOL_CLASSES = {"http": _LimitedPool, "https": _LimitedTlsPool}
