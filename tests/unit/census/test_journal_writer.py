"""Answers are stored while a tenant is scanned, whatever happens to the scan or the store."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.census import journal_writer
from iflow_census.census.journal_writer import (
    FLUSH_SECONDS,
    MAX_PART_BYTES,
    stored_continuously,
)
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Deadline
from iflow_census.errors import DataError, DeadlineExceeded, TransientError
from iflow_census.journal import Journal
from iflow_census.scan.period import Month
from iflow_census.store.lease import LEASE_SECONDS, Lease, LeaseLost
from tests.clock import FakeClock
from tests.unit.census.fake_tenant import make_run
from tests.unit.store.recording_store import RecordingStore

LEASE_KEY = "work/leases/dev.json"


class _Killed(BaseException):
    """The process is gone."""


class Attempt:
    """An attempt at a tenant, with a journal that is stored continuously."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = RecordingStore()
        self.deadline = Deadline(self.clock.clock, 900)
        self.run = self.other_run("owner")

    def other_run(self, owner: str) -> RunContext:
        run = make_run(self.clock, self.store.inner, {}, month=Month(2026, 10), run_id="r1")
        services = Services(self.store, self.store, self.clock.clock)
        return replace(run, services=services, owner=owner)

    @contextmanager
    def recording(self) -> Iterator[Journal]:
        lease = self.run.tenant_lease("dev")
        assert lease.try_acquire()
        run = replace(self.run, lease=lease)
        files = run.work_state.journal_files("dev")
        journal = files.read()
        with stored_continuously(run, "dev", journal, files, self.deadline):
            yield journal

    def scan(self, work: Callable[[Journal], None]) -> None:
        """Do something while the journal is stored."""
        with self.recording() as journal:
            work(journal)

    def stored(self) -> Mapping[str, bytes | None]:
        journal = self.run.work_state.journal_files("dev").read()
        return {request: journal.get(request) for request in "ABC" if journal.get(request)}

    def parts_written(self) -> int:
        return len([key for key in self.store.written if "/answers/" in key])


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch) -> Attempt:
    monkeypatch.setattr(journal_writer, "POLL_SECONDS", 0.001)
    return Attempt()


def wait_until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError("the journal was not written")


def test_new_answers_are_stored_every_ten_seconds(attempt: Attempt) -> None:
    with attempt.recording() as journal:
        journal.record("A", b"1")
        attempt.clock.advance(FLUSH_SECONDS)
        wait_until(attempt.stored)
        first = attempt.stored()
        journal.record("B", b"2")
        attempt.clock.advance(FLUSH_SECONDS - 1)
        time.sleep(0.01)  # time for a write that must not come
        early = attempt.stored()
        attempt.clock.advance(1)
        wait_until(lambda: len(attempt.stored()) == 2)

    assert first == early == {"A": b"1"}
    assert attempt.stored() == {"A": b"1", "B": b"2"}


def test_many_answers_are_stored_early(attempt: Attempt) -> None:
    with attempt.recording() as journal:
        journal.record("A", random.Random(1).randbytes(2 * MAX_PART_BYTES))  # noqa: S311
        wait_until(attempt.parts_written)

        assert journal.new_size < MAX_PART_BYTES


@pytest.mark.parametrize(
    "error", [DeadlineExceeded("late"), RecursionError(), KeyboardInterrupt(), _Killed()]
)
def test_last_answers_are_stored_after_any_error(attempt: Attempt, error: BaseException) -> None:
    def fail(journal: Journal) -> None:
        journal.record("A", b"1")
        raise error

    with pytest.raises(type(error)):
        attempt.scan(fail)

    assert attempt.stored() == {"A": b"1"}


def test_answers_are_stored_as_soon_as_the_run_is_canceled(attempt: Attempt) -> None:
    with attempt.recording() as journal:
        journal.record("A", b"1")

        attempt.deadline.cancel()

        wait_until(attempt.stored)


