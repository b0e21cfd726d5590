"""Every fault and lie, as a client meets it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulators.cloud_integration import Fault, FaultKind, Faults
from tests.unit.simulators.conftest import Caller, MovedClock, Starter

PACKAGES = "IntegrationPackages"


def hits(start: Starter, kind: FaultKind, **how: Any) -> Caller:
    caller = start(page_size=5)
    caller.tenant.faults.add(Fault(kind, **how))
    return caller


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
def test_a_fault_replaces_the_answer(
    start: Starter, kind: FaultKind, status: int, beginning: str
) -> None:
    caller = hits(start, kind, times=1)

    broken, healed = caller.get(PACKAGES), caller.get(PACKAGES)

    assert broken.status_code == status
    assert broken.text.startswith(beginning)
    assert healed.json()["d"]["results"]
    assert caller.tenant.faults.hits() == {kind.value: 1}


def test_a_connection_can_be_cut_before_the_answer_and_within_it(start: Starter) -> None:
    caller = start()
    caller.tenant.faults.add(Fault(FaultKind.CUT_BEFORE_RESPONSE, nth=1))
    caller.tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, nth=2))

    with pytest.raises(requests.ConnectionError):
        caller.get(PACKAGES)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        caller.get(PACKAGES)

    assert caller.get(PACKAGES).status_code == 200
    assert [item.is_complete for item in caller.tenant.requests] == [True, False, False, True]
    assert len(caller.tenant.stats()["finished"]) == 2


def test_truncated_json_has_a_valid_length(start: Starter) -> None:
    caller = hits(start, FaultKind.TRUNCATED_JSON)

    answer = caller.get(PACKAGES)

    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_plain_count_is_never_truncated_to_another_number(start: Starter) -> None:
    caller = start()
    count = caller.get("MessageProcessingLogs/$count").text

    caller.tenant.faults.add(Fault(FaultKind.TRUNCATED_JSON))

    assert caller.get("MessageProcessingLogs/$count").text == count


@pytest.mark.parametrize(
    "end",
    [
        lambda caller, fault: caller.tenant.faults.remove(fault),
        lambda caller, _fault: caller.tenant.stop(),
    ],
)
def test_a_hang_lasts_until_it_is_released_or_the_tenant_stops(
    start: Starter, end: Callable[[Caller, Fault], None]
) -> None:
    caller = start()
    arrived = threading.Event()
    caller.tenant.faults.add(Fault(FaultKind.CRASH_HOOK, hook=lambda _target: arrived.set()))
    fault = caller.tenant.faults.add(Fault(FaultKind.HANG))
    failures: list[Exception] = []

    def ask() -> None:
        try:
            caller.get(PACKAGES)
        except requests.ConnectionError as failure:
            failures.append(failure)

    asking = threading.Thread(target=ask)
    asking.start()
    assert arrived.wait(10)
    assert asking.is_alive()
    end(caller, fault)
    asking.join(10)

    assert len(failures) == 1


def test_a_revoked_token_stays_invalid(start: Starter) -> None:
    caller = hits(start, FaultKind.UNAUTHORIZED, times=1, family="design-time")

    statuses = [caller.get(PACKAGES).status_code for _ in range(2)]
    caller.fetch_token()

    assert statuses == [401, 401]
    assert caller.get(PACKAGES).status_code == 200


@pytest.mark.parametrize(("form", "shown"), [(None, None), ("seconds", "7"), ("soon", "soon")])
def test_retry_after_has_the_form_asked_for(
    start: Starter, form: str | None, shown: str | None
) -> None:
    caller = hits(start, FaultKind.THROTTLED, retry_after=form, seconds=7)

    assert caller.get(PACKAGES).headers.get("Retry-After") == shown


def test_retry_after_can_be_a_date_of_the_tenants_clock(start: Starter, clock: MovedClock) -> None:
    caller = hits(start, FaultKind.THROTTLED, retry_after="date", seconds=60)

    shown = parsedate_to_datetime(caller.get(PACKAGES).headers["Retry-After"])

    assert (shown - clock.now).total_seconds() == 60


def test_lies_about_pages(start: Starter) -> None:
    caller = start(page_size=5)
    first = caller.get("IntegrationRuntimeArtifacts?$inlinecount=allpages").json()["d"]

    def told(kind: FaultKind, path: str) -> Any:
        fault = caller.tenant.faults.add(Fault(kind))
        try:
            return caller.get(path).json()["d"]
        finally:
            caller.tenant.faults.remove(fault)

    next_link = first["__next"]
    ids = [row["Id"] for row in first["results"]]
    repeated = told(FaultKind.REPEATED_NEXT, next_link)
    skipped = told(FaultKind.IGNORED_SKIP, next_link)
    doubled = told(FaultKind.DUPLICATE_IDS, next_link)
    keyless = told(FaultKind.ROWS_WITHOUT_KEY, next_link)
    foreign = told(FaultKind.FOREIGN_NEXT, next_link)
    miscounted = told(FaultKind.WRONG_COUNT, next_link)

    assert repeated["__next"] == next_link
    assert [row["Id"] for row in skipped["results"]] == ids
    assert doubled["results"][0]["Id"] == ids[-1]
    assert keyless["results"][0]["Id"] is None
    assert foreign["__next"].startswith("https://elsewhere.invalid/api/v1/IntegrationRuntime")
    assert int(miscounted["__count"]) == int(first["__count"]) + 1


def test_a_lie_hits_lists_alone(start: Starter) -> None:
    caller = hits(start, FaultKind.ROWS_WITHOUT_KEY)

    caller.get("IntegrationPackages('Package0000')")
    caller.get("MessageProcessingLogs/$count")

    assert caller.tenant.faults.hits() == {}


def test_a_wide_window_times_out_and_a_narrow_one_does_not(start: Starter) -> None:
    caller = hits(start, FaultKind.WIDE_WINDOW_TIMES_OUT, hours=48)
    month = (
        "LogStart ge datetime'2026-10-02T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
    )
    days = "LogStart ge datetime'2026-10-02T00:00:00' and LogStart lt datetime'2026-10-04T00:00:00'"

    def status(query: str) -> int:
        return caller.get(f"MessageProcessingLogs/$count{query}").status_code

    assert status(f"?$filter={month}") == 504
    assert status(f"?$filter=Status eq 'FAILED' and {month}") == 504
    assert status("") == 504
    assert status(f"?$filter={days}") == 200
    assert caller.get(PACKAGES).status_code == 200


def test_a_crash_hook_is_called_with_the_target_and_cuts_the_connection_if_it_raises(
    start: Starter,
) -> None:
    seen: list[str] = []

    def crash(target: str) -> None:
        seen.append(target)
        raise RuntimeError

    caller = hits(start, FaultKind.CRASH_HOOK, hook=crash, nth=2)
    caller.get(PACKAGES)
    with pytest.raises(requests.ConnectionError):
        caller.get("IntegrationPackages?$top=2")

    assert seen == ["/api/v1/IntegrationPackages?$top=2"]
    assert caller.get(PACKAGES).status_code == 200


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


def test_chance_is_ruled_by_the_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults([Fault(FaultKind.SERVER_ERROR, probability=0.3)], seed=seed)
        return [
            bool(faults.match("", "/", is_list=True, window_hours=lambda: None)) for _ in range(200)
        ]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 30 < sum(pattern(1)) < 90
