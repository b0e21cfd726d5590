"""Standard output that cannot show every character, is closed, or full."""

import codecs
import json
import subprocess
import sys
from pathlib import Path

import pytest

from iflow_census.cli import streams
from tests.processes import ROOT, environment

Ended = subprocess.CompletedProcess[bytes]

NAMES = "Größe 注文 😀 \udc80 →"
PROGRAM = f"""
import sys
import iflow_census.cli.commands as commands
import typer
commands.app = lambda: typer.echo({NAMES!r})
import iflow_census.cli
iflow_census.cli.main()
"""


def _run(folder: Path, *, encoding: str = "utf-8", redirect: str = "") -> Ended:
    env = environment(folder, now=None, path=[ROOT / "layers/census"])
    return subprocess.run(  # noqa: S603 - our own interpreter
        ["/bin/sh", "-c", f'"$@" {redirect}', "sh", sys.executable, "-c", PROGRAM],
        env={**env, "PYTHONIOENCODING": encoding},
        cwd=folder,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("cp1252", "Größe \\u6ce8\\u6587 \\ud83d\\ude00 \\udc80 ->".encode("cp1252")),
        ("utf-8", "Größe 注文 😀 \\udc80 →".encode()),
    ],
    ids=["cp1252", "utf-8"],
)
def test_character_without_encoding_is_escaped(
    tmp_path: Path, encoding: str, printed: bytes
) -> None:
    ran = _run(tmp_path, encoding=encoding)

    assert (ran.returncode, ran.stdout.rstrip(), ran.stderr) == (0, printed, b"")


def test_escapes_are_those_of_json() -> None:
    codecs.register_error("tested", streams._escape)

    escaped = "Größe 注文 😀".encode("ascii", errors="tested").decode()

    assert json.loads(f'"{escaped}"') == "Größe 注文 😀"


def test_closed_output_is_no_error(tmp_path: Path) -> None:
    ran = _run(tmp_path, redirect=">&-")

    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_disk_is_one_line(tmp_path: Path) -> None:
    ran = _run(tmp_path, redirect=">/dev/full")

    assert ran.returncode == 1
    assert ran.stderr == (
        b"iflow-census: standard output cannot be written: No space left on device\n"
    )
