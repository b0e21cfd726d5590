"""The contract of every store, and updates of a file by several writers."""

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from iflow_census.errors import TransientError
from iflow_census.store.protocol import MAX_UPDATE_ATTEMPTS, Store, WriteConflict, update_file
from tests.unit.store.recording_store import RecordingStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "reports/period=2026-10/report.json"


@pytest.fixture
def s3(s3_by_http: "S3Client") -> "S3Client":
    return s3_by_http


def read_body(store: Store, key: str = KEY) -> bytes | None:
    file = store.read(key)
    return file.body if file else None


def write_and_read_etag(store: Store, body: bytes) -> str:
    store.write(KEY, body)
    file = store.read(KEY)
    assert file is not None
    return file.etag


def test_file_that_was_never_written_is_absent(store: Store) -> None:
    assert store.read(KEY) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff" * 100_000])
def test_file_is_read_as_it_was_written(store: Store, content: bytes) -> None:
    store.write(KEY, content)

    assert read_body(store) == content


def test_later_write_replaces_earlier_one(store: Store) -> None:
    first = write_and_read_etag(store, b"first")
    second = write_and_read_etag(store, b"second")

    assert read_body(store) == b"second"
    assert first != second


def test_files_with_similar_keys_are_independent(store: Store) -> None:
    store.write(KEY, b"one")
    store.write(f"{KEY}.other", b"two")
    store.write("short", b"three")

    bodies = [read_body(store), read_body(store, f"{KEY}.other"), read_body(store, "short")]

    assert bodies == [b"one", b"two", b"three"]


def test_if_absent_writes_only_the_first_time(store: Store) -> None:
    store.write(KEY, b"first", if_absent=True)

    with pytest.raises(WriteConflict):
        store.write(KEY, b"second", if_absent=True)

    assert read_body(store) == b"first"


def test_if_match_writes_over_the_matching_content(store: Store) -> None:
    etag = write_and_read_etag(store, b"first")

    store.write(KEY, b"second", if_match=etag)

    assert read_body(store) == b"second"


def test_if_match_is_refused_after_another_write(store: Store) -> None:
    etag = write_and_read_etag(store, b"first")
    store.write(KEY, b"second")

    with pytest.raises(WriteConflict) as caught:
        store.write(KEY, b"third", if_match=etag)

    assert KEY in str(caught.value)
    assert read_body(store) == b"second"


def test_if_match_is_refused_where_there_is_no_file(store: Store) -> None:
    etag = write_and_read_etag(store, b"first")

    with pytest.raises(WriteConflict):
        store.write("elsewhere", b"second", if_match=etag)

    assert store.read("elsewhere") is None


def test_address_contains_the_key(store: Store) -> None:
    assert store.address(KEY).endswith(KEY)


def test_update_builds_on_the_current_content(store: Store) -> None:
    seen: list[bytes | None] = []

    def append(current: bytes | None) -> bytes:
        seen.append(current)
        return (current or b"") + b"x"

    for _ in range(3):
        update_file(store, KEY, append)

    assert seen == [None, b"x", b"xx"]
    assert read_body(store) == b"xxx"


def test_update_without_a_change_writes_nothing(store: Store) -> None:
    update_file(store, KEY, lambda _current: None)

    assert store.read(KEY) is None


def test_overtaken_update_is_repeated_on_the_new_content() -> None:
    store = RecordingStore()
    store.put(KEY, b"a")
    store.run_before_next_write(lambda: store.put(KEY, b"ab"))

    update_file(store, KEY, lambda current: (current or b"") + b"c")

    assert read_body(store) == b"abc"
    assert store.written == [KEY, KEY]


def test_overtaken_update_creates_no_second_first_version() -> None:
    store = RecordingStore()
    store.run_before_next_write(lambda: store.put(KEY, b"a"))

    update_file(store, KEY, lambda current: (current or b"") + b"c")

    assert read_body(store) == b"ac"


def test_update_that_is_always_overtaken_is_given_up() -> None:
    store = RecordingStore()
    store.before_write = lambda _key: store.put(KEY, os.urandom(8))

    with pytest.raises(WriteConflict, match="changed by other writers"):
        update_file(store, KEY, lambda _current: b"mine")

    assert len(store.written) == MAX_UPDATE_ATTEMPTS


def test_concurrent_updates_lose_nothing() -> None:
    store = RecordingStore()

    def append_five() -> None:
        for _ in range(5):
            update_file(store, KEY, lambda current: (current or b"") + b"x")

    threads = [threading.Thread(target=append_five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read_body(store) == b"x" * 20


def test_file_is_written_in_parts(store: Store) -> None:
    store.write_parts("a/report.csv", iter([b"first,", b"", b"second"]), content_type="text/csv")

    stored = store.read("a/report.csv")
    assert stored is not None
    assert stored.body == b"first,second"


def test_empty_file_is_written_in_parts(store: Store) -> None:
    store.write_parts("a/empty.jsonl", [])

    stored = store.read("a/empty.jsonl")
    assert stored is not None
    assert stored.body == b""


def test_parts_that_fail_leave_the_old_file(store: Store) -> None:
    def parts() -> Iterator[bytes]:
        yield b"new"
        raise TransientError("stopped")

    store.write("a/report.csv", b"old")

    with pytest.raises(TransientError):
        store.write_parts("a/report.csv", parts())

    stored = store.read("a/report.csv")
    assert stored is not None
    assert stored.body == b"old"
