"""Files that are not ledgers are copied and reported."""

import json
import logging
import re
from typing import Any

import pytest

from iflow_census.store.protocol import Store
from tests.unit.store.ledgers import (
    GOOD,
    KEY,
    days,
    ledger,
    ledger_content,
    window,
    window_counts,
)
from tests.unit.store.recording_store import RecordingStore


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"<html>", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "does not match the schema"),
        (b"null", "does not match the schema"),
        (b"5", "does not match the schema"),
        (b"{}", "does not match the schema"),
        (
            json.dumps(ledger_content(GOOD, schema="iflow-census/ledger/v0")).encode(),
            "not a ledger of this schema",
        ),
        (
            json.dumps(ledger_content(GOOD, tenant="prod")).encode(),
            "not a ledger of this schema, tenant and month",
        ),
        (
            json.dumps(ledger_content(GOOD, period="2026-09")).encode(),
            "not a ledger of this schema, tenant and month",
        ),
        (json.dumps(ledger_content(GOOD, unknown=1)).encode(), "does not match the schema"),
        (json.dumps(ledger_content(GOOD, windows=None)).encode(), "does not match the schema"),
    ],
)
def test_file_that_is_not_this_ledger_is_copied_and_reported(
    body: bytes, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = RecordingStore()
    store.put(KEY, body)

    with caplog.at_level(logging.WARNING):
        result = ledger(store).read()

    (copy,) = store.written
    file = store.read(copy)
    assert file is not None
    assert file.body == body
    assert copy.startswith("ledger/period=2026-10/dev.json.damaged-")
    assert result.counts.windows == ()
    assert result.note is not None
    assert problem in result.note
    assert copy in result.note
    assert result.note.removeprefix("the ledger ") in caplog.text


def test_copy_of_an_unreadable_file_has_a_plain_name(store: Store) -> None:
    store.write(KEY, b"{")

    note = ledger(store).read().note

    assert note is not None
    assert re.fullmatch(r".* was copied to ledger/period=2026-10/dev\.json\.damaged-\w{16}", note)


BAD_WINDOWS = [
    [window("2026-10-16T00:00:00Z", "2026-10-01T00:00:00Z")],
    [window("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z")],
    [window("2026-10-01T00:00:00", "2026-10-16T00:00:00")],
    [GOOD, window("2026-10-17T00:00:00", "2026-10-18T00:00:00")],
    [GOOD, GOOD],
    [GOOD, window("2026-10-16T00:24:59Z", "2026-10-18T00:00:00Z")],
    [window("2026-09-30T23:59:59Z", "2026-10-16T00:00:00Z")],
    [GOOD, window("2026-10-17T00:00:00Z", "2026-11-01T00:00:01Z")],
    [{**GOOD, "total": {"COMPLETED": -1}}],
    [{**GOOD, "total": {"COMPLETED": 1.5}}],
    [{**GOOD, "total": {"": 1}}],
    [{**GOOD, "total": None}],
    [{**GOOD, "iflows": {"A": {"COMPLETED": -1}}}],
    [{**GOOD, "iflows": {"A": 1}}],
    [{**GOOD, "iflows": []}],
    [{**GOOD, "exhaustive": None}],
    [{**GOOD, "unknown": 1}],
    [{**GOOD, "days": {}}],
    [{**GOOD, "days": {"2026-10-01": 2}}],
    [{**GOOD, "days": {f"2026-10-{day:02d}": 0 for day in range(1, 18)}}],
    [{**GOOD, "days": {f"2026-10-{day:02d}": -1 for day in range(1, 17)}}],
    [{**GOOD, "days": {"yesterday": 2}}],
    [{"start": GOOD["start"], "end": GOOD["end"]}],
    [None],
]


@pytest.mark.parametrize("windows", BAD_WINDOWS)
def test_file_with_invalid_windows_is_copied(windows: list[Any]) -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(ledger_content(windows=windows)).encode())

    result = ledger(store).read()

    assert result.counts.windows == ()
    assert result.note is not None
    assert len(store.written) == 1


@pytest.mark.parametrize("windows", BAD_WINDOWS)
def test_windows_are_added_in_place_of_an_invalid_ledger(windows: list[Any]) -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(ledger_content(windows=windows)).encode())

    ledger(store).add([window_counts(days(0, 15), {"COMPLETED": 5})])

    assert ledger(store).read().counts.total == {"COMPLETED": 5}


def test_invalid_file_is_copied_once() -> None:
    store = RecordingStore()
    store.put(KEY, b"{")

    ledger(store).read()
    ledger(store).read()

    assert len(set(store.written)) == 1
