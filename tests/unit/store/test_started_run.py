"""Which run a repeated command continues."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from iflow_census.scan.retention import MAX_DELAY
from iflow_census.store.started_run import StartedRun, StartedRunFile
from tests.clock import NOVEMBER
from tests.memory_store import MemoryStore


@pytest.fixture
def file() -> StartedRunFile:
    return StartedRunFile(MemoryStore(), "census-2026-10")


def start(
    file: StartedRunFile, run_id: str, after: timedelta = timedelta(), tenants: Sequence[str] = "a"
) -> str:
    return file.start(StartedRun(run_id, NOVEMBER + after, list(tenants))).run_id


def test_unfinished_run_is_continued(file: StartedRunFile) -> None:
    assert [start(file, "first"), start(file, "second", MAX_DELAY)] == ["first", "first"]


def test_finished_run_is_not_continued(file: StartedRunFile) -> None:
    start(file, "first")
    file.finish("first")

    assert start(file, "second") == "second"


def test_old_run_is_not_continued(file: StartedRunFile) -> None:
    start(file, "first")

    assert start(file, "second", MAX_DELAY + timedelta(seconds=1)) == "second"


def test_run_of_other_tenants_is_not_continued(file: StartedRunFile) -> None:
    start(file, "first")

    assert start(file, "second", tenants="ab") == "second"
    file.finish("first")
    assert start(file, "third", tenants="ab") == "second"
