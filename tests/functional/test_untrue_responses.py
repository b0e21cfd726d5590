"""Responses that look valid and are not true, and parts of a tenant that cannot be read."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.scan import counting
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import covered_truth, differences, simulated, small, tenant
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
    SimulatedTenant,
    to_ms,
    with_move,
)

MakeRig = Callable[..., Rig]
COUNT = r"MessageProcessingLogs/\$count"


@pytest.fixture(params=[1, 10_000], ids=["read all", "count each"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count messages in both ways."""
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", request.param)


def census(aws: Rig) -> Mapping[str, Any]:
    """Run a census that may be incomplete; returns the report."""
    with suppress(CensusIncomplete):
        aws.invoke(SCHEDULE)
    report: Mapping[str, Any] = aws.report()
    return report


def check(prod: SimulatedTenant, report: Mapping[str, Any]) -> None:
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def path_of_package(prod: SimulatedTenant, position: int = 0) -> str:
    package = prod.landscape.iflows[position].package_id
    return rf"IntegrationPackages\('{package}'\)/IntegrationDesigntimeArtifacts$"


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("nth", range(1, 60, 8))
def test_wrong_zero_changes_no_number(rig: MakeRig, clock: FakeClock, nth: int) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.ZERO_COUNT, path=COUNT, nth=nth, times=1))

    report = census(aws)

    if report["run"]["status"] == "complete":
        check(prod, report)
    else:
        assert "run again" in tenant(report, "prod")["error"]


