"""Tenants with an Edge Integration Cell, which is read if it can be, and costs nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.scan import counting
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import (
    differences,
    edge_scans,
    location_summaries,
    simulated,
    small,
    tenant,
    whole_truth,
)
from tests.simulators.cloud_integration import (
    EdgeLocation,
    Fault,
    FaultKind,
    Landscape,
    SimulatedTenant,
    with_edge,
)

MakeRig = Callable[..., Rig]
EDGE = "/location/edge-1/"
LANDSCAPE = with_edge(small(packages=2, iflows_per_package=6))


@pytest.fixture
def clock() -> FakeClock:
    """The 16th of October 2026, 00:30 UTC, when the second schedule starts."""
    return FakeClock(datetime(2026, 10, 16, 0, 30, tzinfo=UTC))


def to_november(clock: FakeClock) -> None:
    clock.advance((datetime(2026, 11, 1, 7, 0, tzinfo=UTC) - clock.now()).total_seconds())


def run_month(aws: Rig, clock: FakeClock) -> Any:
    aws.invoke(CHECKPOINT)
    to_november(clock)
    aws.invoke(SCHEDULE)
    return aws.report()


def check_truth(report: Any, landscape: Landscape) -> None:
    """Compare all of the tenant with the truth, as far as its location was read."""
    found = tenant(report, "prod")
    truth = whole_truth(landscape, edges=edge_scans(found))
    assert differences(report["iflows"], truth) == []
    assert found["totals"] == truth["totals"]
    assert location_summaries(found) == truth["locations"]


@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
def test_month_of_a_tenant_with_a_location_is_true(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, counts_per_page: int
) -> None:
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
    aws = rig(prod=simulated(clock, LANDSCAPE, page_size=3))

    report = run_month(aws, clock)

    found = tenant(report, "prod")
    assert (found["status"], found["unreadable"]) == ("complete", [])
    assert [location["status"] for location in found["locations"]] == ["complete", "complete"]
    assert all(location["coverage"]["complete"] for location in found["locations"])
    assert found["messages_per_day"] == list(whole_truth(LANDSCAPE)["messages_per_day"].values())
    check_truth(report, LANDSCAPE)


def test_every_kind_of_deployment_is_in_the_landscape() -> None:
    rows = whole_truth(with_edge(small(packages=8)))["iflows"]

    places = {tuple(row["runtime_locations"]) for row in rows}
    cloud, edge = "cloudintegration", "edge-1"
    assert places == {(), (cloud,), (edge,), (cloud, edge)}
    assert any(row["orphan"] and row["runtime_locations"] == [edge] for row in rows)
    assert any(row["usage"] == "UNUSED" and edge in row["runtime_locations"] for row in rows)


def test_location_adds_only_requests_of_its_own(rig: MakeRig, clock: FakeClock) -> None:
    plain, edge = simulated(clock), simulated(clock, replace(small(), edges=(EdgeLocation("e"),)))
    aws = rig(dev=plain, prod=edge)
    to_november(clock)

    aws.invoke(SCHEDULE)

    def to_cloud(simulated_tenant: SimulatedTenant) -> list[str]:
        targets = (request.target for request in simulated_tenant.requests)
        return sorted(target for target in targets if not target.startswith("/location/"))

    assert to_cloud(plain) == to_cloud(edge)
    assert len(edge.requests) > len(plain.requests)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.FORBIDDEN, "HTTP 403"),
        (FaultKind.NOT_FOUND, "HTTP 404"),
        (FaultKind.SERVER_ERROR, "HTTP 500"),
        (FaultKind.HANG, "no response"),
        (FaultKind.EMPTY_LIST, "empty, but $count has"),
        (FaultKind.ZERO_COUNT, "/$count has 0 logs, but the list has some"),
    ],
)
def test_location_that_fails_costs_neither_the_tenant_nor_a_row_of_the_cloud(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    reason: str,
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_READ_TIMEOUT_SECONDS", "0.2")
    prod = simulated(clock, LANDSCAPE)
    prod.faults.add(Fault(kind, path=EDGE))
    aws = rig(prod=prod)

    report = run_month(aws, clock)

    found = tenant(report, "prod")
    assert found["status"] == "complete"
    (unread,) = found["unreadable"]
    assert (unread["part"], unread["location"]) == ("location edge-1", "edge-1")
    assert reason in unread["reason"]
    edge = found["locations"][1]
    assert (edge["status"], edge["reason"]) == ("failed", unread["reason"])
    assert not any(row["usage"] in ("UNUSED", "NOT_DEPLOYED") for row in report["iflows"])
    assert any(row["deployed"] is None for row in report["iflows"])
    check_truth(report, LANDSCAPE)


def test_location_that_fails_later_keeps_the_messages_of_the_checkpoint(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock, LANDSCAPE)
    aws = rig(prod=prod)
    aws.invoke(CHECKPOINT)
    to_november(clock)
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, path=EDGE))

    aws.invoke(SCHEDULE)

    report = aws.report()
    edge = tenant(report, "prod")["locations"][1]
    assert edge["status"] == "failed"
    assert edge["messages"] > 0
    assert edge["coverage"]["to"] == "2026-10-16T00:25:00.000Z"
    check_truth(report, LANDSCAPE)


def test_location_that_recovers_is_counted_by_the_next_run(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, LANDSCAPE)
    aws = rig(prod=prod)
    aws.invoke(CHECKPOINT)
    to_november(clock)
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, path=EDGE))
    aws.invoke(SCHEDULE)
    prod.faults.clear()

    aws.invoke({**SCHEDULE, "scheduled_time": "2026-11-01T07:00:00Z"})

    assert tenant(aws.report(), "prod")["unreadable"] == []
    check_truth(aws.report(), LANDSCAPE)


def test_location_that_does_not_take_inlinecount_is_read(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, LANDSCAPE)
    prod.faults.add(Fault(FaultKind.NO_INLINECOUNT, path=EDGE))
    aws = rig(prod=prod)

    report = run_month(aws, clock)

    assert tenant(report, "prod")["unreadable"] == []
    check_truth(report, LANDSCAPE)


def test_location_without_anything_is_read(rig: MakeRig, clock: FakeClock) -> None:
    landscape = replace(small(packages=1), edges=(EdgeLocation("edge-1"),))
    aws = rig(prod=simulated(clock, landscape))

    report = run_month(aws, clock)

    found = tenant(report, "prod")
    assert found["unreadable"] == []
    assert location_summaries(found)[1] == {"id": "edge-1", "iflows_deployed": 0, "messages": 0}
    check_truth(report, landscape)


def test_short_retention_makes_only_the_iflows_of_its_location_unknown(
    rig: MakeRig, clock: FakeClock
) -> None:
    landscape = with_edge(small(packages=8), retention_days=7)
    aws = rig(prod=simulated(clock, landscape))

    report = run_month(aws, clock)

    found = tenant(report, "prod")
    edge = found["locations"][1]
    assert found["coverage"]["complete"] is True
    assert edge["coverage"]["complete"] is False
    assert "location edge-1 keeps message logs for 7 days" in edge["coverage"]["reason"]
    unused = [row for row in report["iflows"] if row["usage"] == "UNUSED"]
    assert unused
    assert not any("edge-1" in row["runtime_locations"] for row in unused)
    reasons = {
        row["usage_reason"]
        for row in report["iflows"]
        if row["usage"] == "UNKNOWN" and row["runtime_locations"] == ["edge-1"]
    }
    assert any("% of the period is covered at location edge-1" in reason for reason in reasons)


def test_two_locations_are_read(rig: MakeRig, clock: FakeClock) -> None:
    landscape = with_edge(with_edge(small(packages=2), "edge-b"), "edge-a")
    aws = rig(prod=simulated(clock, landscape))

    report = run_month(aws, clock)

    ids = [location["id"] for location in tenant(report, "prod")["locations"]]
    assert ids == ["cloudintegration", "edge-a", "edge-b"]
    check_truth(report, landscape)
