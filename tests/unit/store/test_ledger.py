"""The ledger: what was counted stays counted, once, or is set aside with a word."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.counting import STATUSES, StatusCounts
from iflow_census.scan.month_counts import WindowCounts, find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.store.ledger import SCHEMA, LedgerFile
from iflow_census.store.protocol import Store
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
KEY = "ledger/period=2026-10/dev.json"


def days(start: int, end: int) -> Window:
    """From one day of October to another, counted from 0."""
    return Window(OCTOBER.start + timedelta(days=start), OCTOBER.start + timedelta(days=end))


def counted(
    window: Window,
    total: StatusCounts | None = None,
    by_iflow: Mapping[str, StatusCounts] | None = None,
) -> WindowCounts:
    return WindowCounts(window, total or {}, by_iflow or {}, exhaustive=True)


def ledger(store: Store, tenant: str = "dev") -> LedgerFile:
    return LedgerFile(store, OCTOBER, tenant)


def content(*windows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    head = {"schema": SCHEMA, "tenant": "dev", "period": "2026-10", "windows": list(windows)}
    return {**head, **more}


def window(start: str, end: str, **more: Any) -> dict[str, Any]:
    counts = {"exhaustive": True, "total": {"COMPLETED": 2}, "iflows": {"A": {"COMPLETED": 1}}}
    return {"start": start, "end": end, **counts, **more}


def per_day(start: int, end: int, count: int = 0) -> dict[date, int]:
    """A count for each day from one of October to another, counted from 0."""
    return {(OCTOBER.start + timedelta(days=day)).date(): count for day in range(start, end)}


GOOD = window("2026-10-01T00:00:00Z", "2026-10-16T00:25:00Z")


def test_a_ledger_that_was_never_written_is_empty(store: Store) -> None:
    found = ledger(store).read()

    assert (found.counts.windows, found.note) == ((), None)


def test_what_is_added_is_read_again(store: Store) -> None:
    first = WindowCounts(
        days(0, 15),
        {"COMPLETED": 5, "FAILED": 1},
        {"A'ß/🚀": {"FAILED": 1}},
        exhaustive=True,
        by_day=per_day(0, 15, 7),
    )
    second = WindowCounts(days(15, 31), {"RETRY": 2}, {"A": {}, "": {"RETRY": 1}}, exhaustive=False)

    ledger(store).add([first])
    ledger(store).add([second])

    found = ledger(store).read()
    assert (found.counts.windows, found.note) == ((first, second), None)


COUNTS = st.dictionaries(st.sampled_from(STATUSES), st.integers(0, 10**9), max_size=3)


@given(
    COUNTS,
    st.dictionaries(st.text(alphabet=st.characters(codec="utf-8"), max_size=8), COUNTS, max_size=3),
    st.booleans(),
)
def test_any_counts_are_read_as_they_were_added(
    total: StatusCounts, by_iflow: Mapping[str, StatusCounts], exhaustive: bool
) -> None:
    store = RecordingStore()
    one = WindowCounts(days(0, 15), total, by_iflow, exhaustive=exhaustive)

    ledger(store).add([one])

    assert ledger(store).read().counts.windows == (one,)


def test_ledgers_of_tenants_and_months_are_apart() -> None:
    store = RecordingStore()

    ledger(store).add([counted(days(0, 15))])
    ledger(store, "prod").add([counted(days(3, 4))])

    assert [one.window for one in ledger(store).read().counts.windows] == [days(0, 15)]
    assert LedgerFile(store, Month(2026, 11), "dev").read().counts.windows == ()
    assert store.written == [KEY, "ledger/period=2026-10/prod.json"]


def test_nothing_counted_writes_nothing() -> None:
    store = RecordingStore()

    ledger(store).add([])

    assert store.written == []


@pytest.mark.parametrize("again", [days(0, 15), days(0, 16), days(3, 4), days(14, 31), days(0, 31)])
def test_time_that_is_counted_already_is_not_added_again(again: Window) -> None:
    store = RecordingStore()
    ledger(store).add([counted(days(0, 15), {"COMPLETED": 5})])

    ledger(store).add([counted(again, {"COMPLETED": 9})])

    assert ledger(store).read().counts.total == {"COMPLETED": 5}


def test_of_several_windows_those_that_are_free_are_added() -> None:
    store = RecordingStore()
    ledger(store).add([counted(days(0, 15), {"COMPLETED": 5})])

    ledger(store).add([counted(days(10, 16), {"FAILED": 1}), counted(days(20, 31), {"RETRY": 2})])

    assert ledger(store).read().counts.total == {"COMPLETED": 5, "RETRY": 2}


@pytest.mark.parametrize(
    ("mine", "theirs", "total"),
    [
        (days(0, 15), days(15, 31), {"COMPLETED": 5, "FAILED": 7}),
        (days(15, 31), days(0, 15), {"COMPLETED": 5, "FAILED": 7}),
        (days(0, 15), days(0, 15), {"FAILED": 7}),
        (days(0, 16), days(15, 31), {"FAILED": 7}),
    ],
)
def test_two_that_add_at_once_lose_nothing_and_count_nothing_twice(
    mine: Window, theirs: Window, total: StatusCounts
) -> None:
    store = RecordingStore()
    store.run_before_next_write(
        lambda: ledger(RecordingStore(store.inner)).add([counted(theirs, {"FAILED": 7})])
    )

    ledger(store).add([counted(mine, {"COMPLETED": 5})])

    assert ledger(store).read().counts.total == total


def test_adding_to_a_ledger_that_changes_all_the_time_loses_nothing() -> None:
    store = RecordingStore()
    ledger(store).add([counted(days(0, 1), {"COMPLETED": 1})])
    others = iter(range(1, 15))

    def overtake(_key: str) -> None:
        day = next(others, None)
        if day is not None:
            one = counted(days(day, day + 1), {"COMPLETED": 1})
            ledger(RecordingStore(store.inner)).add([one])

    store.before_write = overtake
    ledger(store).add([counted(days(20, 21), {"COMPLETED": 1})])

    found = ledger(store).read().counts
    assert found.total == {"COMPLETED": 16}
    assert find_gaps(days(0, 15), [one.window for one in found.windows]) == []


def test_a_ledger_file_is_as_documented() -> None:
    store = RecordingStore()

    one = counted(days(0, 2), {"COMPLETED": 2}, {"A": {"COMPLETED": 1}})
    ledger(store).add([replace(one, by_day=per_day(0, 2, 1))])

    assert store.json(KEY) == content(
        window(
            "2026-10-01T00:00:00+00:00",
            "2026-10-03T00:00:00+00:00",
            days={"2026-10-01": 1, "2026-10-02": 1},
        )
    )


def test_a_ledger_from_before_days_were_counted_is_read_and_kept() -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(content(GOOD)).encode())

    ledger(store).add([replace(counted(days(20, 22), {"FAILED": 1}), by_day=per_day(20, 22))])

    found = ledger(store).read()
    assert found.note is None
    assert found.counts.total == {"COMPLETED": 2, "FAILED": 1}
    assert [one.by_day for one in found.counts.windows] == [None, per_day(20, 22)]


@pytest.mark.parametrize(
    ("body", "why"),
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
            json.dumps(content(GOOD, schema="iflow-census/ledger/v2")).encode(),
            "not a ledger of this schema",
        ),
        (
            json.dumps(content(GOOD, tenant="prod")).encode(),
            "not a ledger of this schema, tenant and month",
        ),
        (
            json.dumps(content(GOOD, period="2026-09")).encode(),
            "not a ledger of this schema, tenant and month",
        ),
        (json.dumps(content(GOOD, novelty=1)).encode(), "does not match the schema"),
        (json.dumps(content(GOOD, windows=None)).encode(), "does not match the schema"),
    ],
)
def test_a_file_that_is_no_ledger_of_this_tenant_is_set_aside_with_a_word(
    body: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = RecordingStore()
    store.put(KEY, body)

    with caplog.at_level(logging.WARNING):
        found = ledger(store).read()

    (aside,) = store.written
    stored = store.read(aside)
    assert stored is not None
    assert stored.body == body
    assert aside.startswith("ledger/period=2026-10/dev.unreadable-")
    assert found.counts.windows == ()
    assert found.note is not None
    assert why in found.note
    assert aside in found.note
    assert found.note in caplog.text


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
    [{**GOOD, "novelty": 1}],
    [{**GOOD, "days": {}}],
    [{**GOOD, "days": {"2026-10-01": 2}}],
    [{**GOOD, "days": {f"2026-10-{day:02d}": 0 for day in range(1, 18)}}],
    [{**GOOD, "days": {f"2026-10-{day:02d}": -1 for day in range(1, 17)}}],
    [{**GOOD, "days": {"yesterday": 2}}],
    [{"start": GOOD["start"], "end": GOOD["end"]}],
    [None],
]


@pytest.mark.parametrize("windows", BAD_WINDOWS)
def test_windows_that_cannot_be_trusted_are_set_aside(windows: list[Any]) -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(content(windows=windows)).encode())

    found = ledger(store).read()

    assert found.counts.windows == ()
    assert found.note is not None
    assert len(store.written) == 1


@pytest.mark.parametrize("windows", BAD_WINDOWS)
def test_counting_goes_on_where_a_ledger_cannot_be_trusted(windows: list[Any]) -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(content(windows=windows)).encode())

    ledger(store).add([counted(days(0, 15), {"COMPLETED": 5})])

    assert ledger(store).read().counts.total == {"COMPLETED": 5}


def test_the_same_bad_file_is_set_aside_under_one_name() -> None:
    store = RecordingStore()
    store.put(KEY, b"{")

    ledger(store).read()
    ledger(store).read()

    assert len(set(store.written)) == 1


def test_windows_in_any_order_are_read_in_order() -> None:
    store = RecordingStore()
    later = window("2026-10-16T00:25:00Z", "2026-11-01T00:00:00Z")
    store.put(KEY, json.dumps(content(later, GOOD)).encode())

    found = ledger(store).read()

    assert found.note is None
    assert [one.window.start.day for one in found.counts.windows] == [1, 16]
