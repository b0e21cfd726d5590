"""Safe file names for untrusted names."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.safe_paths import (
    MAX_NAME_BYTES,
    create_folder,
    safe_file_name,
    unused_path,
)


@given(st.text())
def test_any_name_stays_in_folder(name: str) -> None:
    file_name = safe_file_name(name)

    path = Path("folder") / file_name
    assert path.name == file_name
    assert path.parent == Path("folder")
    assert file_name not in ("", ".", "..")
    assert file_name.isprintable()
    assert file_name[0] not in "-~"
    assert len(file_name.encode()) <= MAX_NAME_BYTES + 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order.xml", "order.xml"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.txt", "C__temp_a.txt"),
        (".profile", "profile"),
        ("report .txt. ", "report .txt"),
        ("line\nfeed\x1b[31m.txt", "line_feed_[31m.txt"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("-rf", "_-rf"),
        ("--help.zip", "_--help.zip"),
        (". -x", "_-x"),
        ("~root.xml", "_~root.xml"),
        ("~", "_~"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("data.part", "data.part_"),
        ("Übergröße.xml", "Übergröße.xml"),
        ("U\u0308.xml", "\u00dc.xml"),
        ("\ud800.xml", "_.xml"),
    ],
)
def test_safe_characters_are_kept(name: str, expected: str) -> None:
    assert safe_file_name(name) == expected


def test_long_name_keeps_its_extension() -> None:
    file_name = safe_file_name("ü" * 1000 + ".xml")

    assert file_name.endswith("ü.xml")
    assert MAX_NAME_BYTES - 2 <= len(file_name.encode()) <= MAX_NAME_BYTES


def test_duplicate_names_are_numbered(tmp_path: Path) -> None:
    names = []
    for name in ("a.xml", "A.xml", "a.xml", "a", "a"):
        path = unused_path(tmp_path, name)
        path.touch()
        names.append(path.name)

    assert names == ["a.xml", "A (2).xml", "a (3).xml", "a", "a (2)"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(names=st.lists(st.text(max_size=4), max_size=5))
def test_no_file_replaces_another(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")

    for number, name in enumerate(names):
        unused_path(folder, name).write_text(str(number))

    assert sorted(path.read_text() for path in folder.iterdir()) == [
        str(number) for number in range(len(names))
    ]


def test_partial_file_of_another_download_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "a.txt.part").touch()

    assert unused_path(tmp_path, "a.txt").name == "a (2).txt"


def test_existing_symlink_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    folder = create_folder(tmp_path / "folder")
    (folder / "a.txt").symlink_to(outside)

    unused_path(folder, "a.txt").write_text("new")

    assert not outside.exists()


def test_file_in_place_of_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot create folder"):
        create_folder(tmp_path / "file")
