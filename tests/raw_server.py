"""A server that sends whatever a test wants, HTTP or not."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Conversation = Callable[[socket.socket], None]
"""Reads from a connection and writes to it; the connection stays open when it returns."""


class RawServer:
    """Accepts connections, each of which a function serves; a context manager."""

    def __init__(self, converse: Conversation) -> None:
        self._converse = converse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            self._converse(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the listener and every connection."""
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()


def drip(start: bytes, piece: bytes, seconds: float = 0.05) -> Conversation:
    """Read the head of a request, send `start`, and then a piece again and again."""

    def converse(connection: socket.socket) -> None:
        while not connection.recv(65536).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(start)
        while True:
            time.sleep(seconds)
            connection.sendall(piece)

    return converse
