"""The work state of a run: the first result of a tenant counts."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.scan.health import TenantHealth
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Month
from iflow_census.scan.results import ApiUsage, TenantResult, TenantStatus
from iflow_census.scan.retention import rolling_window
from iflow_census.store import result_format
from iflow_census.store.protocol import Store
from iflow_census.store.work_state import WorkState
from tests.clock import NOVEMBER
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    HEALTH,
    ORPHAN,
    OTHER_ARTIFACTS,
    SCANNED,
    UNHEALTHY,
    report,
    tenant,
)
from tests.unit.report.rendering import render_json
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
RUN = "20261101T003000Z"
LAST_GOOD_KEY = "work/period=2026-10/last-good/dev.json"
RESULT = tenant("dev", [DESIGNED, BARE, ORPHAN])
HOUR = timedelta(hours=1)


def state(store: Store, run_id: str = RUN, month: Month = OCTOBER) -> WorkState:
    return WorkState(store, month, run_id)


def test_run_starts_with_its_first_attempt(store: Store) -> None:
    first = state(store).run_started_at(NOVEMBER)
    second = state(store).run_started_at(NOVEMBER + HOUR)

    assert first == second == NOVEMBER


@pytest.mark.parametrize("health", [HEALTH, UNHEALTHY, None])
def test_health_of_a_tenant_is_read_as_it_was_saved(
    store: Store, health: TenantHealth | None
) -> None:
    result = replace(RESULT, health=health)

    state(store).save_result(result)
    saved = state(store).read_result("dev")

    assert saved is not None
    assert render_json(report(saved)) == render_json(report(result))
    assert saved.health == health


def test_result_of_a_rolling_window_is_not_kept_for_later_runs() -> None:
    store = RecordingStore()
    rolling = WorkState(store, rolling_window(NOVEMBER), RUN)

    rolling.save_result(RESULT)

    assert rolling.read_result("dev") == RESULT
    assert not any("last-good" in key for key in store.written)


@pytest.mark.parametrize("other_artifacts", [OTHER_ARTIFACTS, [], None])
def test_other_artifacts_are_read_as_they_were_saved(
    store: Store, other_artifacts: list[ArtifactCount] | None
) -> None:
    state(store).save_result(replace(RESULT, other_artifacts=other_artifacts))

    for saved in (state(store).read_result("dev"), state(store).read_last_good("dev")):
        assert saved is not None
        assert saved.other_artifacts == other_artifacts


@pytest.mark.parametrize("count", [0, 10, 11, 25])
def test_rows_of_a_large_tenant_are_in_lines(
    store: Store, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_format, "ROWS_PER_LINE", 10)
    rows = [replace(DESIGNED, iflow_id=f"Flow{number}") for number in range(count)]
    result = tenant("dev", rows)

    state(store).save_result(result)

    file = store.read(LAST_GOOD_KEY)
    assert file is not None
    assert len(file.body.splitlines()) == max(1, -(-count // 10))
    assert state(store).read_result("dev") == result


@pytest.mark.parametrize("lost", [1, 2])
def test_result_without_its_last_lines_is_damaged(
    lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_format, "ROWS_PER_LINE", 10)
    store = RecordingStore()
    state(store).save_result(tenant("dev", [DESIGNED] * 25))
    file = store.read(LAST_GOOD_KEY)
    assert file is not None
    store.put(LAST_GOOD_KEY, b"\n".join(file.body.splitlines()[:-lost]))

    assert state(store).read_last_good("dev") is None


def test_result_of_an_earlier_version_has_unknown_other_artifacts() -> None:
    store = RecordingStore()
    state(store).save_result(RESULT)
    document = store.json(LAST_GOOD_KEY)
    del document["content"]["other_artifacts"]
    for row in document["content"]["iflows"]:
        del row["package_update_available"], row["package_modified_by"]
    store.put(LAST_GOOD_KEY, json.dumps(document).encode())

    saved = state(store).read_last_good("dev")

    assert saved is not None
    assert saved.other_artifacts is None
    assert saved.iflows[0].package_update_available is None


def test_every_run_has_its_own_start(store: Store) -> None:
    state(store).run_started_at(NOVEMBER)

    assert state(store, "20261101T013000Z").run_started_at(NOVEMBER + HOUR) == NOVEMBER + HOUR
    assert state(store, month=Month(2026, 11)).run_started_at(NOVEMBER + HOUR) == NOVEMBER + HOUR


def test_start_is_saved_to_the_microsecond(store: Store) -> None:
    moment = NOVEMBER + timedelta(microseconds=123_457)

    state(store).run_started_at(moment)

    assert state(store).run_started_at(NOVEMBER + HOUR) == moment


def test_result_is_read_as_it_was_saved(store: Store) -> None:
    saved = state(store).save_result(RESULT)

    assert saved == state(store).read_result("dev") == RESULT


def test_other_tenants_runs_and_months_have_no_result(store: Store) -> None:
    state(store).save_result(RESULT)

    assert state(store).read_result("prod") is None
    assert state(store, "20261101T013000Z").read_result("dev") is None
    assert state(store, month=Month(2026, 11)).read_result("dev") is None


def test_first_of_two_results_counts(store: Store) -> None:
    second = replace(RESULT, api=ApiUsage(requests=99))
    state(store).save_result(RESULT)

    saved = state(store).save_result(second)

    assert saved == RESULT
    assert state(store).read_result("dev") == RESULT
    assert state(store).read_last_good("dev") == RESULT


def test_first_of_two_simultaneous_results_counts() -> None:
    store = RecordingStore()
    first = replace(RESULT, api=ApiUsage(requests=99))
    other = RecordingStore(inner=store.inner)
    store.run_before_next_write(lambda: state(other).save_result(first))

    saved = state(store).save_result(RESULT)

    assert saved == first


def test_later_run_of_the_month_reads_the_last_good_result(store: Store) -> None:
    state(store).save_result(RESULT)

    assert state(store, "20261101T013000Z").read_last_good("dev") == RESULT
    assert state(store, "20261101T013000Z").read_last_good("prod") is None
    assert state(store, month=Month(2026, 11)).read_last_good("dev") is None


@pytest.mark.parametrize(("first", "second", "latest"), [(0, 1, 1), (1, 0, 1), (0, 0, 0)])
def test_last_good_result_is_that_of_the_latest_scan(
    store: Store, first: int, second: int, latest: int
) -> None:
    def scanned(hours: int) -> TenantResult:
        return replace(RESULT, scanned_at=SCANNED + hours * HOUR)

    state(store, "first").save_result(scanned(first))
    state(store, "second").save_result(scanned(second))

    last_good = state(store).read_last_good("dev")
    assert last_good is not None
    assert last_good.scanned_at == SCANNED + latest * HOUR


def test_last_good_result_is_written_once() -> None:
    store = RecordingStore()

    state(store).keep_last_good(RESULT)
    state(store).keep_last_good(RESULT)

    assert store.written == [LAST_GOOD_KEY]


def test_counting_start_of_an_earlier_attempt_is_reused(store: Store) -> None:
    assert state(store).find_counting_start("dev") is None
    state(store).counting_started_at("dev", NOVEMBER, HOUR)

    start = state(store).counting_started_at("dev", NOVEMBER + HOUR, HOUR)

    assert start == state(store).find_counting_start("dev") == NOVEMBER
    assert state(store).find_counting_start("prod") is None


def test_counting_start_that_is_too_old_is_replaced(store: Store) -> None:
    late = NOVEMBER + HOUR + timedelta(seconds=1)
    state(store).counting_started_at("dev", NOVEMBER, HOUR)

    start = state(store).counting_started_at("dev", late, HOUR)

    assert start == state(store).find_counting_start("dev") == late


def test_failure_is_saved_apart_from_results(store: Store) -> None:
    failure = replace(RESULT, status=TenantStatus.FAILED, error="HTTP 503", iflows=[])

    state(store).save_failure(failure)

    assert state(store).read_failure("dev") == failure
    assert state(store).read_result("dev") is None
    assert state(store).read_last_good("dev") is None


def test_later_failure_replaces_an_earlier_one(store: Store) -> None:
    state(store).save_failure(replace(RESULT, error="HTTP 503"))
    state(store).save_failure(replace(RESULT, error="HTTP 500"))

    failure = state(store).read_failure("dev")

    assert failure is not None
    assert failure.error == "HTTP 500"


def test_unreadable_last_good_result_is_replaced() -> None:
    store = RecordingStore()
    store.put(LAST_GOOD_KEY, b"{}")

    state(store).save_result(RESULT)

    assert state(store).read_last_good("dev") == RESULT
