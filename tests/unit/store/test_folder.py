"""What only a store in a folder does; the common contract is in test_protocol.py."""

from pathlib import Path

import pytest

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store.folder import FolderStore

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

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match="this is a file; choose another folder"):
            FolderStore(folder)


def test_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / KEY).mkdir(parents=True)

    with pytest.raises(AccessError, match="cannot be read"):
        store.read(KEY)
    with pytest.raises(AccessError, match="cannot be written"):
        store.write(KEY, b"{}")

    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["report.json"]
