"""Print what CHANGELOG.md says about this version; fail if the tag and the version differ.

Usage: python scripts/release_notes.py TAG
"""

import re
import sys
from pathlib import Path

from iflow_census import __version__

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


class ReleaseError(Exception):
    """The tag, the version and the changelog do not belong together."""


def release_notes(tag: str, version: str, changelog: str) -> str:
    """The section of a version, without its heading.

    Raises:
        ReleaseError: the tag is not `v<version>`, or the changelog has no text for the version.
    """
    if tag != f"v{version}":
        raise ReleaseError(
            f"tag {tag!r}: the version is {version}; "
            f"tag v{version}, or change __version__ in layers/census/iflow_census/__init__.py"
        )
    lines = r"(?!## |\[[^\n]+\]: )[^\n]*\n"
    heading = rf"^## \[{re.escape(version)}\][^\n]*\n"
    section = re.search(f"{heading}((?:{lines})*)", changelog, re.MULTILINE)
    if section is None or not section[1].strip():
        raise ReleaseError(
            f"CHANGELOG.md: no text for {version}; add the section '## [{version}] - <date>'"
        )
    return section[1].strip() + "\n"


def main(tag: str) -> int:
    """Print the notes; returns the exit code."""
    try:
        notes = release_notes(tag, __version__, CHANGELOG.read_text(encoding="utf-8"))
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(notes, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
