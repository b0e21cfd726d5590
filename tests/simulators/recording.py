"""Records the requests to a simulated service."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_HARMLESS_FAULTS = frozenset({"latency", "crash-hook"})


@dataclass(slots=True)
class RecordedRequest:
    """A request and its outcome. ``at`` is when it arrived, in monotonic seconds."""

    method: str
    path: str
    query: str
    at: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Including credentials; names in lower case."""
    body: bytes = field(default=b"", repr=False, compare=False)
    family: str = ""
    """The group of requests that a rate limit applies to."""
    user: str | None = None
    faults: tuple[str, ...] = ()
    status: int | None = None
    """None if no response was sent."""
    response_bytes: int = 0
    """Of the body."""
    is_complete: bool = False
    """Whether the connection stayed open until the end of the response."""

    @property
    def target(self) -> str:
        """Path and query, still encoded."""
        return f"{self.path}?{self.query}" if self.query else self.path


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

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._requests.clear()

    def requests(self) -> list[RecordedRequest]:
        """Return a copy of the list."""
        with self._lock:
            return list(self._requests)

    def stats(self) -> dict[str, Any]:
        """Return counts and, as ``finished``, the targets with a complete and undistorted 2xx.

        A target that is in ``finished`` twice was requested again although it had been answered.
        """
        requests = self.requests()
        return {
            "requests": len(requests),
            "by_family": dict(Counter(request.family for request in requests)),
            "by_status": dict(Counter(str(request.status) for request in requests)),
            "bytes": sum(request.response_bytes for request in requests),
            "answered_429": sum(request.status == 429 for request in requests),
            "finished": [
                request.target
                for request in requests
                if request.is_complete
                and request.status is not None
                and 200 <= request.status < 300
                and not set(request.faults) - _HARMLESS_FAULTS
            ],
        }
