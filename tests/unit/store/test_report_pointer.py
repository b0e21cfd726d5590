"""The pointer: the newest month, and the newest complete rolling window."""

import json
from datetime import UTC, datetime

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.scan.retention import rolling_window
from iflow_census.store.report_writer import LATEST, LATEST_SCHEMA, Header, publish, read_manifest
from tests.unit.store.recording_store import RecordingStore
from tests.unit.store.reports import EARLY, LATE, MANIFEST, TENANTS, header, publish_run


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


@pytest.mark.parametrize("rolling_first", [True, False])
def test_pointer_keeps_the_month_and_the_rolling_window(rolling_first: bool) -> None:
    store, window = RecordingStore(), rolling_window(datetime(2026, 11, 20, tzinfo=UTC))
    headers = [Header(window, LATE, "complete", TENANTS, coverage_complete=True), header()]

    for report in headers if rolling_first else reversed(headers):
        publish(store, report, [])

    pointer = store.json(LATEST)
    assert (pointer["run_id"], pointer["rolling"]["run_id"]) == (EARLY, LATE)
    assert not any("damaged" in key for key in store.written)


def test_nothing_is_written_if_the_pointer_is_of_a_newer_version() -> None:
    store = RecordingStore()
    store.put(LATEST, b'{"schema": "iflow-census/latest/v2"}')

    with pytest.raises(ConfigurationError, match="newer version"):
        publish_run(store, EARLY)

    assert store.written == []


def pointer_to(period: object) -> bytes:
    return json.dumps({"schema": LATEST_SCHEMA, "period": period}).encode()


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"", b"{", b"[]", b'"x"', b"{}", b"\xff"),
        *map(pointer_to, (5, "", "2026-13", "1999-12", ["2026-10"])),
        json.dumps({"schema": LATEST_SCHEMA}).encode(),
    ],
)
def test_damaged_pointer_is_replaced(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(LATEST, garbage)

    publish_run(store, EARLY)

    assert store.json(LATEST)["period"] == "2026-10"