def test_contradictory_answers_are_not_replayed(attempt: Attempt) -> None:
    def contradict(journal: Journal) -> None:
        journal.record("A", b"1")
        attempt.clock.advance(FLUSH_SECONDS)
        wait_until(attempt.stored)
        journal.record("B", b"2")
        raise DataError("the lists contradict each other")

    with pytest.raises(DataError):
        attempt.scan(contradict)

    assert attempt.stored() == {}


def test_lease_is_renewed_while_no_answer_comes(attempt: Attempt) -> None:
    with attempt.recording():
        for _ in range(2 * int(LEASE_SECONDS / FLUSH_SECONDS)):
            written = len(attempt.store.written)
            attempt.clock.advance(FLUSH_SECONDS)
            wait_until(lambda: len(attempt.store.written) > written)  # noqa: B023 - called at once

        assert not attempt.other_run("other").tenant_lease("dev").try_acquire()

    assert attempt.parts_written() == 0


def fail_writes(attempt: Attempt) -> threading.Event:
    """Let all writes of the journal fail until the event is set."""
    is_up = threading.Event()

    def before_write(key: str) -> None:
        if "/answers/" in key and not is_up.is_set():
            raise TransientError(f"s3://bucket/{key}: HTTP 503")

    attempt.store.before_write = before_write
    return is_up


def test_store_that_fails_fails_no_tenant(
    attempt: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    is_up = fail_writes(attempt)

    with caplog.at_level(logging.WARNING), attempt.recording() as journal:
        for request in "ABC":
            journal.record(request, b"1")
            attempt.clock.advance(FLUSH_SECONDS)
            wait_until(lambda: len(caplog.records) == "ABC".index(request) + 1)  # noqa: B023
        is_up.set()
        attempt.clock.advance(FLUSH_SECONDS)
        wait_until(lambda: len(attempt.stored()) == 3)

    assert caplog.messages[0].startswith("dev: the answers so far are not stored: s3://bucket/work")


def test_store_that_fails_at_the_end_hides_no_error(attempt: Attempt) -> None:
    def fail(journal: Journal) -> None:
        journal.record("A", b"1")
        raise DeadlineExceeded("late")

    fail_writes(attempt)

    with pytest.raises(DeadlineExceeded):
        attempt.scan(fail)


def test_store_that_does_not_respond_holds_up_no_thread(attempt: Attempt) -> None:
    released, blocked = threading.Event(), threading.Event()

    def block(key: str) -> None:
        if "/answers/" in key:
            blocked.set()
            assert released.wait(10)

    attempt.store.before_write = block

    with attempt.recording() as journal:
        journal.record("A", b"1")
        attempt.clock.advance(FLUSH_SECONDS)
        assert blocked.wait(10)
        journal.record("B", b"2")
        journal.record("C", b"3")
        released.set()

    assert attempt.stored() == {"A": b"1", "B": b"2", "C": b"3"}


def take_over(attempt: Attempt) -> None:
    """Take the lease as a process does that has seen it unchanged for too long."""
    later = FakeClock(attempt.clock.now() + timedelta(seconds=LEASE_SECONDS)).clock
    assert Lease(attempt.store.inner, LEASE_KEY, "other", later).try_acquire()


def test_former_owner_is_canceled_and_stores_nothing(attempt: Attempt) -> None:
    def sleep_too_long(journal: Journal) -> None:
        journal.record("A", b"1")
        take_over(attempt)
        attempt.clock.advance(FLUSH_SECONDS)
        wait_until(lambda: attempt.deadline.remaining() <= 0)
        raise DeadlineExceeded("the requests of the attempt fail")

    with pytest.raises(LeaseLost):
        attempt.scan(sleep_too_long)

    assert attempt.parts_written() == 0


def test_former_owner_that_wakes_at_its_end_stores_nothing(attempt: Attempt) -> None:
    def sleep_too_long(journal: Journal) -> None:
        journal.record("A", b"1")
        take_over(attempt)

    with pytest.raises(LeaseLost):
        attempt.scan(sleep_too_long)

    assert attempt.parts_written() == 0
