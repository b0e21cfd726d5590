"""How many requests a client has sent."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traffic:
    """Number of requests sent, of retries among them, and of 429 responses."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class TrafficCounter:
    """Counts traffic from many threads."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self._lock = threading.Lock()

    def add(self, *, requests: int = 0, retries: int = 0, throttled: int = 0) -> None:
        """Add to the numbers."""
        with self._lock:
            total = self.traffic
            self.traffic = Traffic(
                total.requests + requests, total.retries + retries, total.throttled + throttled
            )
