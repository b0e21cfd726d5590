"""Publishing the results of many tenants."""

import threading
from datetime import UTC, datetime
from typing import Any

from iflow_census.census.run import publish_census, stored_results
from iflow_census.census.tenant_census import scan_tenants
from iflow_census.scan.period import Month
from iflow_census.store.protocol import StoredFile, WriteResult
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run


class MeetingStore(MemoryStore):
    """A store with latency: each file of a tenant waits until another one is requested."""

    def __init__(self) -> None:
        super().__init__()
        self.barriers = dict.fromkeys(("/finished/", "tables/iflows/"), threading.Barrier(1))

    def read(self, key: str) -> StoredFile | None:
        """Read a file."""
        self._meet(key)
        return super().read(key)

    def write(self, key: str, body: bytes, **options: Any) -> WriteResult:
        """Write a file."""
        self._meet(key)
        return super().write(key, body, **options)

    def _meet(self, key: str) -> None:
        for part, barrier in self.barriers.items():
            if part in key:
                barrier.wait(10)


def test_tenants_are_read_and_written_concurrently() -> None:
    clock, store = FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC)), MeetingStore()
    tenants = {name: FakeTenant(clock) for name in ("a", "b", "c", "d")}
    run = make_run(clock, store, tenants, month=Month(2026, 10))
    failures = scan_tenants(run)

    store.barriers = {part: threading.Barrier(2) for part in store.barriers}
    result = publish_census(run, stored_results(run, failures))

    assert (result.status, len(result.tenants)) == ("complete", 4)
