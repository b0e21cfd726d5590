"""LeanIX after a run: each inventory is sent once, and read when its turn comes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

from iflow_census.census.leanix import DeliveryReport, send_inventories
from iflow_census.census.plan import LeanixPlan
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext
from iflow_census.clock import Deadline
from iflow_census.errors import AccessError, TransientError
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.scan.period import Month
from iflow_census.store.protocol import StoredFile
from iflow_census.store.work_state import run_folder
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run
from tests.unit.leanix.fake_workspace import FakeWorkspace

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))


@pytest.fixture
def run(clock: FakeClock) -> RunContext:
    """A run whose only tenant is scanned."""
    run = make_run(clock, MemoryStore(), {"prod": FakeTenant(clock)}, month=Month(2026, 10))
    run_census(run)
    return run


def leanix_plan(
    workspace: FakeWorkspace,
    settings: LeanixSettings | None = None,
    *,
    test: bool = False,
    wait_seconds: float | None = None,
) -> LeanixPlan:
    return LeanixPlan(workspace.open, settings or LeanixSettings(), test, wait_seconds)


def entry(run_id: str, *, test: bool = False) -> Mapping[str, Any]:
    """The entry of a run without problems."""
    counts = {"deleted": 0, "errors": 0, "warnings": 0}
    ended = {"run_id": run_id, "status": "FINISHED", "test": test, "problem": None}
    return {"tenant": "prod", **ended, **counts}


def test_rows_are_read_when_leanix_takes_them(clock: FakeClock) -> None:
    def open_workspace(_: Deadline) -> NoReturn:
        raise TransientError("LeanIX is down")

    leanix = LeanixPlan(open_workspace, LeanixSettings(), test=False)

    class Store(MemoryStore):
        def read(self, key: str) -> StoredFile | None:
            reads.append(key)
            return super().read(key)

    reads, names = list[str](), ["dev", "prod"]
    run = make_run(clock, Store(), dict.fromkeys(names, FakeTenant(clock)), month=Month(2026, 10))
    run_census(run)
    reads.clear()

    report = send_inventories(run, leanix, names)

    assert [entry["problem"] for entry in report.entries] == ["LeanIX is down"] * 2
    assert report.unfinished == names
    assert not [key for key in reads if "/finished/" in key]


@pytest.mark.parametrize(
    ("settings", "test"), [(LeanixSettings(), False), (LeanixSettings(), True), (FULL, True)]
)
def test_entry_has_only_the_run_if_no_dry_run_precedes_it(
    run: RunContext, settings: LeanixSettings, test: bool
) -> None:
    plan = leanix_plan(FakeWorkspace(), settings, test=test)

    assert send_inventories(run, plan, ["prod"]) == DeliveryReport([entry("run-1", test=test)], [])


def test_entry_of_a_full_run_says_where_its_dry_run_is_kept(run: RunContext) -> None:
    (sent,) = send_inventories(run, leanix_plan(FakeWorkspace(), FULL), ["prod"]).entries

    folder = f"{run_folder(run.plan.period, run.plan.run_id)}leanix/prod/dry-run/"
    dry_run = {**entry("run-1", test=True), "evidence": folder}
    assert sent == {**entry("run-2"), "dry_run": dry_run}
    assert run.services.state.read(f"{folder}stats.json") is not None


def test_inventory_that_was_sent_is_not_sent_again(run: RunContext) -> None:
    workspace = FakeWorkspace()

    first, second = (send_inventories(run, leanix_plan(workspace), ["prod"]) for _ in range(2))

    assert second == first
    assert workspace.created == ["real"]


def test_run_that_failed_is_repeated_by_the_next_delivery(run: RunContext) -> None:
    workspace = FakeWorkspace()
    workspace.status = "FAILED"
    (failed,) = send_inventories(run, leanix_plan(workspace), ["prod"]).entries
    workspace.status = "FINISHED"

    (sent,) = send_inventories(run, leanix_plan(workspace), ["prod"]).entries

    assert failed["problem"].startswith("LeanIX run run-1 ended with status FAILED")
    assert sent == entry("run-2")


def test_delivery_that_fails_holds_up_no_other(run: RunContext) -> None:
    workspace = FakeWorkspace()
    workspace.error = AccessError("the role is missing")
    failed = send_inventories(run, leanix_plan(workspace), ["prod"])
    workspace.error = None

    sent = send_inventories(replace(run, owner="other"), leanix_plan(workspace), ["prod"])

    assert [entry["problem"] for entry in failed.entries] == ["the role is missing"]
    assert failed.unfinished == []
    assert sent == DeliveryReport([entry("run-1")], [])


def test_workspace_is_not_opened_without_a_tenant(run: RunContext) -> None:
    def open_workspace(_: Deadline) -> NoReturn:
        raise AssertionError("nothing is sent")

    plan = LeanixPlan(open_workspace, LeanixSettings(), test=False)

    assert send_inventories(run, plan, []) == DeliveryReport()


def test_run_that_takes_longer_than_the_step_waits_is_resumed(
    run: RunContext, clock: FakeClock
) -> None:
    workspace = FakeWorkspace()
    workspace.status = "ACTIVE"
    clock.advance(60)

    late = send_inventories(run, leanix_plan(workspace, wait_seconds=5), ["prod"])
    workspace.status = "FINISHED"
    sent = send_inventories(run, leanix_plan(workspace, wait_seconds=0), ["prod"])

    assert [entry["problem"] for entry in late.entries] == ["LeanIX run run-1 is still ACTIVE"]
    assert late.unfinished == ["prod"]
    assert sent == DeliveryReport([entry("run-1")], [])


def test_delivery_that_waits_for_a_dry_run_holds_up_no_other(run: RunContext) -> None:
    workspace = FakeWorkspace()
    workspace.lists_runs = False
    plan = leanix_plan(workspace, FULL)
    reports: list[DeliveryReport] = []

    def deliver_again() -> None:
        reports.append(send_inventories(replace(run, owner="other"), plan, ["prod"]))

    workspace.on_look = deliver_again
    reports.append(send_inventories(run, plan, ["prod"]))

    assert [report.entries[0]["run_id"] for report in reports] == ["run-2", "run-2"]
    assert workspace.created == ["test", "real"]
