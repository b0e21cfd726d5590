"""A census that is killed with SIGKILL repeats only what it had not stored yet."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.work_state import WorkState
from tests.clock import NOVEMBER, FakeClock
from tests.figures import RecordFigures
from tests.functional.tenants import covered_truth, differences, simulated, small
from tests.processes import ROOT, SECONDS, environment
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

FLUSH_SECONDS = 0.2
LATENCY = 0.03
FIRST_WITH_ANSWERS = 50
"""Before this request, the process may not have had the time to store any."""
API = "/api/v1/"


@pytest.fixture
def prod() -> Iterator[SimulatedTenant]:
    landscape = small(packages=5, iflows_per_package=4)
    with simulated(FakeClock(), landscape, latency=LATENCY) as tenant:
        yield tenant


def start(
    prod: SimulatedTenant, folder: Path, now: datetime = NOVEMBER
) -> "subprocess.Popen[bytes]":
    module = "tests.functional.folder_census"
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", module, folder, now.isoformat(), str(FLUSH_SECONDS)],
        cwd=ROOT,
        env=environment(folder, now=None),
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(prod.service_key()).encode())
    process.stdin.close()
    process.stdin = None
    return process


def finished(prod: SimulatedTenant) -> Counter[str]:
    """The requests for data that the tenant has answered."""
    return Counter(
        target.removeprefix(API) for target in prod.stats()["finished"] if target.startswith(API)
    )


@pytest.mark.slow
@pytest.mark.parametrize("nth", [20, 50, 80])
def test_killed_process_repeats_only_what_it_had_not_stored(
    prod: SimulatedTenant, tmp_path: Path, record_figures: RecordFigures, nth: int
) -> None:
    killed = start(prod, tmp_path)
    kill = partial(os.kill, killed.pid, signal.SIGKILL)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, path=API, nth=nth, hook=lambda _: kill()))
    assert killed.wait(SECONDS) == -signal.SIGKILL
    store = FolderStore(tmp_path)
    stored = WorkState(store, Month(2026, 10), "20261101T003000Z").journal_files("prod").read()

    assert start(prod, tmp_path, NOVEMBER + timedelta(minutes=2)).wait(SECONDS) == 0

    requests = finished(prod)
    # A scan reads the packages again at its end, to find what has moved.
    repeated = [
        target
        for target, times in requests.items()
        if times > 1 and target != "IntegrationPackages"
    ]
    assert [target for target in repeated if stored.get(target) is not None] == []
    assert len(stored) > 0 or nth < FIRST_WITH_ANSWERS
    report = json.loads((tmp_path / "reports/period=2026-10/report.json").read_bytes())
    assert report["run"]["status"] == "complete"
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    record_figures(
        f"killed at request {nth}", {"requests": len(requests), "repeated": len(repeated)}
    )
