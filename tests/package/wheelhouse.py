"""A folder of wheels from which tools install without a network.

The libraries of the tests' environment are packed into wheels again.
"""

import zipfile
from importlib.metadata import Distribution
from pathlib import Path

from tests.package.installation import dependencies


def pack_dependencies(wheel: Path, folder: Path, *extras: str) -> None:
    """Write a wheel of each library that the wheel's metadata name, directly or indirectly."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    (metadata,) = (folder / "unpacked").glob("*.dist-info")
    for library in dependencies(Distribution.at(metadata), frozenset(extras), set()):
        _pack(library, folder)


def _pack(library: Distribution, folder: Path) -> None:
    files = {
        str(path): path.locate()
        for path in library.files or ()
        if path.parts[0] != ".." and path.suffix != ".pyc"
    }
    tags = [
        line.removeprefix("Tag: ").split("-")
        for line in (library.read_text("WHEEL") or "").splitlines()
        if line.startswith("Tag: ")
    ]
    tag = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))
    name = library.name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{library.version}-{tag}.whl", "w") as archive:
        for path, file in files.items():
            archive.write(file, path)
