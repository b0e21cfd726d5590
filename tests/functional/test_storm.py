"""Random faults, at any moment, through the real handler: no report is ever silently wrong.

`make storm` runs thousands of examples. The end of pytest's output says what was injected and what
came out of it. The examples are spread over several tests, which pytest-xdist runs in parallel.
"""

import json
import math
import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence, Set
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
from tests.functional.tenants import (
    COLUMNS_OF_PARTS,
    differences,
    of_tenant,
    simulated,
    small,
    tenant,
    whole_truth,
)
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
    Landscape,
    set_log_level,
    to_ms,
)

EXAMPLES = int(os.environ.get("STORM_EXAMPLES", "200"))
PARTS = 8
RANDOM = "STORM_EXAMPLES" in os.environ
"""Whether each run has other storms; if not, a part always has the same ones."""
MAX_ATTEMPTS = 3
"""Lambda's own: the first invocation and two retries."""
CENSUS = {"action": "census", "scheduled_time": "2026-11-01T07:00:00Z"}
"""So late that all messages of October have ended, and their statuses are final."""
NAMES = ("dev", "test", "prod")
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
    lambda kind, family, nth, times: {
        "kind": kind,
        "family": family,
        "path": PATHS.get(kind),
        "nth": nth,
        "times": times,
    },
    st.sampled_from(ANSWER_FAULTS),
    st.sampled_from([None, "oauth", "design-time", "runtime", "message-logs"]),
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


SILENT = "orphan'2_left_behind"
"""An iFlow at log level ERROR since before October, which succeeds every time."""

SEPTEMBER_LEVELS = {SILENT: "ERROR"}
"""The log levels that September's report has."""


def _landscape(number: int, name: str) -> Landscape:
    landscape = small(
        number,
        name=name,
        packages=2,
        iflows_per_package=3,
        messages_per_iflow=3,
        busy_iflows=1,
        busy_messages=20,
        deleted_messages=2,
        null_rows=1,
    )
    landscape = set_log_level(landscape, SILENT, "ERROR")
    changed = to_ms(datetime(2026, 10, 16, 12, tzinfo=UTC))
    return set_log_level(landscape, "com.example.p0001.iflow00005", "ERROR", since=changed)


LANDSCAPES = {name: _landscape(number, name) for number, name in enumerate(NAMES)}
TRUTH = {
    name: whole_truth(landscape, earlier_levels=SEPTEMBER_LEVELS)
    for name, landscape in LANDSCAPES.items()
}


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
        if found["status"] == "complete" or rows:
            wrong = _silent_differences(found, rows, name)
            figures["silent differences"] += len(wrong)
            assert wrong == []
    files = [aws.read(key).decode("utf-8", "replace") for key in aws.files()]
    for secret in aws.secrets():
        assert secret not in output
        assert not any(secret in text for text in files)


def _silent_differences(
    found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], name: str
) -> list[str]:
    """What the rows of a tenant say that is not true, without what it says it could not read."""
    start, end = (datetime.fromisoformat(found["coverage"][key]) for key in ("from", "to"))
    whole = found["coverage"]["complete"]
    truth = TRUTH[name] if whole else _part_of_truth(name, start, end)
    unread = {part["part"] for part in found["unreadable"]}
    packages = {part["package_id"] for part in found["unreadable"]} - {None}
    if not unread:
        wrong = differences(rows, truth, usage=whole)
        if whole:
            wrong += _sums(found["totals"], truth["totals"])
    else:
        wrong = differences(*_readable(rows, truth["iflows"], unread, packages), usage=False)
    return wrong + [
        f"{row['iflow_id']} is called unused"
        for row in rows
        if row["usage"] == "UNUSED"
        and (not whole or row["package_id"] in packages or row["iflow_id"] in _hidden(name))
    ]


def _part_of_truth(name: str, start: datetime, end: datetime) -> Mapping[str, Any]:
    return whole_truth(LANDSCAPES[name], start, end, earlier_levels=SEPTEMBER_LEVELS)


def _hidden(name: str) -> Set[str]:
    """The iFlows that ran without leaving a log."""
    return {log.artifact.id for log in LANDSCAPES[name].hidden if log.artifact}


def _readable(
    rows: Sequence[Mapping[str, Any]],
    truth: Sequence[Mapping[str, Any]],
    unread: Set[str],
    packages: Set[str],
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    """The rows of both sides that could be read, without the columns that could not."""
    columns = {
        column for part, names in COLUMNS_OF_PARTS.items() if part in unread for column in names
    }

    def readable(row: Mapping[str, Any]) -> bool:
        return row["package_id"] not in packages and f"iFlow {row['iflow_id']}" not in unread

    both = [
        [
            {name: value for name, value in row.items() if name not in columns}
            for row in side
            if readable(row)
        ]
        for side in (rows, truth)
    ]
    return both[0], {"iflows": both[1]}


def _sums(totals: Mapping[str, Any], truth: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {totals[name]} not {truth[name]}" for name in truth if totals[name] != truth[name]
    ]
