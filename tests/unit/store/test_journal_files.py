"""The stored parts of a journal."""

import logging

import pytest

from iflow_census.journal import Journal, JournalPart
from iflow_census.scan.period import Month
from iflow_census.store.journal_files import JournalFiles
from iflow_census.store.protocol import Store
from iflow_census.store.work_state import WorkState
from tests.unit.store.recording_store import RecordingStore

RUN = "20261101T003000Z"
FOLDER = f"work/period=2026-10/run={RUN}/answers/dev/"


def files(store: Store, tenant: str = "dev", run: str = RUN) -> JournalFiles:
    return WorkState(store, Month(2026, 10), run).journal_files(tenant)


def part(request: str, response: bytes = b"1") -> JournalPart:
    journal = Journal()
    journal.record(request, response)
    new = journal.take_new()
    assert new is not None
    return new


def test_parts_are_read_in_their_order(store: Store) -> None:
    first = files(store)
    first.append(part("A", b"1"))
    first.append(part("B", b"1"))
    second = files(store)
    second.read()
    second.append(part("A", b"2"))

    journal = files(store).read()

    assert (journal.get("A"), journal.get("B"), len(journal)) == (b"2", b"1", 2)


def test_every_tenant_and_run_has_its_own_journal(store: Store) -> None:
    files(store).append(part("A"))

    assert len(files(store).read()) == 1
    assert len(files(store, "prod").read()) == 0
    assert len(files(store, run="20261101T013000Z").read()) == 0


def test_no_part_is_ever_replaced(store: Store) -> None:
    first, second = files(store), files(store)
    first.append(part("A"))
    second.append(part("B"))
    first.append(part("C"))

    journal = files(store).read()

    assert [journal.get(request) for request in "ABC"] == [b"1"] * 3


def test_part_whose_answer_was_lost_is_written_again() -> None:
    store = RecordingStore()
    written = part("A")
    store.run_before_next_write(lambda: files(store.inner).append(written))

    files(store).append(written)

    assert files(store).read().get("A") == b"1"


def test_parts_after_one_whose_answer_was_lost_are_read() -> None:
    store = RecordingStore()
    written = part("A")
    store.run_before_next_write(lambda: files(store.inner).append(written))
    own = files(store)

    own.append(written)
    own.append(part("B"))

    assert files(store).read().get("B") == b"1"


def test_discarded_parts_stay_and_are_not_replayed() -> None:
    store = RecordingStore()
    journal_files = files(store)
    journal_files.append(part("A"))

    journal_files.discard()
    journal_files.append(part("B"))

    journal = files(store).read()
    assert (journal.get("A"), journal.get("B")) == (None, b"1")
    assert store.read(f"{FOLDER}000001.json") is not None


def test_damaged_part_costs_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    store = RecordingStore()
    journal_files = files(store)
    for request in "ABC":
        journal_files.append(part(request))
    store.put(f"{FOLDER}000002.json", b"{")

    with caplog.at_level(logging.WARNING):
        journal = files(store).read()

    assert [journal.get(request) for request in "ABC"] == [b"1", None, b"1"]
    assert f"{FOLDER}000002.json: could not be read (not valid JSON)" in caplog.text
