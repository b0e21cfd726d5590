"""All faults from the perspective of a client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulators.cloud_integration import Fault, FaultKind, Faults
from tests.unit.simulators.conftest import ManualClock, StartTenant, TenantClient

PACKAGES = "IntegrationPackages"


def start_with_fault(start: StartTenant, kind: FaultKind, **selection: Any) -> TenantClient:
    client = start(page_size=5)
    client.tenant.faults.add(Fault(kind, **selection))
    return client


@pytest.mark.parametrize(
    ("kind", "status", "beginning"),
    [
        (FaultKind.SERVER_ERROR, 500, '{"error"'),
        (FaultKind.BAD_GATEWAY, 502, "<!DOCTYPE html>"),
        (FaultKind.UNAVAILABLE, 503, "<!DOCTYPE html>"),
        (FaultKind.GATEWAY_TIMEOUT, 504, "<!DOCTYPE html>"),
        (FaultKind.THROTTLED, 429, '{"error"'),
        (FaultKind.FORBIDDEN, 403, ""),
        (FaultKind.LOGIN_PAGE, 200, "<!DOCTYPE html>"),
        (FaultKind.ERROR_IN_200, 200, '{"error"'),
        (FaultKind.EMPTY_200, 200, ""),
    ],
)
def test_fault_replaces_the_response(
    start: StartTenant, kind: FaultKind, status: int, beginning: str
) -> None:
    client = start_with_fault(start, kind, times=1)

    failed, successful = client.get(PACKAGES), client.get(PACKAGES)

    assert failed.status_code == status
    assert failed.text.startswith(beginning)
    assert successful.json()["d"]["results"]
    assert client.tenant.faults.hits() == {kind.value: 1}


def test_connection_is_closed_before_or_within_the_response(start: StartTenant) -> None:
    client = start()
    client.tenant.faults.add(Fault(FaultKind.CUT_BEFORE_RESPONSE, nth=1))
    client.tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, nth=2))

    with pytest.raises(requests.ConnectionError):
        client.get(PACKAGES)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get(PACKAGES)

    assert client.get(PACKAGES).status_code == 200
    assert [request.is_complete for request in client.tenant.requests] == [True, False, False, True]
    assert len(client.tenant.stats()["finished"]) == 2


def test_truncated_json_has_a_valid_length(start: StartTenant) -> None:
    client = start_with_fault(start, FaultKind.TRUNCATED_JSON)

    response = client.get(PACKAGES)

    assert int(response.headers["Content-Length"]) == len(response.content)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()


def test_plain_count_is_never_truncated(start: StartTenant) -> None:
    client = start()
    count = client.get("MessageProcessingLogs/$count").text

    client.tenant.faults.add(Fault(FaultKind.TRUNCATED_JSON))

    assert client.get("MessageProcessingLogs/$count").text == count


@pytest.mark.parametrize(
    "end",
    [
        lambda client, fault: client.tenant.faults.remove(fault),
        lambda client, _fault: client.tenant.stop(),
    ],
)
def test_hang_ends_with_its_release_or_the_server(
    start: StartTenant, end: Callable[[TenantClient, Fault], None]
) -> None:
    client = start()
    arrived = threading.Event()
    client.tenant.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _target: arrived.set()))
    fault = client.tenant.faults.add(Fault(FaultKind.HANG))
    failures: list[Exception] = []

    def send_request() -> None:
        try:
            client.get(PACKAGES)
        except requests.ConnectionError as failure:
            failures.append(failure)

    thread = threading.Thread(target=send_request)
    thread.start()
    assert arrived.wait(10)
    assert thread.is_alive()
    end(client, fault)
    thread.join(10)

    assert len(failures) == 1


def test_revoked_token_stays_invalid(start: StartTenant) -> None:
    client = start_with_fault(start, FaultKind.UNAUTHORIZED, times=1, family="design-time")

    statuses = [client.get(PACKAGES).status_code for _ in range(2)]
    client.fetch_token()

    assert statuses == [401, 401]
    assert client.get(PACKAGES).status_code == 200


@pytest.mark.parametrize(("form", "expected"), [(None, None), ("seconds", "7"), ("soon", "soon")])
def test_retry_after_has_the_requested_form(
    start: StartTenant, form: str | None, expected: str | None
) -> None:
    client = start_with_fault(start, FaultKind.THROTTLED, retry_after=form, seconds=7)

    assert client.get(PACKAGES).headers.get("Retry-After") == expected


def test_retry_after_can_be_a_date(start: StartTenant, clock: ManualClock) -> None:
    client = start_with_fault(start, FaultKind.THROTTLED, retry_after="date", seconds=60)

    date = parsedate_to_datetime(client.get(PACKAGES).headers["Retry-After"])

    assert (date - clock.now).total_seconds() == 60


def test_page_faults_make_pages_inconsistent(start: StartTenant) -> None:
    client = start(page_size=5)
    first = client.get("IntegrationRuntimeArtifacts?$inlinecount=allpages").json()["d"]

    def get_with_fault(kind: FaultKind, path: str) -> Any:
        fault = client.tenant.faults.add(Fault(kind))
        try:
            return client.get(path).json()["d"]
        finally:
            client.tenant.faults.remove(fault)

    next_link = first["__next"]
    ids = [row["Id"] for row in first["results"]]
    repeated = get_with_fault(FaultKind.REPEATED_NEXT, next_link)
    skipped = get_with_fault(FaultKind.IGNORED_SKIP, next_link)
    doubled = get_with_fault(FaultKind.DUPLICATE_IDS, next_link)
    keyless = get_with_fault(FaultKind.ROWS_WITHOUT_KEY, next_link)
    foreign = get_with_fault(FaultKind.FOREIGN_NEXT, next_link)
    miscounted = get_with_fault(FaultKind.WRONG_COUNT, next_link)

    assert repeated["__next"] == next_link
    assert [row["Id"] for row in skipped["results"]] == ids
    assert doubled["results"][0]["Id"] == ids[-1]
    assert keyless["results"][0]["Id"] is None
    assert foreign["__next"].startswith("https://elsewhere.invalid/api/v1/IntegrationRuntime")
    assert int(miscounted["__count"]) == int(first["__count"]) + 1


def test_page_faults_only_affect_lists(start: StartTenant) -> None:
    client = start_with_fault(start, FaultKind.ROWS_WITHOUT_KEY)

    client.get("IntegrationPackages('Package0000')")
    client.get("MessageProcessingLogs/$count")

    assert client.tenant.faults.hits() == {}


def test_only_wide_windows_time_out(start: StartTenant) -> None:
    client = start_with_fault(start, FaultKind.WIDE_WINDOW_TIMES_OUT, hours=48)
    month = (
        "LogStart ge datetime'2026-10-02T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
    )
    days = "LogStart ge datetime'2026-10-02T00:00:00' and LogStart lt datetime'2026-10-04T00:00:00'"

    def status(query: str) -> int:
        return client.get(f"MessageProcessingLogs/$count{query}").status_code

    assert status(f"?$filter={month}") == 504
    assert status(f"?$filter=Status eq 'FAILED' and {month}") == 504
    assert status("") == 504
    assert status(f"?$filter={days}") == 200
    assert client.get(PACKAGES).status_code == 200


def test_crash_hook_closes_the_connection_if_it_raises(
    start: StartTenant,
) -> None:
    targets: list[str] = []

    def crash(target: str) -> None:
        targets.append(target)
        raise RuntimeError

    client = start_with_fault(start, FaultKind.CRASH_HOOK, hook=crash, nth=2)
    client.get(PACKAGES)
    with pytest.raises(requests.ConnectionError):
        client.get("IntegrationPackages?$top=2")

    assert targets == ["/api/v1/IntegrationPackages?$top=2"]
    assert client.get(PACKAGES).status_code == 200


def test_faults_match_by_family_path_number_and_times() -> None:
    faults = Faults(
        [
            Fault(FaultKind.SERVER_ERROR, family="runtime", nth=2),
            Fault(FaultKind.UNAVAILABLE, path=r"skiptoken=\d+", times=1),
        ]
    )

    def hit(family: str, target: str) -> list[str]:
        return [
            fault.kind.value
            for fault in faults.match(family, target, is_list=True, window_hours=lambda: None)
        ]

    assert hit("runtime", "/a") == []
    assert hit("design-time", "/a") == []
    assert hit("runtime", "/a") == ["server-error"]
    assert hit("runtime", "/a?$skiptoken=5") == ["unavailable"]
    assert hit("runtime", "/a?$skiptoken=5") == []


def test_seed_determines_random_faults() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults([Fault(FaultKind.SERVER_ERROR, probability=0.3)], seed=seed)
        return [
            bool(faults.match("", "/", is_list=True, window_hours=lambda: None)) for _ in range(200)
        ]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 30 < sum(pattern(1)) < 90
