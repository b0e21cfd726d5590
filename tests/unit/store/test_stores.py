"""One contract for all stores, and what is special about each."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.stub import Stubber

from iflow_census.aws.s3 import S3Store
from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import ATTEMPTS, Expected, Store, WriteConflict, update
from tests.unit.store.conftest import BUCKET
from tests.unit.store.recording_store import WatchedStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "reports/period=2026-10/report.json"
JSON = "application/json"


def write(store: Store, body: bytes, expected: Expected | str = Expected.ANYTHING) -> str:
    return store.write(KEY, body, content_type=JSON, expected=expected).tag


def body(store: Store, key: str = KEY) -> bytes | None:
    found = store.read(key)
    return found.body if found else None


def test_a_file_that_was_never_written_is_not_there(store: Store) -> None:
    assert store.read(KEY) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff" * 100_000])
def test_a_file_comes_back_as_it_was_written(store: Store, content: bytes) -> None:
    tag = write(store, content)

    found = store.read(KEY)

    assert found is not None
    assert (found.body, found.tag) == (content, tag)


def test_a_later_write_takes_the_place_of_an_earlier(store: Store) -> None:
    first = write(store, b"first")
    second = write(store, b"second")

    assert body(store) == b"second"
    assert first != second


def test_files_do_not_touch_each_other(store: Store) -> None:
    write(store, b"one")
    store.write(f"{KEY}.other", b"two", content_type=JSON)
    store.write("short", b"three", content_type=JSON)

    found = [body(store), body(store, f"{KEY}.other"), body(store, "short")]

    assert found == [b"one", b"two", b"three"]


def test_a_write_that_expects_nothing_is_done_once(store: Store) -> None:
    write(store, b"first", Expected.NOTHING)

    with pytest.raises(WriteConflict):
        write(store, b"second", Expected.NOTHING)

    assert body(store) == b"first"


def test_a_write_that_expects_what_is_there_is_done(store: Store) -> None:
    tag = write(store, b"first")

    write(store, b"second", tag)

    assert body(store) == b"second"


def test_a_write_that_expects_what_is_no_more_is_refused(store: Store) -> None:
    tag = write(store, b"first")
    write(store, b"second")

    with pytest.raises(WriteConflict) as caught:
        write(store, b"third", tag)

    assert KEY in str(caught.value)
    assert body(store) == b"second"


def test_a_write_that_expects_something_where_nothing_is_is_refused(store: Store) -> None:
    tag = write(store, b"first")

    with pytest.raises(WriteConflict):
        store.write("elsewhere", b"second", content_type=JSON, expected=tag)

    assert store.read("elsewhere") is None


def test_the_address_names_the_key(store: Store) -> None:
    assert store.address(KEY).endswith(KEY)


def test_an_update_makes_new_content_of_the_present_one(store: Store) -> None:
    seen: list[bytes | None] = []

    def add(present: bytes | None) -> bytes:
        seen.append(present)
        return (present or b"") + b"x"

    for _ in range(3):
        update(store, KEY, JSON, add)

    assert seen == [None, b"x", b"xx"]
    assert body(store) == b"xxx"


def test_an_update_that_changes_nothing_writes_nothing(store: Store) -> None:
    update(store, KEY, JSON, lambda _present: None)

    assert store.read(KEY) is None


def test_an_update_that_was_overtaken_is_made_again_of_what_is_there_now() -> None:
    store = WatchedStore()
    store.put(KEY, b"a")
    store.once(lambda: store.put(KEY, b"ab"))

    update(store, KEY, JSON, lambda present: (present or b"") + b"c")

    assert body(store) == b"abc"
    assert store.written == [KEY, KEY]


def test_an_update_that_is_always_overtaken_gives_up() -> None:
    store = WatchedStore()
    store.before_write = lambda _key: store.put(KEY, os.urandom(8))

    with pytest.raises(WriteConflict, match="changed by others all the time"):
        update(store, KEY, JSON, lambda _present: b"mine")

    assert len(store.written) == ATTEMPTS


def test_updates_of_many_threads_lose_nothing() -> None:
    store = WatchedStore()

    def add(present: bytes | None) -> bytes:
        return (present or b"") + b"x"

    def add_five() -> None:
        for _ in range(5):
            update(store, KEY, JSON, add)

    threads = [threading.Thread(target=add_five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert body(store) == b"x" * 20


def test_a_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "a" / "b")

    write(store, b"{}")

    assert (tmp_path / "a" / "b" / KEY).read_bytes() == b"{}"
    assert store.address(KEY) == str(tmp_path / "a" / "b" / KEY)


def test_a_folder_has_no_versions_and_leaves_no_temporary_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)

    versions = {store.write("a.json", b"{}", content_type=JSON).version_id for _ in range(3)}

    assert versions == {None}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match="is a file, not a folder"):
            FolderStore(folder)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / KEY).mkdir(parents=True)

    with pytest.raises(AccessError, match="cannot be read"):
        store.read(KEY)
    with pytest.raises(AccessError, match="cannot be written"):
        write(store, b"{}")

    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["report.json"]


def test_s3_keeps_every_version(s3: "S3Client") -> None:
    store = S3Store(s3, BUCKET)

    first = store.write(KEY, b"first", content_type=JSON)
    second = store.write(KEY, b"second", content_type=JSON)

    assert first.version_id
    assert first.version_id != second.version_id
    old = s3.get_object(Bucket=BUCKET, Key=KEY, VersionId=first.version_id)
    assert old["Body"].read() == b"first"


def test_s3_is_told_the_media_type_and_checks_the_content(s3: "S3Client") -> None:
    S3Store(s3, BUCKET).write(KEY, b"{}", content_type="text/csv; charset=utf-8")

    found = s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")

    assert found["ContentType"] == "text/csv; charset=utf-8"
    assert found["ChecksumSHA256"]


def test_the_address_in_s3_can_be_pasted(s3: "S3Client") -> None:
    assert S3Store(s3, BUCKET).address(KEY) == f"s3://{BUCKET}/{KEY}"


@pytest.mark.parametrize("bucket", ["no-such-bucket", "No Bucket At All"])
def test_a_missing_bucket_is_named(s3: "S3Client", bucket: str) -> None:
    store = S3Store(s3, bucket)

    for act in (lambda: store.read(KEY), lambda: write(store, b"{}")):
        with pytest.raises(ConfigurationError, match=bucket):
            act()


@pytest.fixture
def stubbed() -> Iterator[tuple[S3Store, Stubber]]:
    client = boto3.client("s3")
    with Stubber(client) as stubber:
        yield S3Store(client, BUCKET), stubber


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AccessError),
        ("403", AccessError),
        ("InvalidAccessKeyId", AccessError),
        ("ExpiredToken", AccessError),
        ("NoSuchBucket", ConfigurationError),
        ("SlowDown", TransientError),
        ("InternalError", TransientError),
    ],
)
@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_what_s3_refuses_is_translated(
    stubbed: tuple[S3Store, Stubber], operation: str, code: str, kind: type[CensusError]
) -> None:
    store, stubber = stubbed
    stubber.add_client_error(operation, code)

    with pytest.raises(CensusError) as caught:
        store.read(KEY) if operation == "get_object" else write(store, b"{}")

    assert type(caught.value) is kind
    assert BUCKET in str(caught.value)
    assert isinstance(caught.value.__cause__, ClientError)


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_a_condition_that_s3_finds_broken_means_that_another_came_first(
    stubbed: tuple[S3Store, Stubber], code: str
) -> None:
    store, stubber = stubbed
    stubber.add_client_error("put_object", code)

    with pytest.raises(WriteConflict):
        write(store, b"{}", '"tag"')


def test_s3_that_does_not_answer_may_answer_later(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("s3")

    def unreachable(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    monkeypatch.setattr(client, "_make_api_call", unreachable)

    with pytest.raises(TransientError, match="EndpointConnectionError") as caught:
        S3Store(client, BUCKET).read(KEY)

    assert isinstance(caught.value.__cause__, BotoCoreError)
