"""Random faults, at any moment, through the real handler: no report is ever silently wrong.

`make storm` runs thousands of examples. The end of pytest's output says what was injected and what
came out of it. The examples are spread over several tests, which pytest-xdist runs in parallel.
"""

import math
import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from iflow_census.scan import counting
from iflow_census.scan.period import Month
from iflow_census.scan.snapshot import take_snapshot
from iflow_census.store.history import HistoryFile
from tests.clock import FakeClock
from tests.figures import RecordFigures
from tests.functional.events import CHECKPOINT
from tests.functional.lambda_rig import Rig, lambda_rig
from tests.functional.storm_faults import (
    EXTRAS,
    RANDOM,
    Kill,
    S3Fault,
    a_storm,
    add_faults,
    move_iflow,
    s3_fault,
)
from tests.functional.storm_invocations import Invocations
from tests.functional.storm_truth import LANDSCAPES, NAMES, september, silent_differences
from tests.functional.tenants import of_tenant, simulated, tenant
from tests.memory_store import MemoryStore
from tests.simulators.cloud_integration import Landscape
from tests.unit.report.examples import tenant as scanned_tenant

EXAMPLES = int(os.environ.get("STORM_EXAMPLES", "200"))
PARTS = 8
LONG, FAST = 900, 0.5
"""Seconds of an invocation and of an answer with which any scan ends in time."""
MAX_ATTEMPTS = 3
"""Lambda's own: the first invocation and two retries."""
CENSUS = {"action": "census", "scheduled_time": "2026-11-01T07:00:00Z"}
"""So late that all messages of October have ended, and their statuses are final."""


@pytest.mark.slow
@pytest.mark.storm
@pytest.mark.no_cover  # Traced, it takes nearly twice as long.
@pytest.mark.parametrize("part", range(PARTS))
def test_storm_ends_in_the_truth_or_a_named_gap(
    part: int, capfd: pytest.CaptureFixture[str], record_figures: RecordFigures
) -> None:
    figures: Counter[str] = Counter({"silent differences": 0})

    # Every part begins with the same simplest storm, so each has one more.
    @settings(
        max_examples=math.ceil(EXAMPLES / PARTS) + 1,
        deadline=None,
        derandomize=not RANDOM,
        suppress_health_check=list(HealthCheck),
    )
    @given(storm=a_storm)
    def run(storm: Mapping[str, Any]) -> None:
        _run_storm(storm, capfd, figures)

    try:
        (run if RANDOM else seed(part)(run))()
    finally:
        record_figures("storm", figures)


