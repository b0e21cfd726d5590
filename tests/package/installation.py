"""The wheel in a virtual environment that has what the wheel asks for, and nothing else.

Nothing is downloaded: the libraries that the wheel's own metadata name, and those that they name,
are linked from the environment of the tests.
"""

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.processes import ROOT


def build_wheel(folder: Path) -> None:
    """Build the wheel from the checkout into a folder."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr


def install(wheel: Path, folder: Path, *extras: str) -> None:
    """Install the wheel and its libraries into a new environment."""
    site = bare_environment(folder)
    interpreter = str(folder / "bin/python")
    command = [sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet"]
    subprocess.run(  # noqa: S603 - our own interpreter
        [*command, "--no-index", "--no-deps", "--disable-pip-version-check", wheel], check=True
    )
    (metadata,) = site.glob("iflow_census-*.dist-info")
    for library in dependencies(Distribution.at(metadata), frozenset(extras), set()):
        _link(library, site)


def bare_environment(folder: Path, *libraries: str) -> Path:
    """Make an environment with these libraries and their dependencies; return its folder."""
    venv.create(folder, symlinks=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    for name in libraries:
        library = distribution(name)
        for needed in (library, *dependencies(library, frozenset(), set())):
            _link(needed, site)
    return site


def dependencies(
    library: Distribution, extras: frozenset[str], seen: set[str]
) -> Iterator[Distribution]:
    """The direct and indirect dependencies of a library."""
    for text in library.requires or ():
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if requirement.name in seen or (
            requirement.marker and not any(map(requirement.marker.evaluate, environments))
        ):
            continue
        seen.add(requirement.name)
        dependency = distribution(requirement.name)
        yield dependency
        yield from dependencies(dependency, frozenset(requirement.extras), seen)


def _link(library: Distribution, site: Path) -> None:
    names = {path.parts[0] for path in library.files or ()} - {"..", "__pycache__"}
    for name in names:
        target = site / name
        if not target.exists():
            target.symlink_to(Path(str(library.locate_file(name))))
