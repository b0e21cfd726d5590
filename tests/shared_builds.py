"""Folders that take long to build, built once for all worker processes of pytest-xdist."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Build = Callable[[Path], object]


def build_once(factory: pytest.TempPathFactory, name: str, build: Build) -> Path:
    """Return a folder that the first worker to come has built; the others wait for it.

    Args:
        factory: pytest's `tmp_path_factory`.
        name: the folder's name, unique in this test run.
        build: creates the folder at the path that it is given.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # of all workers
    folder, finished = root / name, root / f"{name}.finished"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            build(folder)
            finished.touch()
    return folder
