"""Names that a tenant gives become files of one folder."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.safe_paths import LONGEST, file_name, free_path, made_folder


@given(st.text())
def test_any_name_stays_in_its_folder(name: str) -> None:
    made = file_name(name)

    path = Path("folder") / made
    assert path.name == made
    assert path.parent == Path("folder")
    assert made not in ("", ".", "..")
    assert made.isprintable()
    assert len(made.encode()) <= LONGEST + 2


@pytest.mark.parametrize(
    ("given_name", "made"),
    [
        ("order.xml", "order.xml"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.txt", "C__temp_a.txt"),
        (".profile", "profile"),
        ("report .txt. ", "report .txt"),
        ("line\nfeed\x1b[31m.txt", "line_feed_[31m.txt"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("data.part", "data.part_"),
        ("Übergröße.xml", "Übergröße.xml"),
        ("U\u0308.xml", "\u00dc.xml"),
        ("\ud800.xml", "_.xml"),
    ],
)
def test_a_name_keeps_what_is_harmless(given_name: str, made: str) -> None:
    assert file_name(given_name) == made


def test_a_long_name_keeps_its_ending() -> None:
    made = file_name("ü" * 1000 + ".xml")

    assert made.endswith("ü.xml")
    assert LONGEST - 2 <= len(made.encode()) <= LONGEST


def test_names_that_are_taken_are_numbered(tmp_path: Path) -> None:
    names = []
    for name in ("a.xml", "A.xml", "a.xml", "a", "a"):
        path = free_path(tmp_path, name)
        path.touch()
        names.append(path.name)

    assert names == ["a.xml", "A (2).xml", "a (3).xml", "a", "a (2)"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(names=st.lists(st.text(max_size=4), max_size=5))
def test_no_file_takes_the_place_of_another(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")

    for number, name in enumerate(names):
        free_path(folder, name).write_text(str(number))

    assert sorted(path.read_text() for path in folder.iterdir()) == [
        str(number) for number in range(len(names))
    ]


def test_a_file_that_a_download_would_write_on_its_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt.part").touch()

    assert free_path(tmp_path, "a.txt").name == "a (2).txt"


def test_a_link_that_leads_out_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    folder = made_folder(tmp_path / "folder")
    (folder / "a.txt").symlink_to(outside)

    free_path(folder, "a.txt").write_text("new")

    assert not outside.exists()


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="is no folder to write to"):
        made_folder(tmp_path / "file")
