"""The files of the project, without notes, caches and other files in its folder."""

import os
import subprocess
from pathlib import Path

from tests.processes import ROOT

_GENERATED = {"__pycache__", "build", "dist", "htmlcov", "out", "demo-output"}
_HIDDEN = {".ci", ".github"}


def project_files(root: Path = ROOT) -> list[Path]:
    """List the files that git tracks.

    Where `root` is not the top of a git checkout, such as in an unpacked source archive, all files
    count, except those in hidden or generated folders.
    """
    if not (root / ".git").exists():
        return sorted(_walk(root))
    command = ["git", "ls-files", "--cached", "-z"]
    listed = subprocess.run(  # noqa: S603 - our own command
        command, cwd=root, capture_output=True, text=True, check=True
    )
    paths = [root / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _walk(root: Path) -> list[Path]:
    files = []
    for folder, names, file_names in os.walk(root):
        names[:] = [
            name
            for name in names
            if name not in _GENERATED and (not name.startswith(".") or name in _HIDDEN)
        ]
        files += [Path(folder, name) for name in file_names]
    return files
