"""Publishing reports: the order of writes, and which run wins."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.scan.period import Month
from iflow_census.scan.retention import rolling_window
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import (
    LATEST,
    LATEST_SCHEMA,
    MANIFEST_SCHEMA,
    Document,
    Header,
    add_leanix_entries,
    publish,
    read_manifest,
)
from tests.unit.store.recording_store import RecordingStore

FOLDER = "reports/period=2026-10/"
MANIFEST = FOLDER + "manifest.json"
EARLY, LATE = "20261101T003000Z", "20261102T003000Z"
TENANTS = [{"name": "dev", "status": "complete", "iflows": 1, "messages": 2, "error": None}]
NAMES = {str(tenant["name"]) for tenant in TENANTS}


def header(
    run_id: str = EARLY, status: str = "complete", period: str = "2026-10", **options: Any
) -> Header:
    values: dict[str, Any] = {"tenants": TENANTS, "coverage_complete": True} | options
    return Header(Month.parse(period), run_id, status, **values)


def files(text: str = "content") -> Sequence[Document]:
    return [
        Document("csv", "report.csv", "text/csv", [b"csv ", f"of {text}".encode()], rows=3),
        Document("json", "report.json", "application/json", [f"json of {text}".encode()], rows=2),
    ]


def publish_run(store: Store, run_id: str, status: str = "complete") -> str:
    return publish(store, header(run_id, status), files(run_id))


def test_files_are_written_before_manifest_and_pointer() -> None:
    store = RecordingStore()

    key = publish_run(store, EARLY)

    assert key == MANIFEST
    assert store.written == [FOLDER + "report.csv", FOLDER + "report.json", MANIFEST, LATEST]


def test_manifest_describes_the_files() -> None:
    store = RecordingStore()

    publish_run(store, EARLY)

    body = f"csv of {EARLY}".encode()
    manifest = store.json(MANIFEST)
    assert {name: manifest[name] for name in manifest if name != "files"} == {
        "schema": MANIFEST_SCHEMA,
        "period": "2026-10",
        "from": "2026-10-01T00:00:00.000Z",
        "to": "2026-11-01T00:00:00.000Z",
        "run_id": EARLY,
        "status": "complete",
        "coverage_complete": True,
        "tenants": TENANTS,
        "leanix": [],
    }
    assert manifest["files"][0] == {
        "format": "csv",
        "key": FOLDER + "report.csv",
        "version_id": None,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "rows": 3,
    }
    assert [file["format"] for file in manifest["files"]] == ["csv", "json"]


def test_files_match_the_manifest(store: Store) -> None:
    publish_run(store, EARLY)

    manifest = store.read(MANIFEST)

    assert manifest is not None
    for file in json.loads(manifest.body)["files"]:
        stored = store.read(file["key"])
        assert stored is not None
        assert len(stored.body) == file["bytes"]
        assert hashlib.sha256(stored.body).hexdigest() == file["sha256"]
        assert bool(file["version_id"]) == isinstance(store, S3Store)


def test_failed_write_keeps_the_old_manifest() -> None:
    store = RecordingStore()
    publish_run(store, EARLY)
    before = store.json(MANIFEST)

    def fail(key: str) -> None:
        if key.endswith("report.json"):
            raise OSError("disk full")

    store.before_write = fail
    with pytest.raises(OSError, match="disk full"):
        publish_run(store, LATE)

    assert store.json(MANIFEST) == before
    assert store.json(LATEST)["run_id"] == EARLY


def test_second_delivery_that_is_partial_keeps_the_complete_report() -> None:
    store = RecordingStore()
    publish_run(store, EARLY)
    before = store.read(MANIFEST)

    publish_run(store, EARLY, "partial")

    assert store.read(MANIFEST) == before


@pytest.mark.parametrize("status", ["complete", "partial"])
def test_earlier_run_does_not_replace_a_later_complete_run(status: str) -> None:
    store = RecordingStore()
    publish_run(store, LATE)
    keys = [FOLDER + "report.csv", FOLDER + "report.json", MANIFEST, LATEST]
    before = [store.read(key) for key in keys]

    key = publish_run(store, EARLY, status)

    assert key == MANIFEST
    assert [store.read(key) for key in keys] == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((EARLY, "partial"), (EARLY, "complete")),
        ((EARLY, "complete"), (LATE, "complete")),
        ((EARLY, "complete"), (LATE, "partial")),
        ((EARLY, "partial"), (LATE, "partial")),
        ((LATE, "partial"), (EARLY, "complete")),
        ((EARLY, "complete"), (EARLY, "complete")),
    ],
)
def test_otherwise_the_last_published_run_wins(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    store = RecordingStore()
    publish_run(store, *first)

    publish_run(store, *second)

    manifest = store.json(MANIFEST)
    assert (manifest["run_id"], manifest["status"]) == second
    assert store.json(LATEST)["run_id"] == second[0]


@pytest.mark.parametrize(
    ("keeps_tenants", "has_more", "published"),
    [(True, True, EARLY), (True, False, LATE), (False, True, LATE)],
)
def test_earlier_run_adds_tenants_if_it_keeps_the_others(
    keeps_tenants: bool, has_more: bool, published: str
) -> None:
    store = RecordingStore()
    publish_run(store, LATE)
    tenants = [*TENANTS, TENANTS[0] | {"name": "prod"}] if has_more else TENANTS

    publish(store, header(EARLY, tenants=tenants, keeps_tenants=keeps_tenants), files())

    assert store.json(MANIFEST)["run_id"] == published


def test_concurrent_later_run_keeps_manifest_and_pointer() -> None:
    store = RecordingStore()
    other = RecordingStore(inner=store.inner)

    def overtake(key: str) -> None:
        if key == MANIFEST:
            store.before_write = lambda _key: None
            publish_run(other, LATE)

    store.before_write = overtake
    publish_run(store, EARLY)

    assert store.json(MANIFEST)["run_id"] == LATE
    assert store.json(LATEST)["run_id"] == LATE


def test_pointer_names_the_newest_month() -> None:
    store = RecordingStore()

    for month in ("2026-09", "2026-10"):
        publish(store, header(period=month), [])

    assert store.json(LATEST) == {
        "schema": LATEST_SCHEMA,
        "period": "2026-10",
        "run_id": EARLY,
        "manifest": MANIFEST,
        "rolling": None,
    }


def test_pointer_names_the_newest_complete_rolling_window() -> None:
    store, window = RecordingStore(), rolling_window(datetime(2026, 11, 20, tzinfo=UTC))

    publish(store, Header(window, EARLY, "complete", TENANTS, coverage_complete=True), [])
    publish(store, Header(window, LATE, "partial", TENANTS, coverage_complete=True), [])

    manifest = "reports/last-30-days/manifest.json"
    assert store.json(LATEST) == {
        "schema": LATEST_SCHEMA,
        "period": None,
        "run_id": None,
        "manifest": None,
        "rolling": {"run_id": EARLY, "manifest": manifest},
    }
    assert store.json("reports/last-30-days-partial/manifest.json")["run_id"] == LATE
    assert store.json(manifest)["from"] == "2026-10-21T01:00:00.000Z"


def test_pointer_does_not_go_back_to_an_older_month() -> None:
    store = RecordingStore()
    publish_run(store, EARLY)

    publish(store, header(LATE, period="2025-12"), [])

    assert store.json(LATEST)["period"] == "2026-10"
    assert read_manifest(store, "reports/period=2025-12/") is not None


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'"x"', b"{}", b'{"period": 5}', b"\xff"])
def test_damaged_pointer_is_replaced(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(LATEST, garbage)

    publish_run(store, EARLY)

    assert store.json(LATEST)["period"] == "2026-10"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b'{"run_id": 5, "status": "complete", "tenants": []}',
        b'{"run_id": "9", "status": ["complete"], "tenants": []}',
        b'{"run_id": "9", "status": "complete", "tenants": 5}',
        b'{"run_id": "9", "status": "complete", "tenants": [5]}',
    ],
)
def test_damaged_manifest_is_ignored_and_replaced(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(MANIFEST, garbage)

    before = read_manifest(store, FOLDER)
    publish_run(store, EARLY)

    assert before is None
    assert store.json(MANIFEST)["run_id"] == EARLY


def test_missing_manifest_is_none() -> None:
    assert read_manifest(RecordingStore(), FOLDER) is None


def test_manifest_knows_its_run() -> None:
    store = RecordingStore()
    publish_run(store, EARLY)

    manifest = read_manifest(store, FOLDER)

    assert manifest is not None
    assert (manifest.key, manifest.tenants) == (MANIFEST, TENANTS)
    assert manifest.of_complete_run(EARLY, NAMES)
    assert not manifest.of_complete_run(LATE, NAMES)
    assert not manifest.of_complete_run(EARLY, NAMES | {"other"})


def test_partial_run_is_not_a_complete_run() -> None:
    store = RecordingStore()
    publish_run(store, LATE, "partial")

    manifest = read_manifest(store, FOLDER)

    assert manifest is not None
    assert not manifest.of_complete_run(LATE, NAMES)


ENTRIES = [{"tenant": "dev", "status": "FINISHED", "problem": None}]


def test_leanix_entries_are_added_to_the_manifest_of_the_run(store: Store) -> None:
    publish_run(store, EARLY)

    add_leanix_entries(store, FOLDER, EARLY, ENTRIES)

    manifest = store.read(MANIFEST)
    assert manifest is not None
    content = json.loads(manifest.body)
    assert content["leanix"] == ENTRIES
    assert (content["run_id"], content["tenants"]) == (EARLY, TENANTS)


def test_leanix_entries_are_not_added_to_the_manifest_of_another_run(store: Store) -> None:
    publish_run(store, LATE)
    before = store.read(MANIFEST)

    add_leanix_entries(store, FOLDER, EARLY, ENTRIES)

    assert store.read(MANIFEST) == before


def test_leanix_entries_are_not_written_without_a_manifest() -> None:
    store = RecordingStore()

    add_leanix_entries(store, FOLDER, EARLY, ENTRIES)

    assert store.written == []


def test_unchanged_leanix_entries_are_not_written_again() -> None:
    store = RecordingStore()
    publish_run(store, EARLY)
    add_leanix_entries(store, FOLDER, EARLY, ENTRIES)
    written = list(store.written)

    add_leanix_entries(store, FOLDER, EARLY, ENTRIES)

    assert store.written == written
