"""Publishing reports: the order of writes, and which run wins."""

import hashlib
import json

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import LATEST, MANIFEST_SCHEMA, publish
from tests.unit.store.recording_store import RecordingStore
from tests.unit.store.reports import (
    EARLY,
    FOLDER,
    LATE,
    MANIFEST,
    TENANTS,
    files,
    header,
    publish_run,
)


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


def test_repeated_run_replaces_its_report() -> None:
    store = RecordingStore()

    for text in ("first", "second"):
        publish(store, header(EARLY), files(text))

    file = store.read(FOLDER + "report.csv")
    assert file is not None
    assert file.body == b"csv of second"


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
