"""Runs that meet at a tenant wait for each other: SAP limits the requests of all of them."""

import itertools
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.store import lease
from tests.clock import FakeClock
from tests.figures import RecordFigures
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

MakeRig = Callable[..., Rig]

LATENCY = (0.01, 0.05)
WAITING = 9000
"""Seconds of an invocation that waits on a clock that never waits: each look takes a second."""


def tokens(tenant: SimulatedTenant) -> list[str]:
    """The access tokens of the requests in the order of their arrival; each scan has its own."""
    requests = sorted(tenant.requests, key=lambda request: request.at)
    return [request.headers["authorization"] for request in requests if request.family != "oauth"]


def figures(tenant: SimulatedTenant) -> dict[str, int]:
    """On a busy machine, even a single run may draw a 429 now and then."""
    stats = tenant.stats()
    return {"requests": stats["requests"], "429": stats["answered_429"]}


@pytest.mark.slow
@pytest.mark.parametrize("times", [2, 4])
def test_only_one_of_several_deliveries_at_once_scans(
    rig: MakeRig,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    record_figures: RecordFigures,
    times: int,
) -> None:
    monkeypatch.setattr(lease, "POLL_SECONDS", 0.2)
    prod = simulated(clock, small(packages=2), enforce_limits=True, latency=LATENCY)
    aws = rig(prod=prod)

    with caplog.at_level(logging.WARNING):
        results = aws.at_once(lambda: aws.invoke(SCHEDULE), times, speed=1)

    assert [result["status"] for result in results] == ["complete"] * times
    assert len(set(tokens(prod))) == 1
    assert "prod: another run is scanning this tenant; waiting" in caplog.messages
    record_figures(f"{times} deliveries at once", figures(prod))


@pytest.mark.slow
def test_two_runs_at_once_scan_one_after_the_other(
    rig: MakeRig, clock: FakeClock, record_figures: RecordFigures
) -> None:
    prod = simulated(clock, small(packages=2), enforce_limits=True, latency=LATENCY)
    aws = rig(prod=prod)
    events = iter([{**SCHEDULE, "scheduled_time": f"2026-11-01T0{hour}:30:00Z"} for hour in "01"])

    aws.at_once(lambda: aws.invoke(next(events)), speed=1)

    assert len(list(itertools.groupby(tokens(prod)))) == len(set(tokens(prod))) == 2
    record_figures("2 runs at once", figures(prod))


def test_checkpoint_and_census_at_once_scan_one_after_the_other(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    events: Any = iter([SCHEDULE, {**CHECKPOINT, "scheduled_time": "2026-10-31T23:30:00Z"}])

    results = aws.at_once(lambda: aws.invoke(next(events)))

    assert [result["status"] for result in results] == ["complete"] * 2
    assert aws.json("work/leases/prod.json")["content"]["released"] is True


def test_run_that_waits_to_its_end_says_for_what(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    other: list[CensusIncomplete] = []

    def deliver_again(_: object) -> None:
        with pytest.raises(CensusIncomplete) as caught:
            aws.invoke({**SCHEDULE, "scheduled_time": "2026-11-01T00:31:00Z"}, seconds=60)
        other.append(caught.value)

    prod.faults.add(Fault(FaultKind.CRASH_HOOK, nth=5, hook=deliver_again))

    aws.invoke(SCHEDULE)

    (incomplete,) = other
    (tenant,) = json.loads(str(incomplete))["tenants"]
    assert tenant["status"] == "partial"
    assert tenant["error"] == ("another run is still scanning; the time of this run is used up")


def test_run_waits_for_the_one_that_has_taken_over_its_tenant(
    rig: MakeRig, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    def sleep_too_long(_: object) -> None:
        clock.advance(61)
        aws.invoke({**SCHEDULE, "scheduled_time": "2026-11-01T00:31:00Z"}, seconds=WAITING)

    prod.faults.add(Fault(FaultKind.CRASH_HOOK, nth=12, hook=sleep_too_long))

    result = aws.invoke(SCHEDULE, seconds=WAITING)

    assert result["status"] == "complete"
    assert "work/leases/prod.json: another run has taken over; run again later" in caplog.text
