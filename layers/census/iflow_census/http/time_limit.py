"""The time limit of a request as a whole, which the sockets in its thread obey."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from iflow_census.clock import Deadline

_current: ContextVar["TimeLimit | None"] = ContextVar("time limit of a request", default=None)


class TimeLimit:
    """When a request and its response must end.

    A socket's own timeout starts anew with each byte that arrives. A server that sends a byte now
    and then never exceeds it. Like a socket's timeout, the duration of a response is in seconds of
    the system's clock; the deadline is on the clock of the run.

    Args:
        grace: seconds after the deadline in which a response is still accepted.
        response_seconds: the maximum duration of a response, from its first read.

    Attributes:
        on_sent: called when a part of the request has been written to the socket.
    """

    on_sent: Callable[[], None] | None = None

    def __init__(self, deadline: Deadline, grace: float, response_seconds: float) -> None:
        self._deadline = deadline
        self._grace = grace
        self._response_seconds = response_seconds
        self._response_end: float | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Make this the limit of the current thread while the block runs."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def begin_response(self) -> None:
        """Measure the duration of the response from now, unless that has begun before."""
        if self._response_end is None:
            self._response_end = time.monotonic() + self._response_seconds

    def allow_long_response(self) -> None:
        """Limit the response by the deadline only."""
        self._response_end = math.inf

    def remaining(self) -> float:
        """Seconds left; 0 or less if the request has to end."""
        end = math.inf if self._response_end is None else self._response_end
        return min(end - time.monotonic(), self._deadline.remaining() + self._grace)


def current_time_limit() -> TimeLimit | None:
    """Return the limit of the request that the current thread sends, if any."""
    return _current.get()
