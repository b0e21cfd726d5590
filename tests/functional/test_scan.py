"""Scans give correct numbers, or an error that names the cause."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from iflow_census.errors import CensusIncomplete
from iflow_census.scan import counting
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import covered_truth, differences, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

MakeRig = Callable[..., Rig]


def run_census(aws: Rig) -> dict[str, Any]:
    aws.invoke(SCHEDULE)
    report = aws.report()
    assert isinstance(report, dict)
    return report


def run_failing_census(aws: Rig) -> str:
    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)
    return str(json.loads(str(caught.value))["tenants"][0]["error"])


def targets(prod: SimulatedTenant, part: str) -> list[str]:
    return [request.target for request in prod.requests if part in request.target]


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_tenant_is_scanned_with_any_kind_of_service_key(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    prod = simulated(clock, auth=auth)
    aws = rig(prod=prod)
    if prod.ca_file:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(prod.ca_file))

    report = run_census(aws)

    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def test_other_deployed_artifacts_are_counted_without_a_request(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    report = run_census(aws)

    truth = covered_truth(prod, report)["other_artifacts"]
    assert len(truth) == 5
    assert report["tenants"][0]["other_artifacts"] == truth
    assert len(targets(prod, "/IntegrationRuntimeArtifacts?")) == 1


def test_edited_iflows_of_packages_with_an_update_are_found(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, small(packages=8))
    aws = rig(prod=prod)

    report = run_census(aws)

    blocked = {
        row["iflow_id"]
        for row in covered_truth(prod, report)["iflows"]
        if row["package_update_available"] and row["edit_status"] == "EDITED"
    }
    assert blocked
    assert {row["iflow_id"] for row in report["blocked_updates"]["iflows"]} == blocked


def test_both_counting_methods_give_the_same_numbers(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    results = {}

    for method, counts_per_page in (("read all", 1), ("count each", 10_000)):
        monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
        aws.forget_everything()
        prod.reset()
        report = run_census(aws)
        results[method] = report["iflows"], report["tenants"][0]["totals"]
        counts = [target for target in targets(prod, "$count") if "IntegrationArtifact" in target]
        assert bool(counts) is (method == "count each")

    assert results["read all"] == results["count each"]


@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
@pytest.mark.parametrize("kind", [FaultKind.WIDE_WINDOW_TIMES_OUT, FaultKind.WIDE_WINDOW_HANGS])
def test_window_that_times_out_is_split(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    counts_per_page: int,
) -> None:
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
    monkeypatch.setenv("IFLOW_CENSUS_READ_TIMEOUT_SECONDS", "0.2")
    prod = simulated(clock, small(packages=1, iflows_per_package=2, empty_packages=0))
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, hours=500))

    report = run_census(aws)

    unread = [part["part"] for part in report["tenants"][0]["unreadable"]]
    truth = covered_truth(prod, report)
    assert unread == ([] if counts_per_page == 1 else ["last messages"])
    assert differences(report["iflows"], truth, usage=False, unread=unread) == []


def test_token_is_renewed_before_it_expires(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, token_lifetime=120)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(3)))

    report = run_census(aws)

    tokens = targets(prod, "/oauth/token")
    assert len(tokens) > 1
    assert all(request.status != 401 for request in prod.requests)
    assert report["run"]["status"] == "complete"


def test_revoked_token_is_replaced_once(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.UNAUTHORIZED, family="design-time", times=1))

    report = run_census(aws)

    assert report["run"]["status"] == "complete"
    assert len(targets(prod, "/oauth/token")) == 2


@pytest.mark.parametrize("retry_after", [None, "seconds", "date"])
def test_429_is_obeyed_and_counted(rig: MakeRig, clock: FakeClock, retry_after: str | None) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(
        Fault(
            FaultKind.THROTTLED, family="design-time", times=3, retry_after=retry_after, seconds=2
        )
    )

    report = run_census(aws)

    assert tenant(report, "prod")["api"]["throttled"] == 3
    assert tenant(report, "prod")["api"]["retries"] == 3
    assert tenant(report, "prod")["api"]["requests"] == len(prod.requests)
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.UNAVAILABLE,
        FaultKind.GATEWAY_TIMEOUT,
        FaultKind.CUT_BEFORE_RESPONSE,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.EMPTY_200,
        FaultKind.LOGIN_PAGE,
    ],
)
def test_temporary_fault_does_not_change_the_numbers(
    rig: MakeRig, clock: FakeClock, kind: FaultKind
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    for family in ("design-time", "runtime", "message-logs", "oauth"):
        prod.faults.add(Fault(kind, family=family, times=2))

    report = run_census(aws)

    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        (FaultKind.DUPLICATE_IDS, "duplicate entry"),
        (FaultKind.REPEATED_NEXT, "already followed|duplicate entry"),
        (FaultKind.IGNORED_SKIP, "duplicate entry"),
        (FaultKind.WRONG_COUNT, "incomplete list"),
        (FaultKind.ROWS_WITHOUT_KEY, "an entry has no"),
        (FaultKind.FOREIGN_NEXT, "points outside the tenant's API"),
        (FaultKind.ERROR_IN_200, "an error instead of a result"),
        (FaultKind.EMPTY_200, "empty response"),
        (FaultKind.LOGIN_PAGE, "HTML page instead of data"),
        (FaultKind.TRUNCATED_JSON, "invalid or incomplete response"),
    ],
)
@pytest.mark.parametrize("family", ["runtime", "message-logs"])
def test_inconsistent_response_is_named(
    rig: MakeRig, clock: FakeClock, kind: FaultKind, errors: str, family: str
) -> None:
    prod = simulated(clock, page_size=3)
    aws = rig(prod=prod)
    path = "IntegrationRuntimeArtifacts" if family == "runtime" else r"MessageProcessingLogs\?"
    prod.faults.add(Fault(kind, path=path))

    error = run_failing_census(aws)

    assert any(expected in error for expected in errors.split("|"))
    assert error.startswith(("deployed artifacts: ", "messages: "))
    assert aws.report()["iflows"] == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.EMPTY_200, "empty"),
        (FaultKind.LOGIN_PAGE, "log-in or maintenance page"),
        (FaultKind.ERROR_IN_200, "invalid or incomplete response"),
        (FaultKind.SERVER_ERROR, "HTTP 500"),
        (FaultKind.NOT_ACCEPTABLE, "HTTP 406"),
        (FaultKind.NOT_FOUND, "HTTP 404"),
    ],
)
def test_unreadable_deployment_error_costs_only_the_text(
    rig: MakeRig, clock: FakeClock, kind: FaultKind, reason: str
) -> None:
    prod = simulated(clock, small(packages=8))
    aws = rig(prod=prod)
    prod.faults.add(Fault(kind, path="ErrorInformation"))

    report = run_census(aws)

    assert report["tenants"][0]["status"] == "complete"
    truth = covered_truth(prod, report)
    without_text = {**truth, "iflows": [{**row, "runtime_error": None} for row in truth["iflows"]]}
    assert differences(report["iflows"], without_text, usage=False) == []
    parts = {part["part"]: part["reason"] for part in report["tenants"][0]["unreadable"]}
    assert parts.keys() == {"error texts"}
    assert reason in parts["error texts"]
