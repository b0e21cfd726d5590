"""The zip of a built stack."""

import zipfile
from pathlib import Path

import pytest

from scripts.package import package_stack


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build folder as `sam build` leaves it: the state machine is outside of it."""
    folder = tmp_path / "build/stack"
    (folder / "CensusFunction/__pycache__").mkdir(parents=True)
    (folder / "CensusFunction/app.py").write_text("handler = print\n", encoding="utf-8")
    (tmp_path / "statemachine").mkdir()
    (tmp_path / "statemachine/fan_out.asl.yaml").write_text("StartAt: Plan\n", encoding="utf-8")
    (folder / "template.yaml").write_text(
        "Resources:\n"
        "  CensusFunction:\n"
        "      CodeUri: CensusFunction\n"
        "  FanOutMachine:\n"
        "      DefinitionUri: ../../statemachine/fan_out.asl.yaml\n",
        encoding="utf-8",
    )
    return folder


def test_zip_has_one_folder_with_template_and_code(build: Path, tmp_path: Path) -> None:
    target = tmp_path / "dist/iflow-census-1.2.3.zip"

    package_stack(build, target)

    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [
            "iflow-census-1.2.3/CensusFunction/app.py",
            "iflow-census-1.2.3/LICENSE",
            "iflow-census-1.2.3/fan_out.asl.yaml",
            "iflow-census-1.2.3/samconfig.toml",
            "iflow-census-1.2.3/template.yaml",
        ]
        assert archive.read("iflow-census-1.2.3/fan_out.asl.yaml") == b"StartAt: Plan\n"


def test_template_names_files_inside_the_zip(build: Path, tmp_path: Path) -> None:
    target = tmp_path / "iflow-census.zip"

    package_stack(build, target)

    with zipfile.ZipFile(target) as archive:
        template = archive.read("iflow-census/template.yaml").decode()
    assert "      CodeUri: CensusFunction\n" in template
    assert "      DefinitionUri: fan_out.asl.yaml\n" in template


def test_same_build_makes_the_same_zip(build: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1/stack.zip", tmp_path / "2/stack.zip"

    package_stack(build, first)
    (build / "CensusFunction/app.py").touch()
    package_stack(build, second)

    assert first.read_bytes() == second.read_bytes()
