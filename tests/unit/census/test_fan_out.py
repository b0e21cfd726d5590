"""The steps of a fan-out: they share the work state and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iflow_census.census.fan_out import (
    NOT_SENT,
    claim_run,
    finish_checkpoint,
    finish_run,
    publish_scans,
    scan_only_tenant,
    send_tenant,
)
from iflow_census.census.plan import LeanixPlan
from iflow_census.census.request import Action, CensusRequest, Step
from iflow_census.census.run import NO_RESULT
from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusIncomplete, ConfigurationError, TransientError
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.period import Month
from iflow_census.store.report_writer import read_manifest
from iflow_census.store.run_plan import RunPlan
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run
from tests.unit.leanix.fake_workspace import FakeWorkspace

OCTOBER = Month(2026, 10)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize(
    ("tenants", "requested"), [(None, None), (["prod", "dev", "prod"], ["dev", "prod"])]
)
def test_plan_step_keeps_the_plan_of_a_running_execution(
    clock: FakeClock,
    store: MemoryStore,
    tenants: Sequence[str] | None,
    requested: Sequence[str] | None,
) -> None:
    both = {"prod": FakeTenant(clock), "dev": FakeTenant(clock)}
    run = make_run(clock, store, both, month=OCTOBER, other_tenants=["old"])
    request = CensusRequest(
        Action.CENSUS, OCTOBER, run.plan.run_id, tenants, step=Step.PLAN, execution="first"
    )
    started_at = clock.now()

    first = claim_run(run, request, lambda _: True)
    clock.advance(60)
    second = claim_run(run, replace(request, execution="second"), lambda _: True)

    assert first == second
    assert first == RunPlan("census", requested, ["dev", "prod"], ["old"], "first")
    assert run.work_state.run_started_at(clock.now()) == started_at


def test_scan_step_stores_a_result(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    outcome = scan_only_tenant(run, checkpoint=False)

    assert outcome.error is None
    assert len(outcome.result.iflows) == 3
    assert run.work_state.read_result("prod") == outcome.result


def test_checkpoint_step_counts_and_does_not_scan(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    outcome = scan_only_tenant(run, checkpoint=True)

    assert outcome.error is None
    assert outcome.result.iflows == []
    assert run.work_state.read_result("prod") is None
    assert run.ledger("prod").read().counts.windows


def test_failed_scan_stores_its_reason(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    tenant.error = TransientError("down")
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER)

    outcome = scan_only_tenant(run, checkpoint=False)

    failure = run.work_state.read_failure("prod")
    assert outcome.error is not None
    assert failure is not None
    assert failure.error == str(outcome.error)


def test_publish_step_reports_scans_without_a_result(clock: FakeClock, store: MemoryStore) -> None:
    prod = FakeTenant(clock)
    scan_only_tenant(
        make_run(clock, store, {"prod": prod}, month=OCTOBER, run_id="r1"), checkpoint=False
    )
    tenants = {"dev": FakeTenant(clock), "prod": prod}

    result = publish_scans(make_run(clock, store, tenants, month=OCTOBER, run_id="r1"))

    assert result.status == "partial"
    assert [(tenant["name"], tenant["error"]) for tenant in result.tenants] == [
        ("dev", NO_RESULT),
        ("prod", None),
    ]
    assert tenants["dev"].requests == {}


def test_publish_step_reports_why_a_scan_failed(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    tenant.error = TransientError("down")
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER)
    scan_only_tenant(run, checkpoint=False)

    (summary,) = publish_scans(run).tenants

    assert (summary["status"], summary["error"]) == ("failed", "packages: down")


def test_publish_step_does_not_publish_twice(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER, run_id="r1")
    scan_only_tenant(run, checkpoint=False)
    first = publish_scans(run)

    second = publish_scans(run)

    assert first.report is not None
    assert second.report is None
    assert second.tenants == first.tenants


def test_checkpoint_ends_partial_without_a_ledger(clock: FakeClock, store: MemoryStore) -> None:
    tenants = {"dev": FakeTenant(clock), "prod": FakeTenant(clock)}
    only_prod = {"prod": tenants["prod"]}
    scan_only_tenant(make_run(clock, store, only_prod, month=OCTOBER, run_id="r1"), checkpoint=True)

    result = finish_checkpoint(make_run(clock, store, tenants, month=OCTOBER, run_id="r1"))

    assert result.status == "partial"
    assert [tenant["status"] for tenant in result.tenants] == ["failed", "complete"]


def test_finish_step_needs_a_published_report(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    with pytest.raises(ConfigurationError, match="run step publish first"):
        finish_run(run, test=False)


def publish(run: RunContext) -> None:
    scan_only_tenant(run, checkpoint=False)
    publish_scans(run)


def leanix_plan(workspace: FakeWorkspace, *, test: bool = False) -> LeanixPlan:
    return LeanixPlan(workspace.open, LeanixSettings(), test, wait_seconds=5)


@pytest.mark.parametrize("test", [False, True])
def test_leanix_step_returns_the_entry_that_the_manifest_gets(
    clock: FakeClock, store: MemoryStore, test: bool
) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)
    publish(run)

    entry = send_tenant(run, leanix_plan(FakeWorkspace(), test=test))

    assert entry is not None
    assert (entry["run_id"], entry["test"], entry["problem"]) == ("run-1", test, None)
    assert finish_run(run, test=test).leanix == [entry]


def test_leanix_step_is_repeated_while_a_run_is_active(
    clock: FakeClock, store: MemoryStore
) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)
    publish(run)
    workspace = FakeWorkspace()
    workspace.status = "ACTIVE"

    with pytest.raises(CensusIncomplete, match="LeanIX has not finished prod"):
        send_tenant(run, leanix_plan(workspace))
    (pending,) = finish_run(run, test=False).leanix
    workspace.status = "FINISHED"
    entry = send_tenant(run, leanix_plan(workspace))

    assert pending["problem"] == "LeanIX run run-1 is still ACTIVE"
    assert finish_run(run, test=False).leanix == [entry]


def test_leanix_step_sends_nothing_for_an_older_run(clock: FakeClock, store: MemoryStore) -> None:
    older, newer = (
        make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER, run_id=run_id)
        for run_id in ("r1", "r2")
    )
    publish(older)
    publish(newer)
    workspace = FakeWorkspace()

    assert send_tenant(older, leanix_plan(workspace)) is None
    assert finish_run(older, test=False).leanix == ()
    assert workspace.created == []


def test_leanix_step_sends_no_tenant_that_failed(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    tenant.error = TransientError("down")
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER)
    publish(run)

    assert send_tenant(run, leanix_plan(FakeWorkspace())) is None
    assert finish_run(run, test=False).leanix == []


def test_finish_step_reports_tenants_whose_step_had_no_result(
    clock: FakeClock, store: MemoryStore
) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)
    publish(run)

    result = finish_run(run, test=False)

    manifest = read_manifest(store, "reports/period=2026-10/")
    assert manifest is not None
    stored = store.read(manifest.key)
    assert stored is not None
    assert [entry["problem"] for entry in result.leanix] == [NOT_SENT]
    assert json.loads(stored.body)["leanix"] == result.leanix


def test_leanix_step_needs_a_published_report(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    with pytest.raises(ConfigurationError, match="run step publish first"):
        send_tenant(run, leanix_plan(FakeWorkspace()))
