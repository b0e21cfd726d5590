"""The base of the simulated services: an HTTP server on loopback that records its requests."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.simulators.faults import BaseFault
from tests.simulators.http_server import BEFORE_RESPONSE, HttpServer, Request, Response
from tests.simulators.recording import RecordedRequest, Recording


class SimulatedServer(ABC):
    """A simulated service; a context manager. ``monotonic`` returns seconds."""

    def __init__(
        self, monotonic: Callable[[], float], *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Bind a port; the server responds after ``start``."""
        self._monotonic = monotonic
        self._recording = Recording()
        self._server = HttpServer(self._handle, tls=tls)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._server.url

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, including token requests, in the order of their responses."""
        return self._recording.requests()

    def start(self) -> Self:
        """Start the server."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop the server and all its threads, and release blocked requests."""
        self._server.stop()

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

    def _handle(self, request: Request) -> Response:
        record = RecordedRequest(
            request.method,
            request.path,
            request.query,
            self._monotonic(),
            request.headers,
            request.body,
        )
        try:
            response = self._respond(request, record)
            record.response_bytes = len(response.body)
            record.is_complete = response.cut_after is None
            record.status = None if response.cut_after == BEFORE_RESPONSE else response.status
            return response
        finally:
            self._recording.add(record)

    @abstractmethod
    def _respond(self, request: Request, record: RecordedRequest) -> Response:
        """Return the response, and add to the record what only this service knows."""

    def _wait_for_release(self, fault: BaseFault) -> None:
        while not (self._server.stopping.wait(0.02) or fault.released.is_set()):
            pass