def _run_storm(
    storm: Mapping[str, Any], capfd: pytest.CaptureFixture[str], figures: Counter[str]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("IFLOW_CENSUS_READ_TIMEOUT_SECONDS", "0.2")
        monkeypatch.setattr(counting, "COUNTS_PER_PAGE", storm["counts_per_page"])
        clock = FakeClock(datetime(2026, 10, 16, 0, 30, tzinfo=UTC))
        tenants = {
            name: simulated(clock, LANDSCAPES[name], page_size=5)
            for name, _ in zip(NAMES, storm["tenants"], strict=False)
        }
        with lambda_rig(monkeypatch, clock, tenants) as aws:
            threads_before = set(threading.enumerate())
            _write_september(aws)
            landscapes = _landscapes(aws, storm["move"])
            kill = Kill(storm["killed_at"])
            with s3_fault(storm["s3"]) as of_s3, kill.of_s3():
                invocations = Invocations(aws, storm, kill, monkeypatch)
                result = _run_month(aws, storm, invocations, of_s3)
            figures.update(invocations.figures)
            figures.update(_figures(aws, result))
            if of_s3:
                figures["S3 faults injected"] += sum(of_s3.hits.values())
            left_behind = _threads_left_behind(threads_before)
            out, err = capfd.readouterr()

            assert left_behind == []
            _check_leases(aws)
            _check_manifests(aws)
            _check_secrets(aws, out + err)
            if result["status"] != "failed":
                _check(aws, result, landscapes, figures)
                _check_extras(aws, storm)


def _check_extras(aws: Rig, storm: Mapping[str, Any]) -> None:
    """A tenant that refuses nothing but extras is complete, if nothing else keeps it from that."""
    undisturbed = not storm["s3"] and not storm["killed_at"] and not storm["twice"]
    if not undisturbed or storm["seconds"] < LONG or storm["slowness"] > FAST:
        return
    for name, faults in zip(aws.tenants, storm["tenants"], strict=True):
        if all(fault in EXTRAS for fault in faults):
            assert tenant(aws.report(), name)["status"] == "complete"


def _landscapes(aws: Rig, move: Mapping[str, Any] | None) -> Mapping[str, Sequence[Landscape]]:
    """What may be true of each tenant: it is as it was, or an iFlow has moved."""
    return {
        name: [
            simulated_tenant.landscape,
            *([move_iflow(simulated_tenant, **move)] if move else []),
        ]
        for name, simulated_tenant in aws.tenants.items()
    }


def _threads_left_behind(before: set[threading.Thread]) -> list[str]:
    """Names of the scan's threads that have no end; the pools do not wait for the last one."""
    threads = [
        thread
        for thread in set(threading.enumerate()) - before
        if thread.name.startswith(("census", "design-time", "pages", "tenant"))
    ]
    for thread in threads:
        thread.join(5)
    return [thread.name for thread in threads if thread.is_alive()]


def _write_september(aws: Rig) -> None:
    """Write what the report of September leaves for October."""
    for name in aws.tenants:
        store = MemoryStore()
        file = HistoryFile(store, Month(2026, 9), name)
        file.save(take_snapshot(scanned_tenant(name, september(name))))
        stored = store.read(file.key)
        assert stored is not None
        aws.write(file.key, stored.body)


def _run_month(
    aws: Rig, storm: Mapping[str, Any], invocations: Invocations, of_s3: S3Fault | None
) -> Mapping[str, Any]:
    """Run a month's checkpoint and census, with retries; returns the result of the last run."""
    add_faults(aws, storm["tenants"])
    if storm["checkpoint"]:
        invocations.invoke(CHECKPOINT)
    november = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    aws.clock.advance(max(0.0, (november - aws.clock.now()).total_seconds()))
    result: Mapping[str, Any] = {}
    for attempt in range(MAX_ATTEMPTS):
        if storm["calms_down"] and attempt == MAX_ATTEMPTS - 1:
            for simulated_tenant in aws.tenants.values():
                simulated_tenant.faults.clear()
            if of_s3:
                of_s3.is_over = True
        result = invocations.invoke(CENSUS, twice=storm["twice"] and attempt == 0)
        if result["status"] == "complete":
            break
    return result


def _figures(aws: Rig, result: Mapping[str, Any]) -> Counter[str]:
    """What one storm adds to the figures of the summary."""
    figures = Counter({"examples": 1, f"runs {result['status']}": 1})
    for simulated_tenant in aws.tenants.values():
        stats = simulated_tenant.stats()
        figures["requests"] += stats["requests"]
        figures["faults injected"] += sum(stats["faults"].values())
    return figures


def _check_leases(aws: Rig) -> None:
    """Every lease is free again, or expires by itself."""
    for key in aws.files():
        if key.startswith("work/leases/"):
            lease = aws.json(key)["content"]
            renewed = datetime.fromisoformat(lease["renewed_at"])
            assert lease["released"] or renewed <= aws.clock.now()


def _check_manifests(aws: Rig) -> None:
    """Of one run there are never two different complete manifests."""
    complete: dict[str, Any] = {}
    for manifest in aws.all_versions("reports/period=2026-10/manifest.json"):
        if manifest["status"] == "complete":
            files = {file["format"]: file["sha256"] for file in manifest["files"]}
            assert complete.setdefault(manifest["run_id"], files) == files


def _check_secrets(aws: Rig, output: str) -> None:
    files = [aws.read(key).decode("utf-8", "replace") for key in aws.files()]
    for secret in aws.secrets():
        assert secret not in output
        assert not any(secret in text for text in files)


def _check(
    aws: Rig,
    result: Mapping[str, Any],
    landscapes: Mapping[str, Sequence[Landscape]],
    figures: Counter[str],
) -> None:
    report = aws.report()
    assert report["run"]["status"] == result["status"]
    assert [entry["name"] for entry in report["tenants"]] == sorted(aws.tenants)
    for name in aws.tenants:
        found = tenant(report, name)
        rows = of_tenant(report, name)
        if found["status"] != "complete":
            assert found["error"]
        figures.update(f"edge locations {edge['status']}" for edge in found["locations"][1:])
        if found["status"] == "complete" or rows:
            wrong = silent_differences(found, rows, name, landscapes[name])
            figures["silent differences"] += len(wrong)
            assert wrong == []
