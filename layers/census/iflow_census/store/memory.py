"""A store that lives as long as its process: work state of a command that is not resumed."""

import hashlib
import threading

from iflow_census.store.protocol import Expected, Stored, WriteConflict, Written


class MemoryStore:
    """Keeps files in memory, with the same conditions as S3; thread-safe."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> Stored | None:
        """A file, or None where there is none."""
        with self._lock:
            body = self._files.get(key)
        return None if body is None else Stored(body, _tag(body))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,  # noqa: ARG002 - nobody asks for it here
        expected: Expected | str = Expected.ANYTHING,
    ) -> Written:
        """Write a file."""
        with self._lock:
            found = self._files.get(key)
            tag = Expected.NOTHING if found is None else _tag(found)
            if expected is not Expected.ANYTHING and expected != tag:
                raise WriteConflict(f"{key} was changed meanwhile")
            self._files[key] = body
        return Written(_tag(body), None)

    def address(self, key: str) -> str:
        """A name for messages."""
        return f"memory:{key}"


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
