"""The ledger: every window is counted once, and an unreadable file is copied and reported."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.counting import STATUSES, StatusCounts
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.month_counts import LastMessage, MonthCounts, WindowCounts, find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import MessageLog
from iflow_census.store.ledger import Ledger, LedgerFile, Ledgers
from iflow_census.store.protocol import Store
from tests.unit.store.ledgers import (
    GOOD,
    KEY,
    OCTOBER,
    days,
    ledger,
    ledger_content,
    per_day,
    window,
    window_counts,
)
from tests.unit.store.recording_store import RecordingStore


def test_ledger_that_was_never_written_is_empty(store: Store) -> None:
    result = ledger(store).read()

    assert (result.counts.windows, result.note) == ((), None)


def test_windows_are_read_as_they_were_added(store: Store) -> None:
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

    result = ledger(store).read()
    assert (result.counts.windows, result.note) == ((first, second), None)


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
    counts = WindowCounts(days(0, 15), total, by_iflow, exhaustive=exhaustive)

    ledger(store).add([counts])

    assert ledger(store).read().counts.windows == (counts,)


def test_tenants_and_months_have_their_own_ledgers() -> None:
    store = RecordingStore()

    ledger(store).add([window_counts(days(0, 15))])
    ledger(store, "prod").add([window_counts(days(3, 4))])

    assert [counts.window for counts in ledger(store).read().counts.windows] == [days(0, 15)]
    assert LedgerFile(store, Month(2026, 11), "dev").read().counts.windows == ()
    assert store.written == [KEY, "ledger/period=2026-10/prod.json"]


def test_windows_of_a_period_are_in_the_ledgers_of_their_months() -> None:
    store = RecordingStore()
    ledgers = Ledgers(store, [Month(2026, 9), OCTOBER], "dev")
    september, october = window_counts(days(-2, 0)), window_counts(days(0, 2))

    ledgers.add([october, september])

    assert ledgers.read() == Ledger(MonthCounts((september, october)))
    assert ledger(store).read() == Ledger(MonthCounts((october,)))


def test_ledgers_of_a_period_have_the_notes_of_all_their_months() -> None:
    store = RecordingStore()
    store.put("ledger/period=2026-09/dev.json", b"{")
    store.put(KEY, b"[]")
    files = [LedgerFile(store, month, "dev") for month in (Month(2026, 9), OCTOBER)]

    result = Ledgers(store, [Month(2026, 9), OCTOBER], "dev").read()

    assert result == Ledger(MonthCounts(()), "; ".join(str(file.read().note) for file in files))


def test_adding_no_windows_writes_nothing() -> None:
    store = RecordingStore()

    ledger(store).add([])

    assert store.written == []


@pytest.mark.parametrize(
    "overlapping", [days(0, 15), days(0, 16), days(3, 4), days(14, 31), days(0, 31)]
)
def test_window_that_overlaps_a_counted_one_is_not_added(overlapping: Window) -> None:
    store = RecordingStore()
    ledger(store).add([window_counts(days(0, 15), {"COMPLETED": 5})])

    ledger(store).add([window_counts(overlapping, {"COMPLETED": 9})])

    assert ledger(store).read().counts.total == {"COMPLETED": 5}


def test_only_windows_without_overlap_are_added() -> None:
    store = RecordingStore()
    ledger(store).add([window_counts(days(0, 15), {"COMPLETED": 5})])

    ledger(store).add(
        [window_counts(days(10, 16), {"FAILED": 1}), window_counts(days(20, 31), {"RETRY": 2})]
    )

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
def test_simultaneous_additions_neither_lose_nor_repeat_counts(
    mine: Window, theirs: Window, total: StatusCounts
) -> None:
    store = RecordingStore()
    store.run_before_next_write(
        lambda: ledger(RecordingStore(store.inner)).add([window_counts(theirs, {"FAILED": 7})])
    )

    ledger(store).add([window_counts(mine, {"COMPLETED": 5})])

    assert ledger(store).read().counts.total == total


def test_addition_survives_many_simultaneous_ones() -> None:
    store = RecordingStore()
    ledger(store).add([window_counts(days(0, 1), {"COMPLETED": 1})])
    other_days = iter(range(1, 15))

    def overtake(_key: str) -> None:
        day = next(other_days, None)
        if day is not None:
            counts = window_counts(days(day, day + 1), {"COMPLETED": 1})
            ledger(RecordingStore(store.inner)).add([counts])

    store.before_write = overtake
    ledger(store).add([window_counts(days(20, 21), {"COMPLETED": 1})])

    counts = ledger(store).read().counts
    assert counts.total == {"COMPLETED": 16}
    assert find_gaps(days(0, 15), [part.window for part in counts.windows]) == []


def test_file_has_the_documented_format() -> None:
    store = RecordingStore()

    counts = window_counts(days(0, 2), {"COMPLETED": 2}, {"A": {"COMPLETED": 1}})
    deployed = {"A": datetime(2026, 9, 1, tzinfo=UTC)}
    log = MessageLog("guid", "A", "FAILED", datetime(2026, 10, 2, tzinfo=UTC), "ERROR")
    last = {
        "A": LastMessage(Reading(log), Reading("no host")),
        "B": LastMessage(Reading(reason="HTTP 500")),
    }
    ledger(store).add(
        [replace(counts, by_day=per_day(0, 2, 1), deployed=deployed, last_messages=last)]
    )

    assert store.json(KEY) == ledger_content(
        window(
            "2026-10-01T00:00:00+00:00",
            "2026-10-03T00:00:00+00:00",
            days={"2026-10-01": 1, "2026-10-02": 1},
            deployed={"A": "2026-09-01T00:00:00+00:00"},
            confirmed=True,
            last_messages={
                "A": {
                    "log": {
                        "value": {
                            "guid": "guid",
                            "iflow_id": "A",
                            "status": "FAILED",
                            "started_at": "2026-10-02T00:00:00Z",
                            "level": "ERROR",
                            "web_url": None,
                        },
                        "reason": None,
                    },
                    "error": {"value": "no host", "reason": None},
                },
                "B": {"log": {"value": None, "reason": "HTTP 500"}, "error": None},
            },
        )
    )
    assert ledger(store).read().counts.windows[0].last_messages == last
    assert ledger(store).read().counts.deployed_since(OCTOBER.start) == {(CLOUD, "A")}
    assert not ledger(store).read().counts.deployed_since(deployed["A"] - timedelta(days=1))


def test_ledger_without_daily_counts_is_read_and_kept() -> None:
    store = RecordingStore()
    store.put(KEY, json.dumps(ledger_content(GOOD)).encode())

    ledger(store).add([replace(window_counts(days(20, 22), {"FAILED": 1}), by_day=per_day(20, 22))])

    result = ledger(store).read()
    assert result.note is None
    assert result.counts.total == {"COMPLETED": 2, "FAILED": 1}
    assert [counts.by_day for counts in result.counts.windows] == [None, per_day(20, 22)]


def test_windows_are_sorted_when_they_are_read() -> None:
    store = RecordingStore()
    later = window("2026-10-16T00:25:00Z", "2026-11-01T00:00:00Z")
    store.put(KEY, json.dumps(ledger_content(later, GOOD)).encode())

    result = ledger(store).read()

    assert result.note is None
    assert [counts.window.start.day for counts in result.counts.windows] == [1, 16]


def test_windows_of_locations_are_kept_apart() -> None:
    store = RecordingStore()
    first, second = OCTOBER.window.halves()
    cloud, edge = window_counts(OCTOBER.window), replace(window_counts(first), location="edge")

    ledger(store).add([cloud, edge])
    ledger(store).add([replace(window_counts(second), location="edge")])
    ledger(store).add([replace(window_counts(second), location="edge")])

    counts = ledger(store).read().counts
    assert counts.at(CLOUD).windows == (cloud,)
    assert [part.window for part in counts.at("edge").windows] == [first, second]


def test_window_without_a_location_is_of_the_cloud() -> None:
    store = RecordingStore()
    ledger(store).add([window_counts(OCTOBER.window)])
    content = store.json(KEY)
    del content["windows"][0]["location"]
    store.write(KEY, json.dumps(content).encode())

    assert [part.location for part in ledger(store).read().counts.windows] == [CLOUD]
