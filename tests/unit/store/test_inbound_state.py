"""The state of a LeanIX run: it is started by one process, and its result is kept."""

from datetime import timedelta

import pytest

from iflow_census.scan.period import Month
from iflow_census.store.inbound_state import Claim, InboundState
from iflow_census.store.protocol import Store
from tests.clock import NOVEMBER
from tests.unit.store.recording_store import RecordingStore

SECOND = timedelta(seconds=1)
TTL = timedelta(seconds=30)
FOLDER = "work/period=2026-10/run=20261101T003000Z"


def state(store: Store, tenant: str = "dev", *, test: bool = False) -> InboundState:
    return InboundState(store, Month(2026, 10), "20261101T003000Z", tenant, test=test)


def test_only_the_first_claim_is_acquired(store: Store) -> None:
    first = state(store).claim(NOVEMBER)
    second = state(store).claim(NOVEMBER + SECOND)

    assert first == Claim(acquired=True, claimed_at=NOVEMBER, leanix_run_id=None)
    assert second == Claim(acquired=False, claimed_at=NOVEMBER, leanix_run_id=None)


def test_dry_run_and_other_tenants_have_their_own_claims(store: Store) -> None:
    state(store).claim(NOVEMBER)

    assert state(store, test=True).claim(NOVEMBER).acquired
    assert state(store, "prod").claim(NOVEMBER).acquired


@pytest.mark.parametrize(
    ("age", "is_held"), [(timedelta(0), True), (TTL - SECOND, True), (TTL, False)]
)
def test_claim_is_held_by_its_owner_until_it_expires(
    store: Store, age: timedelta, is_held: bool
) -> None:
    own = state(store).claim(NOVEMBER)
    other = state(store).claim(NOVEMBER + age)

    assert other.is_held_by_other(NOVEMBER + age, TTL) is is_held
    assert not own.is_held_by_other(NOVEMBER + age, TTL)


def test_started_run_is_held_by_nobody(store: Store) -> None:
    state(store).claim(NOVEMBER)
    state(store).save_run_id("leanix-1")

    claim = state(store).claim(NOVEMBER + SECOND)

    assert claim == Claim(acquired=False, claimed_at=NOVEMBER, leanix_run_id="leanix-1")
    assert not claim.is_held_by_other(NOVEMBER + SECOND, TTL)


def test_outcome_is_read_as_it_was_saved(store: Store) -> None:
    assert state(store).read_outcome() is None

    state(store).save_outcome({"status": "FINISHED", "name": "Köln"}, {}, [], None)

    assert state(store).read_outcome() == {"status": "FINISHED", "name": "Köln"}
    assert state(store, test=True).read_outcome() is None


@pytest.mark.parametrize(("results", "names"), [(None, []), (b"[1]", ["results.json"])])
def test_outcome_is_saved_after_everything_else(results: bytes | None, names: list[str]) -> None:
    store = RecordingStore()

    state(store).save_outcome({}, {"created": 1}, [{"text": "odd"}], results)

    names = ["stats.json", "warnings.json", *names, "outcome.json"]
    assert store.written == [f"{FOLDER}/leanix/dev/{name}" for name in names]
    assert store.json(f"{FOLDER}/leanix/dev/stats.json") == {"created": 1}
    assert store.json(f"{FOLDER}/leanix/dev/warnings.json") == [{"text": "odd"}]


def test_run_file_has_the_documented_format() -> None:
    store = RecordingStore()
    state(store, test=True).claim(NOVEMBER)
    state(store, test=True).save_run_id("leanix-1")

    content = store.json(f"{FOLDER}/leanix-test/dev/run.json")

    assert content["schema"] == "iflow-census/leanix-run/v1"
    assert content["content"] == {"since": "2026-11-01T00:30:00Z", "run_id": "leanix-1"}


def test_id_of_a_run_is_kept_although_its_claim_was_damaged(store: Store) -> None:
    store.write(f"{FOLDER}/leanix/dev/run.json", b"{")

    state(store).save_run_id("leanix-1")

    assert state(store).claim(NOVEMBER).leanix_run_id == "leanix-1"
