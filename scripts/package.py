"""Zip a built stack, so that `sam deploy` works without the sources and without a build.

Usage: python scripts/package.py BUILD_FOLDER ZIP
"""

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("LICENSE", "samconfig.toml")
TEMPLATE = "template.yaml"
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""Of every entry: the same sources make the same zip."""

_LOCAL_PATH = re.compile(r"^ +(?:CodeUri|ContentUri|DefinitionUri): (\S+)$", re.MULTILINE)


def package_stack(build: Path, target: Path) -> None:
    """Write the zip; all entries are in one folder with the name of the zip.

    Args:
        build: the build folder of `sam build`.
        target: the zip; it is replaced if it exists.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_read_entries(build)):
            entry = zipfile.ZipInfo(f"{target.stem}/{name}", TIMESTAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def _read_entries(build: Path) -> Iterator[tuple[str, bytes]]:
    template = (build / TEMPLATE).read_text(encoding="utf-8")
    for path in set(_LOCAL_PATH.findall(template)):
        source = build / path
        if source.is_dir():
            for file in filter(Path.is_file, source.rglob("*")):
                yield file.relative_to(build).as_posix(), file.read_bytes()
        else:
            # `sam build` leaves the definition of a state machine among the sources.
            yield source.name, source.read_bytes()
            template = template.replace(f": {path}\n", f": {source.name}\n")
    yield TEMPLATE, template.encode()
    for name in EXTRAS:
        yield name, (ROOT / name).read_bytes()


if __name__ == "__main__":
    package_stack(Path(sys.argv[1]), Path(sys.argv[2]))
