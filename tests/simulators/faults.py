"""Faults that a test injects into a simulated service."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class BaseFault:
    """A fault and the requests that it affects.

    ``path``: a regular expression, searched in the encoded path and query. ``nth``: only the nth
    matching request, from 1. ``times``: the maximum number of hits.
    """

    kind: StrEnum
    path: str | None = None
    nth: int | None = None
    times: int | None = None
    retry_after: str | None = None
    """For a 429; None sends no header."""
    released: threading.Event = field(default_factory=threading.Event, compare=False)
    """Ends a HANG permanently; create a new fault for another one."""

    def matches_path(self, target: str) -> bool:
        """Return whether the fault affects requests with this path and query."""
        return self.path is None or re.search(self.path, target) is not None


F = TypeVar("F", bound=BaseFault)


@dataclass(slots=True)
class ActiveFault(Generic[F]):
    """A fault with the number of matching requests and of hits."""

    fault: F
    seen: int = 0
    hits: int = 0

    def count_match(self) -> bool:
        """Count a matching request, and return whether the fault is due."""
        self.seen += 1
        is_nth = self.fault.nth in (None, self.seen)
        return is_nth and (self.fault.times is None or self.hits < self.fault.times)


class ActiveFaults(Generic[F]):
    """The active faults, in order; they may be changed while the server is running."""

    def __init__(self, faults: Iterable[F] = ()) -> None:
        """Activate the given faults."""
        self._lock = threading.Lock()
        self._active = [ActiveFault(fault) for fault in faults]

    def add(self, fault: F) -> F:
        """Activate a fault and return it."""
        with self._lock:
            self._active.append(ActiveFault(fault))
        return fault

    def remove(self, fault: F) -> None:
        """Deactivate a fault and release the requests that it blocks."""
        fault.released.set()
        with self._lock:
            self._active = [active for active in self._active if active.fault is not fault]

    def clear(self) -> None:
        """Deactivate all faults and release the requests that they block."""
        with self._lock:
            for active in self._active:
                active.fault.released.set()
            self._active = []
