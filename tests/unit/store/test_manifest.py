"""Manifests: which run they are of, and the results of LeanIX that are added to them."""

import json

import pytest

from iflow_census.scan.period import Month, Period
from iflow_census.scan.retention import rolling_window
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import (
    MANIFEST_SCHEMA,
    Header,
    Manifest,
    add_leanix_entries,
    publish,
    read_manifest,
    read_manifest_of_run,
    read_manifest_state,
    report_folder,
)
from tests.clock import NOVEMBER
from tests.unit.store.recording_store import RecordingStore
from tests.unit.store.reports import EARLY, FOLDER, LATE, MANIFEST, TENANTS, header, publish_run

OCTOBER = Month(2026, 10)


def content_of(**changes: object) -> bytes:
    content = {"schema": MANIFEST_SCHEMA, "run_id": "9", "status": "complete", "tenants": []}
    return json.dumps({**content, **changes}).encode()


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "does not match the schema"),
        (b"null", "does not match the schema"),
        (b"{}", "does not match the schema"),
        (content_of(schema="iflow-census/latest/v1"), "another schema"),
        (content_of(run_id=5), "does not match the schema"),
        (content_of(status=["complete"]), "does not match the schema"),
        (content_of(tenants=5), "does not match the schema"),
        (content_of(tenants=[5]), "does not match the schema"),
        (content_of(tenants=[{}]), "does not match the schema"),
    ],
)
def test_damaged_manifest_is_ignored_and_replaced(garbage: bytes, reason: str) -> None:
    store = RecordingStore()
    store.put(MANIFEST, garbage)

    before = read_manifest_state(store, FOLDER)
    publish_run(store, EARLY)

    assert before.value is None
    assert (before.damage or "").startswith(f"could not be read ({reason}) and was copied to ")
    assert store.json(MANIFEST)["run_id"] == EARLY


def test_missing_manifest_is_none() -> None:
    assert read_manifest(RecordingStore(), FOLDER) is None


@pytest.mark.parametrize("coverage_complete", [True, False])
def test_manifest_is_read_as_it_was_published(coverage_complete: bool) -> None:
    store = RecordingStore()
    publish(store, header(coverage_complete=coverage_complete), [])

    manifest = read_manifest(store, FOLDER)

    assert manifest == Manifest(MANIFEST, EARLY, "complete", TENANTS, coverage_complete)


@pytest.mark.parametrize(
    ("run_id", "names", "is_of_run"),
    [(EARLY, {"dev"}, True), (LATE, {"dev"}, False), (EARLY, {"dev", "other"}, False)],
)
def test_manifest_knows_its_run(run_id: str, names: set[str], is_of_run: bool) -> None:
    store = RecordingStore()
    publish_run(store, EARLY)

    manifest = read_manifest(store, FOLDER)

    assert manifest is not None
    assert manifest.of_complete_run(run_id, names) is is_of_run


def test_partial_run_is_not_a_complete_run() -> None:
    store = RecordingStore()
    publish_run(store, LATE, "partial")

    manifest = read_manifest(store, FOLDER)

    assert manifest is not None
    assert not manifest.of_complete_run(LATE, {"dev"})


@pytest.mark.parametrize("period", [OCTOBER, rolling_window(NOVEMBER)])
@pytest.mark.parametrize("status", ["complete", "partial"])
def test_manifest_of_a_run_is_found_until_it_is_replaced(period: Period, status: str) -> None:
    store = RecordingStore()
    before = read_manifest_of_run(store, period, EARLY)

    publish(store, Header(period, EARLY, status, TENANTS, coverage_complete=True), [])
    found = read_manifest_of_run(store, period, EARLY)
    publish(store, Header(period, LATE, status, TENANTS, coverage_complete=True), [])

    assert before is None
    assert found == Manifest(
        report_folder(period, status) + "manifest.json", EARLY, status, TENANTS, True
    )
    assert read_manifest_of_run(store, period, EARLY) is None


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
