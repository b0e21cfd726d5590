"""A tenant is scanned right, or the scan says by name why it cannot be."""

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


def scanned(aws: Rig) -> dict[str, Any]:
    aws.invoke(SCHEDULE)
    report = aws.report()
    assert isinstance(report, dict)
    return report


def error_of(aws: Rig) -> str:
    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)
    return str(json.loads(str(caught.value))["tenants"][0]["error"])


def paths(prod: SimulatedTenant, part: str) -> list[str]:
    return [one.target for one in prod.requests if part in one.target]


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_each_kind_of_service_key_opens_its_tenant(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    prod = simulated(clock, auth=auth)
    aws = rig(prod=prod)
    if prod.ca_file:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(prod.ca_file))

    report = scanned(aws)

    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def test_both_ways_of_counting_give_the_same_numbers(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    found = {}

    for way, counts_per_page in (("read all", 1), ("count each", 10_000)):
        monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
        aws.forget_everything()
        prod.reset()
        report = scanned(aws)
        found[way] = report["iflows"], report["tenants"][0]["totals"]
        counted = [one for one in paths(prod, "$count") if "IntegrationArtifact" in one]
        assert bool(counted) is (way == "count each")

    assert found["read all"] == found["count each"]


@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
@pytest.mark.parametrize("kind", [FaultKind.WIDE_WINDOW_TIMES_OUT, FaultKind.WIDE_WINDOW_HANGS])
def test_windows_that_are_too_wide_for_the_tenant_are_split_and_added_up(
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

    report = scanned(aws)

    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def test_a_token_that_ends_during_the_scan_is_renewed(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, token_lifetime=120)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _: clock.advance(5)))

    report = scanned(aws)

    tokens = paths(prod, "/oauth/token")
    assert len(tokens) > 1
    assert all(one.status != 401 for one in prod.requests)
    assert report["run"]["status"] == "complete"


def test_a_token_that_is_revoked_is_replaced_once(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.UNAUTHORIZED, family="design-time", times=1))

    report = scanned(aws)

    assert report["run"]["status"] == "complete"
    assert len(paths(prod, "/oauth/token")) == 2


@pytest.mark.parametrize("retry_after", [None, "seconds", "date"])
def test_a_429_is_obeyed_and_counted(
    rig: MakeRig, clock: FakeClock, retry_after: str | None
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    prod.faults.add(
        Fault(
            FaultKind.THROTTLED, family="design-time", times=3, retry_after=retry_after, seconds=2
        )
    )

    report = scanned(aws)

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
        FaultKind.CUT_BEFORE_ANSWER,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.EMPTY_200,
        FaultKind.LOGIN_PAGE,
    ],
)
def test_a_fault_that_passes_leaves_no_trace_in_the_numbers(
    rig: MakeRig, clock: FakeClock, kind: FaultKind
) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    for family in ("design-time", "runtime", "message-logs", "oauth"):
        prod.faults.add(Fault(kind, family=family, times=2))

    report = scanned(aws)

    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


@pytest.mark.parametrize(
    ("kind", "said"),
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
def test_an_answer_that_cannot_be_trusted_is_named(
    rig: MakeRig, clock: FakeClock, kind: FaultKind, said: str, family: str
) -> None:
    prod = simulated(clock, page_size=3)
    aws = rig(prod=prod)
    path = "IntegrationRuntimeArtifacts" if family == "runtime" else r"MessageProcessingLogs\?"
    prod.faults.add(Fault(kind, path=path))

    error = error_of(aws)

    assert any(one in error for one in said.split("|"))
    assert error.startswith(("deployed artifacts: ", "messages: "))
    assert aws.report()["iflows"] == []


@pytest.mark.parametrize(
    "kind", [FaultKind.EMPTY_200, FaultKind.LOGIN_PAGE, FaultKind.ERROR_IN_200]
)
def test_an_error_text_is_sap_s_own_or_the_tenant_fails(
    rig: MakeRig, clock: FakeClock, kind: FaultKind
) -> None:
    prod = simulated(clock, small(packages=8))
    aws = rig(prod=prod)
    fault = prod.faults.add(Fault(kind, path="ErrorInformation"))

    error = error_of(aws)
    prod.faults.remove(fault)
    report = scanned(aws)

    assert error.startswith("deployment errors: ")
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    assert any(row["runtime_error"] for row in report["iflows"])
