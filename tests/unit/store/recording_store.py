"""An in-memory store that records its writes and lets another writer come first."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iflow_census.store.protocol import JSON, StoredFile, WriteResult
from tests.memory_store import MemoryStore


@dataclass
class RecordingStore:
    """Records writes to a store in memory.

    Attributes:
        inner: the store.
        written: the keys of all writes in order, including refused ones.
        before_write: called with the key before each write, to let another writer come first.
    """

    inner: MemoryStore = field(default_factory=MemoryStore)
    written: list[str] = field(default_factory=list)
    before_write: Callable[[str], None] = lambda _key: None

    def read(self, key: str) -> StoredFile | None:
        """Read from the inner store."""
        return self.inner.read(key)

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Record a write, call `before_write`, and write to the inner store."""
        self.written.append(key)
        self.before_write(key)
        return self.inner.write(
            key, body, content_type=content_type, if_match=if_match, if_absent=if_absent
        )

    def write_parts(
        self, key: str, parts: Iterable[bytes], *, content_type: str = JSON
    ) -> WriteResult:
        """Write a file in parts, recorded as one write."""
        return self.write(key, b"".join(parts), content_type=content_type)

    def list_folders(self, prefix: str) -> Sequence[str]:
        """The folders in the inner store."""
        return self.inner.list_folders(prefix)

    def address(self, key: str) -> str:
        """The address in the inner store."""
        return self.inner.address(key)

    def put(self, key: str, body: bytes) -> None:
        """Write a file without recording it."""
        self.inner.write(key, body)

    def json(self, key: str) -> Any:
        """Read and parse a file, which must exist."""
        file = self.read(key)
        assert file is not None
        return json.loads(file.body)

    def run_before_next_write(self, act: Callable[[], object]) -> None:
        """Call a function before the next write, and only then."""

        def act_once(_key: str) -> None:
            self.before_write = lambda _key: None
            act()

        self.before_write = act_once
