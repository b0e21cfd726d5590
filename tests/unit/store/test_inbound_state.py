"""The state of a LeanIX run: it is started by one process, and its result is kept."""

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

    state(store).save_outcome({"status": "FINISHED", "name": "Köln"}, {})

    assert state(store).read_outcome() == {"status": "FINISHED", "name": "Köln"}
    assert state(store, test=True).read_outcome() is None


def test_outcome_is_saved_after_everything_else() -> None:
    store = RecordingStore()

    state(store).save_outcome({}, {"stats.json": b"{}", "results.json": b"[1]"})

    names = ["stats.json", "results.json", "outcome.json"]
    assert store.written == [f"{FOLDER}/leanix/dev/{name}" for name in names]


def test_dry_run_before_full_mode_has_files_of_its_own() -> None:
    store = RecordingStore()

    state(store).dry_run.save_outcome({"run_id": "dry-1"}, {"stats.json": b"{}"})

    assert store.written == [
        f"{FOLDER}/leanix/dev/dry-run/{name}" for name in ("stats.json", "outcome.json")
    ]
    assert state(store).dry_run.read_outcome() == {"run_id": "dry-1"}
    assert state(store).read_outcome() is None


def test_good_outcome_takes_precedence_over_a_problem(store: Store) -> None:
    bad, good, problem = ({"problem": text} for text in ("FAILED", None, "still PENDING"))
    inbound = state(store)

    inbound.save_outcome(bad, {})
    inbound.save_problem(problem)
    after_failure = inbound.read_entry()
    inbound.save_outcome(good, {})

    assert after_failure == problem
    assert inbound.read_entry() == good


def test_run_file_has_the_documented_format() -> None:
    store = RecordingStore()
    state(store, test=True).save_run_id("leanix-1")

    content = store.json(f"{FOLDER}/leanix-test/dev/run.json")

    assert content["schema"] == "iflow-census/leanix-run/v1"
    assert content["content"] == "leanix-1"
