"""What the tenant was asked, for tests that count."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request. ``status`` is None where no answer was sent; ``at`` is monotonic seconds."""

    method: str
    path: str
    query: str
    family: str
    status: int | None
    at: float
    user: str | None
    faults: tuple[str, ...] = ()
    whole: bool = True
    """False where the connection was cut before the answer's end."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """As sent, credentials among them; names in lower case."""
    body: bytes = field(default=b"", repr=False, compare=False)

    @property
    def target(self) -> str:
        """Path and query as sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


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

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._requests.clear()

    def requests(self) -> list[RecordedRequest]:
        """Return a copy."""
        with self._lock:
            return list(self._requests)

    def stats(self) -> dict[str, Any]:
        """Return counts and, as ``finished``, the targets answered with 2xx, whole and unharmed.

        A target that stands in ``finished`` twice was asked for again though it had been answered.
        """
        requests = self.requests()
        return {
            "requests": len(requests),
            "by_family": dict(Counter(item.family for item in requests)),
            "by_status": dict(Counter(str(item.status) for item in requests)),
            "answered_429": sum(item.status == 429 for item in requests),
            "finished": [
                item.target
                for item in requests
                if item.whole
                and item.status is not None
                and 200 <= item.status < 300
                and not set(item.faults) - {"latency", "crash-hook"}
            ],
        }
