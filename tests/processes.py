"""Programs under test in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.clock import NOVEMBER

ROOT = Path(__file__).parents[1]
BINARIES = Path(sys.executable).parent
SAM = ROOT / ".venv/sam"
"""The virtual environment of the SAM command line; its dependencies conflict with the project's."""
MOVED_TIME = Path(__file__).parent / "moved_time"
SECONDS = 120
"""A program that takes longer hangs."""

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that has ended."""

    exit_code: int
    stdout: str
    stderr: str


def environment(
    home: Path, *, now: datetime | None = NOVEMBER, path: Sequence[Path] = ()
) -> dict[str, str]:
    """Environment variables that hold nothing of the machine or its user.

    Args:
        home: the user's folder.
        now: what time the census shall believe it is; None: the real one.
        path: folders that Python looks into.
    """
    given = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "COLUMNS": "120",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    folders = [str(folder) for folder in path]
    if now is not None:
        given["TESTS_NOW"] = now.isoformat()
        folders.insert(0, str(MOVED_TIME))
    if folders:
        given["PYTHONPATH"] = os.pathsep.join(folders)
    return given


def run(command: Command, *, cwd: Path, env: Mapping[str, str]) -> Ran:
    """Run a program to its end, with nothing on its standard input."""
    ended = subprocess.run(  # noqa: S603 - our own programs
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)
