"""The plan of a run: one execution at a time works on it, over the tenants planned first."""

import json
from dataclasses import replace

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.scan.period import Month
from iflow_census.store.run_plan import RunPlan, RunPlanFile
from tests.memory_store import MemoryStore

PLAN = RunPlan("census", None, ["dev", "prod"], [], "first")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def file(store: MemoryStore) -> RunPlanFile:
    return RunPlanFile(store, Month(2026, 10), "20261101T003000Z")


def never(_: str) -> bool:
    return False


def test_first_execution_claims_the_run(file: RunPlanFile) -> None:
    assert file.claim(PLAN, never) == PLAN
    assert file.read() == PLAN


def test_retry_of_the_same_execution_keeps_its_claim(file: RunPlanFile) -> None:
    file.claim(PLAN, never)

    assert file.claim(PLAN, never) == PLAN


def test_running_execution_keeps_the_run(file: RunPlanFile) -> None:
    file.claim(PLAN, never)

    claimed = file.claim(replace(PLAN, execution="second"), "first".__eq__)

    assert claimed.execution == file.read().execution == "first"


def test_ended_execution_hands_over_its_tenants(file: RunPlanFile) -> None:
    file.claim(PLAN, never)
    later = RunPlan("census", None, ["dev", "new", "prod"], [], "second")

    claimed = file.claim(later, "third".__eq__)

    assert claimed == file.read() == replace(PLAN, execution="second")


def test_race_for_the_run_has_one_winner(store: MemoryStore, file: RunPlanFile) -> None:
    other = RunPlanFile(store, Month(2026, 10), "20261101T003000Z")
    file.claim(PLAN, never)

    def is_running(execution: str) -> bool:
        # While the second execution is asking about the first, a third one takes the run over.
        if execution == "first":
            other.claim(replace(PLAN, execution="third"), never)
        return execution == "third"

    claimed = file.claim(replace(PLAN, execution="second"), is_running)

    assert claimed.execution == file.read().execution == "third"


@pytest.mark.parametrize("other", [replace(PLAN, action="checkpoint"), replace(PLAN, requested=[])])
def test_other_request_does_not_take_the_run_over(file: RunPlanFile, other: RunPlan) -> None:
    file.claim(PLAN, never)

    with pytest.raises(ConfigurationError, match="it is a census of all tenants; repeat"):
        file.claim(replace(other, execution="second"), never)

    assert file.read() == PLAN


def test_missing_plan_is_an_error(file: RunPlanFile) -> None:
    with pytest.raises(ConfigurationError, match="has no plan"):
        file.read()


def test_names_are_where_the_state_machine_reads_them(
    store: MemoryStore, file: RunPlanFile
) -> None:
    file.claim(PLAN, never)

    stored = store.read("work/period=2026-10/run=20261101T003000Z/plan.json")

    assert stored is not None
    assert file.key == "work/period=2026-10/run=20261101T003000Z/plan.json"
    assert json.loads(stored.body)["content"]["tenants"] == ["dev", "prod"]
