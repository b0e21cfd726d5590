"""The history: a snapshot of each tenant and month, which later months are compared with.

A snapshot is small, so that no run has to read the reports of earlier months. It is written with
the report of its month, never for a rolling window, and is kept forever.
"""

from functools import partial
from typing import Protocol

from iflow_census.scan.period import Month
from iflow_census.scan.snapshot import TenantSnapshot
from iflow_census.store.protocol import Store, StoredFile
from iflow_census.store.state_file import (
    DAMAGES,
    State,
    StateFile,
    StateFormat,
    compress,
    decompress,
    json_format,
    refuse_newer,
)

SCHEMA = "iflow-census/snapshot/v1"


class _Source(Protocol):
    def read(self, key: str) -> StoredFile | None: ...


class HistoryFile:
    """The file of one snapshot."""

    def __init__(self, store: Store, month: Month, tenant: str) -> None:
        self.key = _key(month, tenant)
        load = partial(_load, self.key, tenant)
        self._file = StateFile(store, self.key, StateFormat(SCHEMA, load, _dump))

    def read(self) -> State[TenantSnapshot]:
        """Read the snapshot. Of a damaged one nothing is known; it is copied aside."""
        return self._file.read()

    def save(self, snapshot: TenantSnapshot) -> None:
        """Save a snapshot, unless there is one of a later scan."""

        def change(current: State[TenantSnapshot]) -> TenantSnapshot | None:
            stored = current.value
            if stored and (stored == snapshot or stored.tenant.is_newer_than(snapshot.tenant)):
                return None
            return snapshot

        self._file.update(change)


def find_snapshot(source: _Source, month: Month, tenant: str) -> TenantSnapshot | None:
    """Read a snapshot and change nothing, as readers may not; None if missing or damaged.

    Raises:
        ConfigurationError: it is of a newer version.
        CensusError: the source failed.
    """
    key = _key(month, tenant)
    file = source.read(key)
    try:
        return None if file is None else _load(key, tenant, file.body)
    except DAMAGES:
        return None


def _key(month: Month, tenant: str) -> str:
    return f"history/period={month}/{tenant}.json.gz"


def _load(key: str, tenant: str, body: bytes) -> TenantSnapshot:
    content = decompress(body)
    try:
        snapshot = _FORMAT.load(content)
    except DAMAGES:
        refuse_newer(key, content, SCHEMA)
        raise
    if snapshot.tenant.name != tenant:
        raise ValueError("not a snapshot of this tenant")
    return snapshot


def _dump(snapshot: TenantSnapshot) -> bytes:
    return compress(_FORMAT.dump(snapshot))


_FORMAT: StateFormat[TenantSnapshot] = json_format(SCHEMA, TenantSnapshot)
