"""Random faults, at any moment, through the real handler: no report is ever silently wrong.

`make storm` runs thousands of examples. The end of pytest's output says what was injected and what
came out of it. The examples are spread over several tests, which pytest-xdist runs in parallel.
"""

import json
import math
import os
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from requests import Response
from requests.adapters import HTTPAdapter

from iflow_census.errors import CensusIncomplete
from tests.clock import FakeClock
from tests.figures import RecordFigures
from tests.functional.events import CHECKPOINT
from tests.functional.lambda_rig import Rig, lambda_rig
from tests.functional.storm_truth import LANDSCAPES, NAMES, SEPTEMBER_LEVELS, silent_differences
from tests.functional.tenants import (
    of_tenant,
    simulated,
    tenant,
)
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
)

EXAMPLES = int(os.environ.get("STORM_EXAMPLES", "200"))
PARTS = 8
RANDOM = "STORM_EXAMPLES" in os.environ
"""Whether each run has other storms; if not, a part always has the same ones."""
MAX_ATTEMPTS = 3
"""Lambda's own: the first invocation and two retries."""
CENSUS = {"action": "census", "scheduled_time": "2026-11-01T07:00:00Z"}
"""So late that all messages of October have ended, and their statuses are final."""
EDGE = "^/location/"
WIDE = 300
"""Length in hours from which a window hangs; every hanging request costs a real time-out."""

PATHS = {
    FaultKind.EMPTY_LIST: r"^(?!.*/IntegrationDesigntimeArtifacts)",
    FaultKind.NOT_FOUND: "IntegrationPackages",
}
"""Untrue responses are injected where another request of SAP's API can notice them."""
LIES = frozenset({FaultKind.EMPTY_LIST, FaultKind.ZERO_COUNT})
"""A tenant that tells both consistently cannot be distinguished from one without messages."""

ANSWER_FAULTS = [
    kind
    for kind in FaultKind
    if kind not in {FaultKind.CRASH_HOOK, FaultKind.LATENCY, FaultKind.HANG}
]

a_fault = st.builds(
    lambda kind, family, at_edge, nth, times: {
        "kind": kind,
        "family": family,
        "path": EDGE if at_edge else PATHS.get(kind),
        "nth": nth,
        "times": times,
    },
    st.sampled_from(ANSWER_FAULTS),
    st.sampled_from([None, "oauth", "design-time", "runtime", "message-logs"]),
    st.sampled_from([False, False, True]),
    st.one_of(st.none(), st.integers(1, 15)),
    st.one_of(st.none(), st.integers(1, 9)),
)
a_hang = st.builds(lambda nth: {"kind": FaultKind.HANG, "nth": nth, "times": 1}, st.integers(1, 20))
some_faults = st.lists(st.one_of(*[a_fault] * 9, a_hang), max_size=4)
a_storm = st.fixed_dictionaries(
    {
        "tenants": st.lists(some_faults, min_size=1, max_size=len(NAMES)),
        "checkpoint": st.booleans(),
        "seconds": st.sampled_from([900, 900, 200, 70]),
        "slowness": st.sampled_from([0, 0, 0.5, 5]),
        "calms_down": st.booleans(),
    }
)


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
        clock = FakeClock(datetime(2026, 10, 16, 0, 30, tzinfo=UTC))
        tenants = {
            name: simulated(clock, LANDSCAPES[name], page_size=3)
            for name, _ in zip(NAMES, storm["tenants"], strict=False)
        }
        with lambda_rig(monkeypatch, clock, tenants) as aws:
            threads_before = set(threading.enumerate())
            _write_september(aws)
            _slow_down(monkeypatch, clock, storm["slowness"])
            result = _run_month(aws, storm)
            figures.update(_figures(aws, result))
            left_behind = _threads_left_behind(threads_before)
            out, err = capfd.readouterr()

            assert left_behind == []
            _check(aws, result, out + err, figures)


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
    """Write what the report of September leaves for October: the last log levels."""
    rows = [
        {"iflow_id": iflow_id, "deployed_at": None, "log_level": level}
        for iflow_id, level in SEPTEMBER_LEVELS.items()
    ]
    for name in aws.tenants:
        body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        aws.write(f"tables/iflows/period=2026-09/{name}.jsonl", body)


def _run_month(aws: Rig, storm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run a month's checkpoint and census, with retries; returns the result of the last run."""
    _add_faults(aws, storm)
    if storm["checkpoint"]:
        _invoke(aws, CHECKPOINT, storm["seconds"])
    november = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    aws.clock.advance(max(0.0, (november - aws.clock.now()).total_seconds()))
    result: Mapping[str, Any] = {}
    for attempt in range(MAX_ATTEMPTS):
        if storm["calms_down"] and attempt == MAX_ATTEMPTS - 1:
            for simulated_tenant in aws.tenants.values():
                simulated_tenant.faults.clear()
        result = _invoke(aws, CENSUS, storm["seconds"])
        if result["status"] == "complete":
            break
    return result


def _add_faults(aws: Rig, storm: Mapping[str, Any]) -> None:
    for simulated_tenant, faults in zip(aws.tenants.values(), storm["tenants"], strict=True):
        lies = [fault["kind"] for fault in faults if fault["kind"] in LIES]
        for fault in faults:
            if fault["kind"] not in LIES or fault["kind"] == lies[0]:
                simulated_tenant.faults.add(Fault(**fault, hours=WIDE))


def _slow_down(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, seconds: float) -> None:
    """Delay every answer by this time on the fake clock; delays of concurrent requests overlap."""
    send = HTTPAdapter.send

    def slow(*args: Any, **options: Any) -> Response:
        answered = clock.monotonic() + seconds
        try:
            return send(*args, **options)
        finally:
            clock.reach(answered)

    monkeypatch.setattr(HTTPAdapter, "send", slow)


def _figures(aws: Rig, result: Mapping[str, Any]) -> Counter[str]:
    """What one storm adds to the figures of the summary."""
    figures = Counter({"examples": 1, f"runs {result['status']}": 1})
    for simulated_tenant in aws.tenants.values():
        stats = simulated_tenant.stats()
        figures["requests"] += stats["requests"]
        figures["faults injected"] += sum(stats["faults"].values())
    return figures


def _invoke(aws: Rig, event: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
    """Invoke the handler once, and check that it ends before Lambda would stop it."""
    end = aws.clock.monotonic() + seconds
    try:
        result: Mapping[str, Any] = aws.invoke(event, seconds=seconds)
    except CensusIncomplete as incomplete:
        result = json.loads(str(incomplete))
    assert aws.clock.monotonic() < end
    return result


def _check(aws: Rig, result: Mapping[str, Any], output: str, figures: Counter[str]) -> None:
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
            wrong = silent_differences(found, rows, name)
            figures["silent differences"] += len(wrong)
            assert wrong == []
    files = [aws.read(key).decode("utf-8", "replace") for key in aws.files()]
    for secret in aws.secrets():
        assert secret not in output
        assert not any(secret in text for text in files)
