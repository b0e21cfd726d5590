"""What the workspace was asked, for tests that count."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request. ``status`` is None where no answer was sent; ``at`` is monotonic seconds."""

    method: str
    path: str
    query: str
    status: int | None
    at: float
    bytes: int
    authorization: bool
    """Whether it carried an Authorization header."""


class Recording:
    """Requests in the order they were answered; safe between threads."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        """Append one."""
        with self._lock:
            self._requests.append(request)

    def requests(self) -> list[RecordedRequest]:
        """Return a copy."""
        with self._lock:
            return list(self._requests)
