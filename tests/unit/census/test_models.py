"""The models of a run: kept between runs, by checkpoints too, and never a tenant's failure."""

import gzip
import json
from dataclasses import replace

import pytest

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.run_context import RunContext
from iflow_census.census.tenant_census import scan_or_resume
from iflow_census.scan.anatomy.model import IflowModel, ModelResult
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantStatus
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run

KEY = "models/prod.jsonl.gz"
NOVEMBER = Month(2026, 11)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def prod(clock: FakeClock) -> FakeTenant:
    tenant = FakeTenant(clock)
    tenant.model = ModelResult(IflowModel())
    return tenant


def start(clock: FakeClock, store: MemoryStore, prod: FakeTenant, month: Month) -> RunContext:
    run = make_run(clock, store, {"prod": prod}, month=month)
    return replace(run, plan=replace(run.plan, models=True))


def test_checkpoint_reads_models_that_the_census_uses(clock: FakeClock, prod: FakeTenant) -> None:
    store = MemoryStore()
    clock.advance(15 * 24 * 3600)
    run_checkpoint(start(clock, store, prod, NOVEMBER))
    read = prod.requests["models"]

    clock.advance(15 * 24 * 3600)
    result = scan_or_resume(start(clock, store, prod, NOVEMBER), "prod").result

    assert read == len(result.iflows)
    assert prod.requests["models"] == read
    assert {row.model for row in result.iflows} == {True}


def test_file_of_a_newer_version_is_kept_and_named(clock: FakeClock, prod: FakeTenant) -> None:
    store = MemoryStore()
    header = {"schema": "iflow-census/models/v2", "version": "9.0.0"}
    body = gzip.compress(json.dumps(header).encode())
    store.write(KEY, body)

    result = scan_or_resume(start(clock, store, prod, NOVEMBER.previous()), "prod").result

    assert result.status is TenantStatus.COMPLETE
    (unreadable,) = [part.reason for part in result.unreadable if part.part == "models"]
    assert "deploy version 9.0.0 or later" in unreadable
    assert {row.model for row in result.iflows} == {False}
    file = store.read(KEY)
    assert file is not None
    assert file.body == body


def test_models_are_not_requested_unless_they_are_on(clock: FakeClock, prod: FakeTenant) -> None:
    store = MemoryStore()

    scan_or_resume(make_run(clock, store, {"prod": prod}, month=NOVEMBER.previous()), "prod")

    assert "models" not in prod.requests
    assert store.read(KEY) is None
