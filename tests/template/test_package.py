"""The zip of the real stack: all that `sam deploy` needs."""

import re
import zipfile
from pathlib import Path

import pytest

from iflow_census import __version__
from scripts.package import package_stack
from tests.processes import ROOT
from tests.shared_builds import build_once

NAME = f"iflow-census-{__version__}"


@pytest.fixture(scope="session")
def package(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked zip of the built stack."""

    def build(folder: Path) -> None:
        folder.mkdir()
        package_stack(artifact, folder / f"{NAME}.zip")
        with zipfile.ZipFile(folder / f"{NAME}.zip") as archive:
            archive.extractall(folder)

    return build_once(tmp_path_factory, "package", build) / NAME


def test_every_local_path_of_the_template_is_in_the_package(package: Path) -> None:
    template = (package / "template.yaml").read_text(encoding="utf-8")

    paths = re.findall(r"^ +\w+Uri: (\S+)$", template, re.MULTILINE)

    assert {"CensusFunction", "CensusLayer", "ScanFunction"} <= set(paths)
    assert [path for path in paths if ".." in path or not (package / path).exists()] == []


def test_package_holds_the_built_code_unchanged(package: Path, artifact: Path) -> None:
    for folder in ("CensusFunction", "CensusLayer", "ScanFunction"):
        built = {
            path.relative_to(artifact): path.read_bytes()
            for path in (artifact / folder).rglob("*")
            if path.is_file()
        }

        packaged = {
            path.relative_to(package): path.read_bytes()
            for path in (package / folder).rglob("*")
            if path.is_file()
        }

        assert packaged == built


def test_package_does_not_reveal_the_build_machine(package: Path, artifact: Path) -> None:
    machine = (str(artifact).encode(), str(ROOT).encode())

    files = [
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file() and any(name in path.read_bytes() for name in machine)
    ]

    assert files == []
