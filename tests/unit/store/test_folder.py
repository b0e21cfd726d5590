"""What only a store in a folder does; the common contract is in test_protocol.py."""

import fcntl
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store import folder
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import StoredFile, WriteConflict

KEY = "reports/period=2026-10/report.json"


def test_folder_is_created_with_its_parents(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "a" / "b")

    store.write(KEY, b"{}")

    assert (tmp_path / "a" / "b" / KEY).read_bytes() == b"{}"
    assert store.address(KEY) == str(tmp_path / "a" / "b" / KEY)


def test_folder_keeps_no_versions_and_no_temporary_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)

    first = store.write("a.json", b"{}", if_absent=True)
    second = store.write("a.json", b"{}")

    assert (first.version_id, second.version_id) == (None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_other_users_may_read_the_files(tmp_path: Path) -> None:
    FolderStore(tmp_path).write("a.json", b"{}")

    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644


def test_only_folders_directly_below_a_prefix_are_listed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for key in ("reports/a/x.json", "reports/b/c/x.json", "reports/x.json", "ledger/d/x.json"):
        store.write(key, b"{}")

    assert sorted(store.list_folders("reports/")) == ["a", "b"]
    assert store.list_folders("nowhere/") == []


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match="this is a file; choose another folder"):
            FolderStore(path)


def test_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / KEY).mkdir(parents=True)

    with pytest.raises(AccessError, match="cannot be read: Is a directory"):
        store.read(KEY)
    with pytest.raises(AccessError, match="cannot be written: Is a directory"):
        store.write(KEY, b"{}")

    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["report.json"]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_interrupted_write_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_replaced: bool
) -> None:
    replace = Path.replace

    def interrupt(path: Path, target: Path) -> None:
        if is_replaced:
            replace(path, target)
        raise KeyboardInterrupt

    store = FolderStore(tmp_path)
    store.write("a.json", b"old")
    monkeypatch.setattr(Path, "replace", interrupt)

    with pytest.raises(KeyboardInterrupt):
        store.write("a.json", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == (b"new" if is_replaced else b"old")


def test_folder_is_locked_while_a_condition_is_checked(tmp_path: Path) -> None:
    def lock_as_another_process() -> None:
        descriptor = os.open(tmp_path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)

    class WatchedStore(FolderStore):
        def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
            with pytest.raises(BlockingIOError):
                lock_as_another_process()
            return super().read(key, version_id)

    WatchedStore(tmp_path).write("a.json", b"{}", if_absent=True)

    lock_as_another_process()


def test_windows_locks_a_file_for_conditional_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[str] = []

    def locking(descriptor: int, mode: int, size: int) -> None:
        locked.append(f"{mode} {size}")
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    monkeypatch.setattr(folder, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_LOCK=1, locking=locking))
    monkeypatch.setitem(sys.modules, "fcntl", None)
    store = FolderStore(tmp_path)

    store.write("a.json", b"{}", if_absent=True)
    with pytest.raises(WriteConflict):
        store.write("a.json", b"{}", if_absent=True)
    store.write("b.json", b"{}")

    assert locked == ["1 1", "1 1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.LOCK, "a.json", "b.json"]


def test_windows_file_that_is_open_for_a_moment_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path)
    replace, refusals = Path.replace, iter([PermissionError(13, "Permission denied")] * 2)

    def refuse_twice(path: Path, target: Path) -> Path:
        for error in refusals:
            raise error
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse_twice)
    monkeypatch.setattr(folder, "sys", SimpleNamespace(platform="win32"))
    pauses: list[float] = []
    monkeypatch.setattr(folder, "time", SimpleNamespace(sleep=pauses.append))

    store.write("a.json", b"{}")

    assert (tmp_path / "a.json").read_bytes() == b"{}"
    assert pauses == list(folder.RETRY_SECONDS[:2])


@pytest.mark.parametrize(
    ("platform", "reason"),
    [
        ("linux", "Permission denied"),
        ("win32", "Permission denied; close the program that has the file open"),
    ],
)
def test_file_that_may_not_be_replaced_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, reason: str
) -> None:
    monkeypatch.setattr(Path, "replace", Mock(side_effect=PermissionError(13, "Permission denied")))
    monkeypatch.setattr(folder, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(folder, "RETRY_SECONDS", (0, 0, 0))

    with pytest.raises(AccessError) as caught:
        FolderStore(tmp_path).write("a.json", b"{}")

    assert str(caught.value) == f"{tmp_path / 'a.json'}: cannot be written: {reason}"
