"""A sliding window for rate limits."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """Counts events within the last seconds; not thread-safe."""

    def __init__(self, seconds: float) -> None:
        """Start empty."""
        self._seconds = seconds
        self._events: deque[float] = deque()

    def count(self, now: float) -> int:
        """Return the number of events in the window that ends now."""
        while self._events and self._events[0] <= now - self._seconds:
            self._events.popleft()
        return len(self._events)

    def add(self, now: float) -> None:
        """Add an event."""
        self._events.append(now)
