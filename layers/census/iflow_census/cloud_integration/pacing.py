"""Staying under SAP's rate limits.

Source: SAP Help, "Rate Limits on SAP Cloud Integration": requests per second, counted per user and
API family, whatever a request costs.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from iflow_census.clock import Deadline

HEADROOM = 0.04
"""Share of the limit that is left unused, because answers to equal waits arrive unequally late."""


class Family(StrEnum):
    """A family of APIs that share a rate limit."""

    DESIGN_TIME = "design-time artifacts"
    RUNTIME = "runtime artifacts"
    MESSAGE_LOGS = "message processing logs"
    SECURITY = "security content"


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests per second that one user may send, per family; SAP's published figures."""

    design_time: float = 10
    runtime: float = 50
    message_logs: float = 100
    security: float = 10

    def by_family(self) -> Mapping[Family, float]:
        """The limit of each family."""
        return {
            Family.DESIGN_TIME: self.design_time,
            Family.RUNTIME: self.runtime,
            Family.MESSAGE_LOGS: self.message_logs,
            Family.SECURITY: self.security,
        }


class Pacer:
    """Gives each request of one family its turn, evenly spaced, in any number of threads."""

    def __init__(self, per_second: float) -> None:
        self._interval = (1 + HEADROOM) / per_second
        self._lock = threading.Lock()
        self._next_turn = float("-inf")

    def wait(self, deadline: Deadline) -> None:
        """Wait for a turn. Raises `DeadlineReached` if it would come too late."""
        with self._lock:
            now = deadline.clock.monotonic()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        deadline.sleep(turn - now)

    def hold(self, deadline: Deadline, seconds: float) -> None:
        """Give no turn for a while: the tenant said that there were too many."""
        with self._lock:
            self._next_turn = max(self._next_turn, deadline.clock.monotonic() + seconds)
