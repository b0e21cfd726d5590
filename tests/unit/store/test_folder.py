"""What only a store in a folder does; the common contract is in test_protocol.py."""

import fcntl
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store import folder
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import WriteConflict

KEY = "reports/period=2026-10/report.json"


def test_folder_is_created_with_its_parents(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "a" / "b")

    store.write(KEY, b"{}")

    assert (tmp_path / "a" / "b" / KEY).read_bytes() == b"{}"
    assert store.address(KEY) == str(tmp_path / "a" / "b" / KEY)


def test_folder_keeps_no_versions_and_no_temporary_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)

    versions = {store.write("a.json", b"{}").version_id for _ in range(3)}

    assert versions == {None}
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

    with pytest.raises(AccessError, match="cannot be read"):
        store.read(KEY)
    with pytest.raises(AccessError, match="cannot be written"):
        store.write(KEY, b"{}")

    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["report.json"]


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
    monkeypatch.setattr(folder, "RETRY_SECONDS", (0, 0, 0))

    store.write("a.json", b"{}")

    assert (tmp_path / "a.json").read_bytes() == b"{}"
    monkeypatch.setattr(Path, "replace", Mock(side_effect=PermissionError(13, "Permission denied")))
    with pytest.raises(AccessError, match="denied; close the program that has the file open"):
        store.write("a.json", b"{}")
