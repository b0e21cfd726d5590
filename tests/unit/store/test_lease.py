"""A lease: one owner at a time, and no write of a former owner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import DeadlineExceeded, TransientError
from iflow_census.store.folder import FolderStore
from iflow_census.store.lease import LEASE_SECONDS, POLL_SECONDS, Lease, LeasedStore, LeaseLost
from iflow_census.store.protocol import Store, WriteConflict
from tests.clock import NOVEMBER, FakeClock
from tests.memory_store import MemoryStore
from tests.unit.store.recording_store import RecordingStore

KEY = "work/leases/dev.json"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def lease(store: Store, clock: FakeClock | Clock, owner: str = "a") -> Lease:
    return Lease(store, KEY, owner, clock.clock if isinstance(clock, FakeClock) else clock)


def acquire(
    lease_to_take: Lease,
    clock: FakeClock,
    seconds: float = 900,
    on_wait: Callable[[], Any] = lambda: None,
) -> None:
    lease_to_take.acquire(Deadline(clock.clock, seconds), on_wait)


def test_only_one_process_takes_a_lease(store: Store, clock: FakeClock) -> None:
    first, second = lease(store, clock, "a"), lease(store, clock, "b")

    assert first.try_acquire()
    assert not second.try_acquire()
    assert first.try_acquire()


def test_each_change_of_a_lease_has_the_next_number(clock: FakeClock) -> None:
    store = RecordingStore()
    own = lease(store, clock)

    acquire(own, clock)
    own.renew()
    own.release()

    assert store.json(KEY)["content"]["number"] == 3


def test_lease_is_free_again_after_its_release(store: Store, clock: FakeClock) -> None:
    lease(store, clock, "a").try_acquire()
    lease(store, clock, "a").release()

    assert lease(store, clock, "b").try_acquire()
    assert not lease(store, clock, "a").try_acquire()


@pytest.mark.parametrize(("seconds", "is_taken"), [(LEASE_SECONDS - 1, False), (60, True)])
def test_lease_expires_after_a_minute_without_renewal(
    store: Store, clock: FakeClock, seconds: float, is_taken: bool
) -> None:
    lease(store, clock, "a").try_acquire()
    clock.advance(100)
    lease(store, clock, "a").renew()
    clock.advance(seconds)

    assert lease(store, clock, "b").try_acquire() is is_taken


def test_expired_lease_of_nobody_else_can_be_renewed(store: Store, clock: FakeClock) -> None:
    lease(store, clock, "a").try_acquire()
    clock.advance(1000)

    lease(store, clock, "a").renew()

    assert not lease(store, clock, "b").try_acquire()


def test_former_owner_cannot_change_the_lease(store: Store, clock: FakeClock) -> None:
    former = lease(store, clock, "a")
    former.try_acquire()
    clock.advance(60)
    lease(store, clock, "b").try_acquire()

    with pytest.raises(LeaseLost, match="another run has taken over"):
        former.renew()
    former.release()

    assert not lease(store, clock, "c").try_acquire()


def test_lease_that_cannot_be_released_expires(clock: FakeClock) -> None:
    store = RecordingStore()
    owner = lease(store, clock)
    owner.try_acquire()

    def fail(key: str) -> None:
        raise TransientError(f"{key}: HTTP 503")

    store.before_write = fail
    owner.release()

    clock.advance(60)
    assert lease(store.inner, clock, "b").try_acquire()


def test_lease_whose_file_is_gone_is_lost(store: Store, clock: FakeClock) -> None:
    with pytest.raises(LeaseLost):
        lease(store, clock).renew()


def test_waiting_process_takes_over_when_the_owner_finishes(clock: FakeClock) -> None:
    store = RecordingStore()
    owner = lease(store, clock, "a")
    owner.try_acquire()
    waits = []

    def sleep(seconds: float) -> None:
        clock.advance(seconds)
        waits.append(seconds)
        if len(waits) <= 3:
            (owner.release if len(waits) == 3 else owner.renew)()

    waiting = Clock(clock.now, clock.monotonic, sleep)
    messages: list[str] = []
    lease(store, waiting, "b").acquire(Deadline(waiting, 900), lambda: messages.append("waiting"))

    # The third look finds it free; then a second passes, in which SAP still counts the requests.
    assert waits == [POLL_SECONDS] * 4
    assert messages == ["waiting"]


def test_waiting_process_takes_over_from_a_killed_one(store: Store, clock: FakeClock) -> None:
    clock.advance(1000)
    lease(store, clock, "a").try_acquire()
    began = clock.monotonic()

    acquire(lease(store, clock, "b"), clock)

    assert clock.monotonic() - began == LEASE_SECONDS + POLL_SECONDS
    with pytest.raises(LeaseLost):
        lease(store, clock, "a").renew()


@pytest.mark.parametrize("hours", [-5, 0])
def test_clock_of_the_former_owner_does_not_matter(store: Store, hours: int) -> None:
    waiting_clock = FakeClock(NOVEMBER + timedelta(hours=hours))
    lease(store, FakeClock(NOVEMBER), "a").try_acquire()

    acquire(lease(store, waiting_clock, "b"), waiting_clock)

    assert waiting_clock.monotonic() == LEASE_SECONDS + POLL_SECONDS


def test_renewed_lease_is_not_taken_although_its_time_stands_still() -> None:
    store = MemoryStore()
    standing = FakeClock().clock
    owner = lease(store, standing, "a")
    owner.try_acquire()
    waiting = FakeClock(NOVEMBER - timedelta(hours=1))

    def sleep(seconds: float) -> None:
        waiting.advance(seconds)
        owner.renew()

    deadline = Deadline(Clock(waiting.now, waiting.monotonic, sleep), 200)
    with pytest.raises(DeadlineExceeded, match="another run is still scanning"):
        lease(store, deadline.clock, "b").acquire(deadline, lambda: None)

    owner.renew()


@pytest.mark.parametrize("change", [Lease.try_acquire, Lease.renew, Lease.release])
def test_change_whose_answer_is_lost_is_an_own_one(
    clock: FakeClock, change: Callable[[Lease], object]
) -> None:
    store = RecordingStore()
    if change is not Lease.try_acquire:
        lease(store, clock).try_acquire()
    # S3 has carried out the request, and refuses its repetition.
    store.run_before_next_write(lambda: change(lease(store.inner, clock)))

    result = change(lease(store, clock))

    assert result in (True, None)
    lease(store, clock).renew()


@pytest.mark.parametrize("first", [True, False], ids=["new", "expired"])
def test_only_one_of_two_simultaneous_processes_takes_it(clock: FakeClock, first: bool) -> None:
    store = RecordingStore()
    if not first:
        lease(store, clock, "dead").try_acquire()
        clock.advance(60)
    store.run_before_next_write(lambda: lease(store.inner, clock, "b").try_acquire())

    assert not lease(store, clock, "a").try_acquire()
    lease(store, clock, "b").renew()


def test_folder_gives_a_lease_to_one_of_many_threads(tmp_path: Path, clock: FakeClock) -> None:
    stores = [FolderStore(tmp_path) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        acquired = list(
            pool.map(
                lambda number: lease(stores[number], clock, str(number)).try_acquire(), range(8)
            )
        )

    assert sum(acquired) == 1


def test_former_owner_that_wakes_up_writes_nothing(store: Store, clock: FakeClock) -> None:
    former = LeasedStore(store, lease(store, clock, "a"))
    former.lease.try_acquire()
    former.write("before.json", b"{}")
    clock.advance(60)
    lease(store, clock, "b").try_acquire()

    for condition in ({}, {"if_absent": True}, {"if_match": "etag"}):
        with pytest.raises(LeaseLost):
            former.write("after.json", b"{}", **condition)
    with pytest.raises(LeaseLost):
        former.write_parts("after.json", [b"{}"])

    assert store.read("before.json") is not None
    assert store.read("after.json") is None


def test_leased_store_keeps_the_conditions_of_writes(store: Store, clock: FakeClock) -> None:
    leased = LeasedStore(store, lease(store, clock))
    leased.lease.try_acquire()
    leased.write("folder/a.json", b"{}", if_absent=True)

    with pytest.raises(WriteConflict):
        leased.write("folder/a.json", b"{}", if_absent=True)

    assert leased.read("folder/a.json") == store.read("folder/a.json")
    assert leased.address("a.json") == store.address("a.json")
    assert "folder" in leased.list_folders("") or leased.list_folders("work/") == ["leases"]


def test_leased_store_returns_the_versions_of_its_files(store: Store, clock: FakeClock) -> None:
    leased = LeasedStore(store, lease(store, clock))
    leased.lease.try_acquire()

    written = [leased.write("a.json", b"{}"), leased.write_parts("b.json", [b"{}"])]

    assert [bool(result.version_id) for result in written] == [isinstance(store, S3Store)] * 2


def test_owner_may_write_after_its_release(store: Store, clock: FakeClock) -> None:
    leased = LeasedStore(store, lease(store, clock))
    leased.lease.try_acquire()
    leased.lease.release()

    leased.write("failure.json", b"{}")

    assert lease(store, clock, "b").try_acquire()
