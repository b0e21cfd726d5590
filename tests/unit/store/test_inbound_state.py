"""The state of a LeanIX run: it is started by one process, and its result is kept."""

import pytest

from iflow_census.scan.period import Month
from iflow_census.store.inbound_state import InboundState
from iflow_census.store.protocol import Store
from tests.unit.store.recording_store import RecordingStore

FOLDER = "work/period=2026-10/run=20261101T003000Z"


def state(store: Store, tenant: str = "dev", *, test: bool = False) -> InboundState:
    return InboundState(store, Month(2026, 10), "20261101T003000Z", tenant, test=test)


def test_dry_run_and_other_tenants_have_their_own_runs(store: Store) -> None:
    state(store).save_run_id("leanix-1")
    others = [state(store, test=True), state(store, "prod")]

    assert state(store).read_run_id() == "leanix-1"
    assert [other.read_run_id() for other in others] == [None, None]
    assert len({state(store).lease_key, *(other.lease_key for other in others)}) == 3


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
    state(store, test=True).save_run_id("leanix-1")

    content = store.json(f"{FOLDER}/leanix-test/dev/run.json")

    assert content["schema"] == "iflow-census/leanix-run/v1"
    assert content["content"] == "leanix-1"
