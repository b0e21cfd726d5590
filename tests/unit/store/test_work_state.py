"""The work state of a run: what is finished is finished once, by whoever came first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.errors import DataError
from iflow_census.journal import Journal
from iflow_census.report.tables import report_json
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.period import Month
from iflow_census.scan.results import ApiUsage, TenantResult
from iflow_census.store.protocol import Store
from iflow_census.store.work_state import WorkState
from tests.clock import NOVEMBER
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    HEALTH,
    ORPHAN,
    SCANNED,
    UNHEALTHY,
    report,
    tenant,
)
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
RUN = "20261101T003000Z"
FINISHED_FOLDER = f"work/period=2026-10/run={RUN}/finished/dev.json"
LAST_GOOD = "work/period=2026-10/last-good/dev.json"
CENSUS = tenant("dev", [DESIGNED, BARE, ORPHAN])
HOUR = timedelta(hours=1)


def state(store: Store, run_id: str = RUN, month: Month = OCTOBER) -> WorkState:
    return WorkState(store, month, run_id)


def test_a_run_begins_when_its_first_try_began(store: Store) -> None:
    first = state(store).run_started_at(NOVEMBER)
    second = state(store).run_started_at(NOVEMBER + HOUR)

    assert first == second == NOVEMBER


@pytest.mark.parametrize("health", [HEALTH, UNHEALTHY, None])
def test_a_tenant_s_health_comes_back_as_it_was_found(
    store: Store, health: TenantHealth | None
) -> None:
    found = replace(CENSUS, health=health)

    state(store).save_result(found)
    kept = state(store).read_result("dev")

    assert kept is not None
    assert report_json(report(kept)) == report_json(report(found))
    assert kept.health == health


def test_runs_begin_each_at_its_own_time(store: Store) -> None:
    state(store).run_started_at(NOVEMBER)

    assert state(store, "20261101T013000Z").run_started_at(NOVEMBER + HOUR) == NOVEMBER + HOUR
    assert state(store, month=Month(2026, 11)).run_started_at(NOVEMBER + HOUR) == NOVEMBER + HOUR


def test_the_beginning_is_kept_to_the_microsecond(store: Store) -> None:
    moment = NOVEMBER + timedelta(microseconds=123_457)

    state(store).run_started_at(moment)

    assert state(store).run_started_at(NOVEMBER + HOUR) == moment


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"{}", b'{"started_at": "soon"}', b"\xff"])
def test_a_beginning_that_cannot_be_read_says_what_to_delete(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(f"work/period=2026-10/run={RUN}/run.json", garbage)

    with pytest.raises(
        DataError, match=r"run\.json: not a work state of this version; delete the file"
    ):
        state(store).run_started_at(NOVEMBER)


def test_a_finished_tenant_comes_back_as_it_was(store: Store) -> None:
    kept = state(store).save_result(CENSUS)

    found = state(store).read_result("dev")

    assert kept == found == CENSUS


def test_what_was_not_finished_is_not_there(store: Store) -> None:
    state(store).save_result(CENSUS)

    assert state(store).read_result("prod") is None
    assert state(store, "20261101T013000Z").read_result("dev") is None
    assert state(store, month=Month(2026, 11)).read_result("dev") is None


def test_of_two_that_finish_a_tenant_the_first_one_counts(store: Store) -> None:
    second = replace(CENSUS, api=ApiUsage(requests=99))
    state(store).save_result(CENSUS)

    kept = state(store).save_result(second)

    assert kept == CENSUS
    assert state(store).read_result("dev") == CENSUS
    assert state(store).read_last_good("dev") == CENSUS


def test_of_two_that_finish_a_tenant_at_once_the_first_one_counts() -> None:
    store = RecordingStore()
    first = replace(CENSUS, api=ApiUsage(requests=99))
    other = RecordingStore(inner=store.inner)
    store.run_before_next_write(lambda: state(other).save_result(first))

    kept = state(store).save_result(CENSUS)

    assert kept == first


def test_a_later_run_finds_what_an_earlier_one_of_the_month_found(store: Store) -> None:
    state(store).save_result(CENSUS)

    assert state(store, "20261101T013000Z").read_last_good("dev") == CENSUS
    assert state(store, "20261101T013000Z").read_last_good("prod") is None
    assert state(store, month=Month(2026, 11)).read_last_good("dev") is None


@pytest.mark.parametrize(("first", "then", "newest"), [(0, 1, 1), (1, 0, 1), (0, 0, 0)])
def test_the_last_good_result_is_the_one_of_the_latest_scan(
    store: Store, first: int, then: int, newest: int
) -> None:
    def scanned(hours: int) -> TenantResult:
        return replace(CENSUS, scanned_at=SCANNED + hours * HOUR)

    state(store, "one").save_result(scanned(first))
    state(store, "two").save_result(scanned(then))

    found = state(store).read_last_good("dev")
    assert found is not None
    assert found.scanned_at == SCANNED + newest * HOUR


@pytest.mark.parametrize("garbage", [b"", b"{}", b"[]", b'{"name": "dev"}', b"\xff"])
def test_a_result_that_cannot_be_read_says_what_to_delete(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(FINISHED_FOLDER, garbage)
    store.put(LAST_GOOD, garbage)

    for read in (state(store).read_result, state(store).read_last_good):
        with pytest.raises(
            DataError, match=r"dev\.json: not a work state of this version; delete the file"
        ):
            read("dev")


def test_a_last_good_result_that_cannot_be_read_is_replaced() -> None:
    store = RecordingStore()
    store.put(LAST_GOOD, b"{}")

    state(store).save_result(CENSUS)

    assert state(store).read_last_good("dev") == CENSUS


def test_the_journal_of_a_try_is_there_for_the_next(store: Store) -> None:
    journal = Journal()
    journal.record("IntegrationPackages", b'{"d": []}')

    state(store).save_journal("dev", journal)

    assert state(store).read_journal("dev").get("IntegrationPackages") == b'{"d": []}'
    assert len(state(store).read_journal("prod")) == 0
    assert len(state(store, "20261101T013000Z").read_journal("dev")) == 0


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"schema": "other", "answers": {}}'])
def test_a_journal_that_cannot_be_read_is_left_out(garbage: bytes) -> None:
    store = RecordingStore()
    store.put(f"work/period=2026-10/run={RUN}/answers/dev.json", garbage)

    assert len(state(store).read_journal("dev")) == 0
