"""Records the requests to a workspace."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request. ``status`` is None if no response was sent; ``at`` is in monotonic seconds."""

    method: str
    path: str
    query: str
    status: int | None
    at: float
    bytes: int
    authorization: bool
    """Whether the request had an Authorization header."""


class Recording:
    """Requests in the order of their responses; thread-safe."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        """Append a request."""
        with self._lock:
            self._requests.append(request)

    def requests(self) -> list[RecordedRequest]:
        """Return a copy of the list."""
        with self._lock:
            return list(self._requests)