@pytest.mark.usefixtures("_both_ways")
def test_lasting_wrong_zero_names_both_responses_and_enters_no_ledger(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    fault = prod.faults.add(Fault(FaultKind.ZERO_COUNT, path=COUNT))

    failed = census(aws)
    prod.faults.remove(fault)
    report = census(aws)

    error = tenant(failed, "prod")["error"]
    assert "/$count has 0 logs, but the list has some" in error
    assert failed["iflows"] == []
    assert report["run"]["status"] == "complete"
    check(prod, report)


def test_lasting_wrong_zero_of_one_iflow_is_noticed(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", 10_000)
    prod = simulated(clock)
    aws = rig(prod=prod)
    check(prod, census(aws))
    used = next(row["iflow_id"] for row in aws.report()["iflows"] if row["messages"])
    aws.forget_everything()
    prod.faults.add(Fault(FaultKind.ZERO_COUNT, path=rf"{COUNT}.*{used}"))

    error = tenant(census(aws), "prod")["error"]

    assert f"/$count has 0 logs of iFlow '{used}', but the list has some" in error


@pytest.mark.parametrize("amount", [0, 1], ids=["with its count", "without"])
@pytest.mark.parametrize("entity_set", ["IntegrationPackages", "IntegrationRuntimeArtifacts"])
def test_wrongly_empty_list_is_not_believed(
    rig: MakeRig, clock: FakeClock, entity_set: str, amount: int
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    fault = Fault(FaultKind.EMPTY_LIST, path=rf"{entity_set}(\?\$inlinecount.*)?$", amount=amount)
    prod.faults.add(fault)

    report = census(aws)

    assert tenant(report, "prod")["status"] == "failed"
    assert entity_set in tenant(report, "prod")["error"]
    assert report["iflows"] == []


def test_unconfirmed_zero_of_an_old_ledger_is_counted_again(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    key = "ledger/period=2026-11/prod.json"
    clock.advance(3600)
    aws.invoke({**CHECKPOINT, "period": "2026-11"})
    ledger = aws.json(key)
    (window,) = ledger["windows"]
    assert window["confirmed"]

    for window in ledger["windows"]:
        del window["confirmed"]
        window |= {"total": {}, "iflows": {}, "days": dict.fromkeys(window["days"], 0)}
    aws.write(key, json.dumps(ledger).encode())
    aws.invoke({**CHECKPOINT, "period": "2026-11", "scheduled_time": "2026-11-01T02:00:00Z"})

    assert all(window["confirmed"] for window in aws.json(key)["windows"])


@pytest.mark.parametrize("kind", [FaultKind.NO_INLINECOUNT, FaultKind.IGNORED_INLINECOUNT])
@pytest.mark.parametrize("entity_set", ["IntegrationRuntimeArtifacts", "ServiceEndpoints"])
def test_missing_inlinecount_is_replaced_by_a_count(
    rig: MakeRig, clock: FakeClock, entity_set: str, kind: FaultKind
) -> None:
    prod = simulated(clock, page_size=3)
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, path=entity_set))

    report = census(aws)

    assert tenant(report, "prod")["status"] == "complete"
    assert tenant(report, "prod")["unreadable"] == []
    check(prod, report)


@pytest.mark.parametrize(
    ("kind", "status"),
    [(FaultKind.FORBIDDEN, 403), (FaultKind.SERVER_ERROR, 500), (FaultKind.UNAVAILABLE, 503)],
)
def test_unreadable_endpoints_are_unknown_and_cost_no_row(
    rig: MakeRig, clock: FakeClock, kind: FaultKind, status: int
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, path="ServiceEndpoints"))

    report = census(aws)

    found = tenant(report, "prod")
    assert found["status"] == "complete"
    assert {row["endpoints"] for row in report["iflows"]} == {None}
    (part,) = found["unreadable"]
    assert (part["part"], f"HTTP {status}" in part["reason"]) == ("endpoints", True)


def test_hidden_package_is_named_in_a_complete_report(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    hidden = prod.landscape.iflows[0].package_id
    prod.faults.add(Fault(FaultKind.FORBIDDEN, path=path_of_package(prod)))

    report = census(aws)

    found = tenant(report, "prod")
    assert found["status"] == "complete"
    packages = [part["package_id"] for part in found["unreadable"] if part["package_id"]]
    assert packages == [hidden]
    assert not any(row["orphan"] for row in report["iflows"])
    deployed = {artifact.id for artifact in prod.landscape.runtime_artifacts}
    ids = {iflow.id for iflow in prod.landscape.iflows if iflow.package_id == hidden}
    rows = {row["iflow_id"]: row for row in report["iflows"]}
    assert ids & rows.keys() == ids & deployed
    assert {rows[iflow_id]["package_id"] for iflow_id in ids & deployed} == {hidden}
    assert not any(rows[iflow_id]["usage"] == "UNUSED" for iflow_id in ids & deployed)
    assert found["totals"]["packages"] == len(prod.landscape.packages)


def test_failed_package_makes_the_tenant_partial_until_it_is_read(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    fault = prod.faults.add(Fault(FaultKind.UNAVAILABLE, path=path_of_package(prod)))

    partial = census(aws)
    prod.faults.remove(fault)
    prod.reset()
    report = census(aws)

    found = tenant(partial, "prod")
    assert found["status"] == "partial"
    assert "HTTP 503" in found["error"]
    assert 0 < len(partial["iflows"]) < len(report["iflows"])
    assert tenant(report, "prod")["status"] == "complete"
    check(prod, report)
    read = [request.path for request in prod.requests if "IntegrationPackages(" in request.path]
    assert len(read) == 1


def test_hidden_package_is_no_change(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    aws.invoke({**SCHEDULE, "period": "2026-09", "scheduled_time": "2026-10-01T00:30:00Z"})
    prod.faults.add(Fault(FaultKind.FORBIDDEN, path=path_of_package(prod)))

    report = census(aws)

    assert report["changes"]["compared_with"]["month"] == "2026-09"
    assert {"new", "removed"} & {change["kind"] for change in report["changes"]["iflows"]} == set()


@pytest.mark.parametrize("into_read_package", [True, False])
@pytest.mark.parametrize("deployed", [True, False])
def test_iflow_that_moves_during_the_scan_is_in_the_report_once(
    rig: MakeRig, clock: FakeClock, *, deployed: bool, into_read_package: bool
) -> None:
    prod = simulated(clock, small(packages=4))
    aws = rig(prod=prod)
    landscape = prod.landscape
    runtime = {artifact.id for artifact in landscape.runtime_artifacts}
    moving = next(iflow for iflow in landscape.iflows if (iflow.id in runtime) is deployed)
    target = next(
        package.id for package in reversed(landscape.packages) if package.id != moving.package_id
    )
    moved = with_move(landscape, moving.id, target, at=to_ms(clock.now()))
    early, late = moving.package_id, target
    if into_read_package:
        early, late = late, early

    def move(_: str) -> None:
        """Move it between the requests for its two packages."""
        while not any(f"('{early}')" in request.path for request in prod.requests):
            time.sleep(0.01)
        time.sleep(0.1)
        prod.set_landscape(moved)

    path = rf"Packages\('{late}'\)/Integ"
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, path=path, hook=move, times=1))

    report = census(aws)

    rows = [row for row in report["iflows"] if row["iflow_id"] == moving.id]
    assert tenant(report, "prod")["status"] == "complete"
    assert [(row["package_id"], row["orphan"]) for row in rows] == [(target, False)]
