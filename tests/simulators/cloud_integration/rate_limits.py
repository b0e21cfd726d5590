"""SAP's published rate limits, over a sliding window of one second.

Source: SAP Help: rate limits on SAP Cloud Integration. SAP limits requests per second, whatever
they cost, and does not document ``Retry-After``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.simulators.sliding_window import SlidingWindow

DESIGN_TIME = "design-time"
RUNTIME = "runtime"
MESSAGE_LOGS = "message-logs"
SECURITY = "security"
NUMBER_RANGES = "number-ranges"
PARTNER_DIRECTORY = "partner-directory"


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests per second for an API family."""

    per_user: int
    per_tenant: int


PUBLISHED_LIMITS: Mapping[str, Limit] = {
    DESIGN_TIME: Limit(10, 15),
    RUNTIME: Limit(50, 120),
    MESSAGE_LOGS: Limit(100, 1000),
    SECURITY: Limit(10, 12),
    NUMBER_RANGES: Limit(5, 10),
    PARTNER_DIRECTORY: Limit(25, 50),
}

_WINDOW_SECONDS = 1.0


class RateLimits:
    """Checks requests against the limits. Rejected requests do not count.

    ``monotonic`` returns seconds. Families without a limit are not checked.
    """

    def __init__(
        self, monotonic: Callable[[], float], limits: Mapping[str, Limit] = PUBLISHED_LIMITS
    ) -> None:
        """Start with an empty window."""
        self._monotonic = monotonic
        self._limits = limits
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str | None], SlidingWindow] = {}

    def admit(self, family: str, user: str) -> bool:
        """Return whether a request is within the limits, and count it if so."""
        limit = self._limits.get(family)
        if limit is None:
            return True
        with self._lock:
            now = self._monotonic()
            user_window = self._window(family, user)
            tenant_window = self._window(family, None)
            if (
                user_window.count(now) >= limit.per_user
                or tenant_window.count(now) >= limit.per_tenant
            ):
                return False
            user_window.add(now)
            tenant_window.add(now)
            return True

    def _window(self, family: str, user: str | None) -> SlidingWindow:
        return self._windows.setdefault((family, user), SlidingWindow(_WINDOW_SECONDS))
