"""Runs that are stopped, killed, delivered twice, or find a tenant down."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.http.client import HttpClient
from iflow_census.scan import counting, executor
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind

MakeRig = Callable[..., Rig]
RETRIES = 10


class _Killed(BaseException):
    """The process under test is gone."""


def without_run_times(report: dict[str, Any]) -> dict[str, Any]:
    """A report without the details of its run."""
    copy: dict[str, Any] = json.loads(json.dumps(report))
    for row in copy["tenants"]:
        del row["api"], row["scanned_at"]
    del copy["run"]["started_at"], copy["run"]["finished_at"]
    return copy


def test_resumed_run_repeats_no_request(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each question takes two seconds of everybody's time: of many at once the last ones would be
    # answered long after the deadline.
    for pool in ("WORKERS", "DESIGN_TIME_WORKERS", "PAGE_WORKERS"):
        monkeypatch.setattr(executor, pool, 1)
    prod = simulated(clock)
    aws = rig(prod=prod)
    slow = Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(2))
    prod.faults.add(slow)

    stopped = 0
    while stopped < RETRIES:
        try:
            aws.invoke(SCHEDULE, seconds=90)
            break
        except CensusIncomplete as incomplete:
            found = json.loads(str(incomplete))["tenants"][0]
            assert found["status"] == "partial"
            assert "the time of this run is used up" in found["error"]
            stopped += 1

    assert 0 < stopped < RETRIES
    asked = Counter(target for target in prod.stats()["finished"] if "oauth" not in target)
    # Each attempt lists the packages again, in case that they have changed since they were read.
    repeated = {target for target, times in asked.items() if times > 1}
    assert repeated <= {"/api/v1/IntegrationPackages"}
    report = aws.report()
    assert report["run"]["status"] == "complete"
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
@pytest.mark.parametrize("nth", [1, 2, 3, 5, 8, 11, 14, 17, 20])
def test_killed_run_ends_with_the_same_report(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
    counts_per_page: int,
) -> None:
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
    prod = simulated(clock)
    aws = rig(prod=prod)
    aws.invoke(SCHEDULE)
    expected = without_run_times(aws.report())
    aws.forget_everything()
    kill = _kill_at(nth, monkeypatch)

    killed = False
    try:
        aws.invoke(SCHEDULE)
    except _Killed:
        killed = True
    kill.set()
    aws.invoke(SCHEDULE)

    assert killed
    assert without_run_times(aws.report()) == expected


def _kill_at(nth: int, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Make the client die at its nth request: nothing of it is stored after that."""
    alive_again = threading.Event()
    counter = iter(range(1, 1_000_000))
    lock = threading.Lock()
    start_attempt = HttpClient._start_attempt

    def dying(self: HttpClient, *arguments: Any) -> Any:
        permit = start_attempt(self, *arguments)
        with lock:
            number = next(counter)
        if number >= nth and not alive_again.is_set():
            raise _Killed
        return permit

    monkeypatch.setattr(HttpClient, "_start_attempt", dying)
    return alive_again


def test_retry_scans_only_the_failed_tenant(rig: MakeRig, clock: FakeClock) -> None:
    dev, prod = simulated(clock, small(2)), simulated(clock, small(3))
    aws = rig(dev=dev, prod=prod)
    down = dev.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)

    result = json.loads(str(caught.value))
    assert result["status"] == aws.manifest()["status"] == "partial"
    assert [tenant["status"] for tenant in result["tenants"]] == ["failed", "complete"]
    error = result["tenants"][0]["error"]
    assert "GET IntegrationRuntimeArtifacts" in error or "GET ServiceEndpoints" in error
    assert error.startswith(("deployed artifacts: ", "endpoints: "))
    assert "HTTP 503" in error
    assert of_tenant(aws.report(), "dev") == []
    assert len(of_tenant(aws.report(), "prod")) > 0

    dev.faults.remove(down)
    prod.reset()
    retried = aws.invoke(SCHEDULE)

    assert retried["status"] == aws.manifest()["status"] == "complete"
    assert prod.requests == []
    assert len(of_tenant(aws.report(), "dev")) > 0


