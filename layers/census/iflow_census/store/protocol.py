"""The protocol of a file store, and an update that loses no concurrent change."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from iflow_census.errors import TransientError

JSON = "application/json"

MAX_UPDATE_ATTEMPTS = 20
"""Attempts of `update_file`, each of which another writer may get ahead of."""


class WriteConflict(TransientError):
    """The condition of a write does not hold: another writer changed the file first."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as read; the ETag identifies this content among all others of the key."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A completed write; `version_id` is None if the store keeps no versions."""

    version_id: str | None


class Store(Protocol):
    """Files by key; a key is a path with slashes, and a write is atomic.

    Every method raises `ConfigurationError` if the bucket or folder cannot be used, `AccessError`
    if access is denied, and `TransientError` if the store does not respond.
    """

    def read(self, key: str) -> StoredFile | None:
        """Read a file; None if it does not exist."""
        ...

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Write a file.

        With `if_match`, it is written only if the file has this ETag; with `if_absent`, only if the
        file does not exist.

        Raises:
            WriteConflict: the condition does not hold; nothing is written.
        """
        ...

    def write_parts(
        self, key: str, parts: Iterable[bytes], *, content_type: str = JSON
    ) -> WriteResult:
        """Write a file that need not fit into memory; readers see all of it or nothing.

        The parts are in order, and of any size.
        """
        ...

    def list_folders(self, prefix: str) -> Sequence[str]:
        """List the names of the folders directly below a prefix, which ends with a slash."""
        ...

    def address(self, key: str) -> str:
        """The path or URI of a file, for messages and reports."""
        ...


def content_etag(body: bytes) -> str:
    """The ETag of a content, for stores that have none of their own."""
    return hashlib.sha256(body).hexdigest()


def check_condition(
    current: StoredFile | None, address: str, *, if_match: str | None, if_absent: bool
) -> None:
    """Raise `WriteConflict` if the condition of a write does not hold for the current file."""
    changed = if_match is not None and (current is None or current.etag != if_match)
    if changed or (if_absent and current is not None):
        raise WriteConflict(f"{address}: changed by another writer; run again")


def update_file(
    store: Store,
    key: str,
    change: Callable[[bytes | None], bytes | None],
    *,
    content_type: str = JSON,
) -> None:
    """Change a file that others may be changing at the same time; no change is lost.

    `change` returns the new content for the current one (None: the file does not exist), or None to
    leave the file unchanged. It is called again if another writer comes first.

    Raises:
        WriteConflict: another writer came first in every attempt.
    """
    for _ in range(MAX_UPDATE_ATTEMPTS):
        current = store.read(key)
        body = change(current.body if current else None)
        if body is None:
            return
        try:
            store.write(
                key,
                body,
                content_type=content_type,
                if_match=current.etag if current else None,
                if_absent=current is None,
            )
        except WriteConflict:
            continue
        return
    raise WriteConflict(
        f"{store.address(key)}: changed by other writers during {MAX_UPDATE_ATTEMPTS} attempts; "
        "run again"
    )
