"""A store that tells what was done to it, and lets another writer come first."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from iflow_census.store.memory import MemoryStore
from iflow_census.store.protocol import JSON, StoredFile, WriteResult


@dataclass
class RecordingStore:
    """A store in memory.

    Attributes:
        written: the keys in the order of their writes, also of those that were refused.
        before_write: called with the key before each write, to let another writer come first.
    """

    inner: MemoryStore = field(default_factory=MemoryStore)
    written: list[str] = field(default_factory=list)
    before_write: Callable[[str], None] = lambda _key: None

    def read(self, key: str) -> StoredFile | None:
        """Read as any store."""
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
        """Write as any store, after the other writer."""
        self.written.append(key)
        self.before_write(key)
        return self.inner.write(
            key, body, content_type=content_type, if_match=if_match, if_absent=if_absent
        )

    def address(self, key: str) -> str:
        """Name a file."""
        return self.inner.address(key)

    def put(self, key: str, body: bytes) -> None:
        """Put a file there behind everybody's back."""
        self.inner.write(key, body)

    def json(self, key: str) -> Any:
        """A file, parsed."""
        found = self.read(key)
        assert found is not None
        return json.loads(found.body)

    def run_before_next_write(self, act: Callable[[], object]) -> None:
        """Let another writer act before the next write, and only then."""

        def first(_key: str) -> None:
            self.before_write = lambda _key: None
            act()

        self.before_write = first
