"""Leases: of several processes, only one does a piece of work at a time.

A lease is a file that names its owner and is changed by conditional writes only. It needs no
server, and works in a bucket and in a folder alike. See docs/decisions/0006-leases.md.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import AwareDatetime

from iflow_census.clock import Clock, Deadline
from iflow_census.errors import CensusError, DeadlineExceeded, TransientError
from iflow_census.store.protocol import JSON, Store, StoredFile, WriteResult
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format

LEASE_SECONDS = 60.0
"""A lease that its owner has not renewed for so long may be taken by another process."""

POLL_SECONDS = 1.0
"""How often a waiting process looks; also its pause before it begins, because SAP counts the
requests of the former owner for a second."""


class LeaseLost(TransientError):
    """Another process has taken the lease, so the former owner must not write anymore."""


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of the file.

    Attributes:
        owner: the process that may write.
        number: of the change; no two contents are the same, whatever the clocks say.
        renewed_at: when the owner changed the file, by its clock.
        released: the owner has finished, and anybody may take the lease.
    """

    owner: str
    number: int
    renewed_at: AwareDatetime
    released: bool = False


_FORMAT: StateFormat[_Content] = json_format("iflow-census/lease/v1", _Content)


class Lease:
    """A lease, as one process sees it.

    Args:
        owner: identifies the process; no two processes have the same one.
    """

    def __init__(self, store: Store, key: str, owner: str, clock: Clock) -> None:
        self._file = StateFile(store, key, _FORMAT)
        self._address = store.address(key)
        self._owner = owner
        self._clock = clock

    def try_acquire(self) -> bool:
        """Take the lease, if no other process holds it. Returns whether it did."""
        current = self._file.read().value
        return self._is_free(current) and self._take(current)

    def acquire(self, deadline: Deadline, on_wait: Callable[[], None]) -> None:
        """Take the lease, waiting for the process that holds it.

        `on_wait` is called once if another process holds the lease.

        Raises:
            DeadlineExceeded: another process still holds it.
        """
        watched, since, has_waited = self._file.read().value, self._clock.monotonic(), False
        while True:
            unchanged = self._clock.monotonic() - since
            if self._is_free(watched) or unchanged >= LEASE_SECONDS:
                if has_waited:
                    self._wait(deadline)
                if self._take(watched):
                    return
            elif not has_waited:
                on_wait()
                has_waited = True
            self._wait(deadline)
            current = self._file.read().value
            if current != watched:
                watched, since = current, self._clock.monotonic()

    def renew(self) -> None:
        """Prolong the lease.

        Raises:
            LeaseLost: another process has taken it, or the file is gone.
        """
        self._change(release=False)

    def release(self) -> None:
        """Let others take the lease at once; the owner may write until one of them does.

        Raises nothing if that fails: the lease expires by itself, or is lost already.
        """
        with suppress(CensusError):
            self._change(release=True)

    def _change(self, *, release: bool) -> None:
        def change(current: State[_Content]) -> _Content:
            lease = current.value
            if lease is None or lease.owner != self._owner:
                raise LeaseLost(f"{self._address}: another run has taken over; run again later")
            return self._renewed(lease, released=lease.released or release)

        self._file.update(change)

    def _take(self, expected: _Content | None) -> bool:
        """Take the lease if nobody has changed it. Returns whether it did."""

        def change(current: State[_Content]) -> _Content | None:
            lease = current.value
            # The answer to an own write may be lost, so that it is repeated and refused.
            may_take = lease == expected or self._owns(lease)
            return self._renewed(lease, released=False) if may_take else None

        return self._owns(self._file.update(change))

    def _owns(self, lease: _Content | None) -> bool:
        return lease is not None and lease.owner == self._owner

    def _is_free(self, lease: _Content | None) -> bool:
        if lease is None or lease.released or self._owns(lease):
            return True
        return (self._clock.now() - lease.renewed_at).total_seconds() >= LEASE_SECONDS

    def _renewed(self, lease: _Content | None, *, released: bool) -> _Content:
        number = 1 if lease is None else lease.number + 1
        return _Content(self._owner, number, self._clock.now(), released)

    def _wait(self, deadline: Deadline) -> None:
        try:
            deadline.sleep(POLL_SECONDS)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(f"another run is still scanning; {error}") from error


@dataclass(frozen=True, slots=True)
class LeasedStore:
    """A store whose writes are refused as soon as a lease is lost.

    The lease is renewed right before each write. What remains is a process that is stopped between
    the two for longer than the lease lasts; see docs/decisions/0006-leases.md.
    """

    store: Store
    lease: Lease

    def read(self, key: str) -> StoredFile | None:
        """Read a file; None if it does not exist."""
        return self.store.read(key)

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Renew the lease and write a file. Raises `LeaseLost` if another process has taken it."""
        self.lease.renew()
        return self.store.write(
            key, body, content_type=content_type, if_match=if_match, if_absent=if_absent
        )

    def write_parts(
        self, key: str, parts: Iterable[bytes], *, content_type: str = JSON
    ) -> WriteResult:
        """Renew the lease and write a file in parts, as `write`."""
        self.lease.renew()
        return self.store.write_parts(key, parts, content_type=content_type)

    def list_folders(self, prefix: str) -> Sequence[str]:
        """List the names of the folders directly below a prefix, which ends with a slash."""
        return self.store.list_folders(prefix)

    def address(self, key: str) -> str:
        """The path or URI of a file, for messages."""
        return self.store.address(key)