def test_failed_tenant_keeps_rows_of_an_earlier_run(rig: MakeRig, clock: FakeClock) -> None:
    dev = simulated(clock)
    aws = rig(dev=dev)
    aws.invoke(SCHEDULE)
    before = aws.report()
    clock.advance(86400)
    dev.faults.add(Fault(FaultKind.SERVER_ERROR, family="design-time"))

    with pytest.raises(CensusIncomplete):
        aws.invoke({"period": "2026-10"})

    report = aws.report()
    assert report["iflows"] == before["iflows"]
    assert tenant(report, "dev")["status"] == "partial"
    assert "HTTP 500" in tenant(report, "dev")["error"]
    assert tenant(report, "dev")["scanned_at"] == tenant(before, "dev")["scanned_at"]
    assert report["run"]["status"] == "partial"


def test_repeated_event_repeats_nothing(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    first = aws.invoke(SCHEDULE)
    prod.reset()

    second = aws.invoke(SCHEDULE)

    assert second == first
    assert prod.requests == []
    assert aws.versions("reports/period=2026-10/report.json") == 1
    assert aws.versions("reports/period=2026-10/manifest.json") == 1


def test_concurrent_deliveries_publish_one_report(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.latency = 0.01

    results = aws.at_once(lambda: aws.invoke(SCHEDULE))

    assert results[0] == results[1]
    # Only one of them scanned: each scan has a token of its own.
    scans = {
        request.headers["authorization"] for request in prod.requests if request.family != "oauth"
    }
    assert len(scans) == 1
    bodies = {
        aws.read("reports/period=2026-10/report.json", version)
        for version in _version_ids("reports/period=2026-10/report.json")
    }
    assert len(bodies) == 1
    report = aws.report()
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def _version_ids(key: str) -> list[str]:
    found = boto3.client("s3").list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"]
    return [version["VersionId"] for version in found]


def test_earlier_run_does_not_replace_a_later_one(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    down = prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="design-time"))
    with pytest.raises(CensusIncomplete):
        aws.invoke(SCHEDULE)
    prod.faults.remove(down)
    aws.invoke({"period": "2026-10", "scheduled_time": "2026-11-01T09:00:00Z"})

    aws.invoke(SCHEDULE)

    assert aws.manifest()["run_id"] == "20261101T090000Z"
    assert aws.report()["run"]["id"] == "20261101T090000Z"


def test_rerun_of_one_tenant_is_not_complete_without_the_others(
    rig: MakeRig, clock: FakeClock
) -> None:
    dev, prod = simulated(clock, small(name="dev")), simulated(clock)
    aws = rig(dev=dev, prod=prod)
    fault = dev.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))
    with pytest.raises(CensusIncomplete):
        aws.invoke(SCHEDULE)

    clock.advance(48 * 3600)
    rerun = {**SCHEDULE, "scheduled_time": "2026-11-02T00:30:00Z", "tenants": ["prod"]}
    with pytest.raises(CensusIncomplete):
        aws.invoke(rerun)
    partial = aws.report()
    dev.faults.remove(fault)
    aws.invoke({**rerun, "tenants": ["dev"], "scheduled_time": "2026-11-02T01:30:00Z"})

    assert partial["run"]["status"] == "partial"
    assert [entry["status"] for entry in partial["tenants"]] == ["failed", "complete"]
    assert "not scanned in this period" in tenant(partial, "dev")["error"]
    assert aws.manifest()["status"] == "complete"


def test_last_good_rows_are_kept_by_the_next_delivery(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    aws.invoke(SCHEDULE)
    key = "work/period=2026-10/last-good/prod.json"
    kept = aws.json(key)
    aws.delete(key)
    aws.delete("reports/period=2026-10/manifest.json")

    aws.invoke(SCHEDULE)

    assert aws.json(key) == kept
