"""Snapshots of earlier months: one of each tenant and month, of its latest scan."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.scan.period import Month
from iflow_census.scan.snapshot import TenantSnapshot, take_snapshot
from iflow_census.store.history import HistoryFile, find_snapshot
from iflow_census.store.protocol import Store
from tests.unit.report.examples import BARE, DESIGNED, SCANNED, tenant
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
KEY = "history/period=2026-10/dev.json.gz"
SNAPSHOT = take_snapshot(tenant("dev", [DESIGNED, BARE]))


def file(store: Store) -> HistoryFile:
    return HistoryFile(store, OCTOBER, "dev")


def scanned(hours: int) -> TenantSnapshot:
    moment = SCANNED + timedelta(hours=hours)
    return replace(SNAPSHOT, tenant=replace(SNAPSHOT.tenant, scanned_at=moment))


def test_snapshot_is_read_as_it_was_saved(store: Store) -> None:
    file(store).save(SNAPSHOT)

    assert file(store).read().value == find_snapshot(store, OCTOBER, "dev") == SNAPSHOT
    assert find_snapshot(store, OCTOBER, "prod") is None
    assert find_snapshot(store, Month(2026, 9), "dev") is None


@pytest.mark.parametrize(("first", "second", "latest"), [(0, 1, 1), (1, 0, 1)])
def test_snapshot_is_that_of_the_latest_scan(first: int, second: int, latest: int) -> None:
    store = RecordingStore()

    file(store).save(scanned(first))
    file(store).save(scanned(second))

    assert file(store).read().value == scanned(latest)


def test_same_snapshot_is_written_once() -> None:
    store = RecordingStore()

    file(store).save(SNAPSHOT)
    file(store).save(SNAPSHOT)

    assert store.written == [KEY]


@pytest.mark.parametrize("body", [b"", b"{}", gzip.compress(b"{}", mtime=0)])
def test_damaged_snapshot_is_unknown_and_replaced(body: bytes) -> None:
    store = RecordingStore()
    store.put(KEY, body)

    found = find_snapshot(store, OCTOBER, "dev")
    written_by_reader = list(store.written)
    file(store).save(SNAPSHOT)

    assert (found, written_by_reader) == (None, [])
    assert file(store).read().value == SNAPSHOT


def test_snapshot_of_another_tenant_is_damaged() -> None:
    store = RecordingStore()
    HistoryFile(store, OCTOBER, "prod").save(take_snapshot(tenant("prod", [])))
    other = store.read("history/period=2026-10/prod.json.gz")
    assert other is not None
    store.put(KEY, other.body)

    assert "not a snapshot of this tenant" in (file(store).read().damage or "")


def test_snapshot_of_a_newer_version_stops_readers_and_writers() -> None:
    store = RecordingStore()
    newer = json.dumps({"schema": "iflow-census/snapshot/v2"}).encode()
    store.put(KEY, gzip.compress(newer))

    with pytest.raises(ConfigurationError, match="newer version"):
        find_snapshot(store, OCTOBER, "dev")
    with pytest.raises(ConfigurationError, match="newer version"):
        file(store).save(SNAPSHOT)

    assert store.written == []
