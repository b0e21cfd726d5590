"""An in-memory store, for tests and measurements."""

import threading
from collections.abc import Iterable, Sequence

from iflow_census.store.protocol import (
    JSON,
    StoredFile,
    WriteResult,
    check_condition,
    content_etag,
)


class MemoryStore:
    """Keeps files in memory, with the same conditional writes as S3; thread-safe."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> StoredFile | None:
        """Read a file; None if it does not exist."""
        with self._lock:
            return self._files.get(key)

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,  # noqa: ARG002 - not kept
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Write a file."""
        with self._lock:
            check_condition(
                self._files.get(key), self.address(key), if_match=if_match, if_absent=if_absent
            )
            self._files[key] = StoredFile(body, content_etag(body))
        return WriteResult(None)

    def write_parts(
        self, key: str, parts: Iterable[bytes], *, content_type: str = JSON
    ) -> WriteResult:
        """Write a file in parts."""
        return self.write(key, b"".join(parts), content_type=content_type)

    def delete(self, key: str) -> None:
        """Delete a file."""
        with self._lock:
            del self._files[key]

    def list_folders(self, prefix: str) -> Sequence[str]:
        """List the names of the folders directly below a prefix, which ends with a slash."""
        with self._lock:
            below = [key.removeprefix(prefix) for key in self._files if key.startswith(prefix)]
        return sorted({name.partition("/")[0] for name in below if "/" in name})

    def address(self, key: str) -> str:
        """A name for messages."""
        return f"memory:{key}"
