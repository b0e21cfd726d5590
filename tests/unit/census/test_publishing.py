"""Publishing the results of many tenants."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.census.plan import LeanixPlan
from iflow_census.census.result import CensusResult
from iflow_census.census.run import publish_census, run_census, stored_results
from iflow_census.census.tenant_census import scan_tenants
from iflow_census.errors import TransientError
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.period import Month
from iflow_census.store.lease import LEASE_SECONDS
from iflow_census.store.protocol import StoredFile, WriteResult
from iflow_census.store.report_writer import read_manifest_of_run
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run
from tests.unit.leanix.fake_workspace import FakeWorkspace

OCTOBER = Month(2026, 10)


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
    run = make_run(clock, store, tenants, month=OCTOBER)
    failures = scan_tenants(run)

    store.barriers = {part: threading.Barrier(2) for part in store.barriers}
    result = publish_census(run, stored_results(run, failures))

    assert (result.status, len(result.tenants)) == ("complete", 4)


def test_reports_with_other_keys_are_published_one_after_the_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, store = FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC)), MemoryStore()

    def publish(name: str, owner: str) -> CensusResult:
        run = make_run(clock, store, {name: FakeTenant(clock)}, month=OCTOBER, run_id=owner)
        return run_census(replace(run, owner=owner, plan=replace(run.plan, keeps_tenants=True)))

    publish("dev", "r1")
    publish("prod", "r2")
    assert clock.monotonic() == 0  # a report that is published holds up no other one

    other = replace(make_run(clock, store, {}, month=OCTOBER), owner="r3")
    assert other.make_lease(f"work/leases/reports/{OCTOBER}.json").try_acquire()
    result = publish("test", "r4")

    assert [tenant["name"] for tenant in result.tenants] == ["dev", "prod", "test"]
    assert clock.monotonic() >= LEASE_SECONDS
    assert caplog.messages == ["another run is publishing; waiting"]


def test_only_complete_tenants_of_the_run_are_sent_to_leanix() -> None:
    clock, store = FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC)), MemoryStore()
    tenants = {name: FakeTenant(clock) for name in ("dev", "old", "prod")}
    run_census(make_run(clock, store, {"old": tenants.pop("old")}, month=OCTOBER, run_id="r1"))
    tenants["dev"].error = TransientError("down")
    plan = LeanixPlan(FakeWorkspace().open, LeanixSettings(), test=False)

    result = run_census(
        make_run(
            clock, store, tenants, month=OCTOBER, run_id="r2", other_tenants=["old"], leanix=plan
        )
    )

    manifest = read_manifest_of_run(store, OCTOBER, "r2")
    assert manifest is not None
    assert [entry["tenant"] for entry in result.leanix] == ["prod"]
    stored = store.read(manifest.key)
    assert stored is not None
    assert json.loads(stored.body)["leanix"] == result.leanix
