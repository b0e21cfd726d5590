"""The checkpoint: what it counts, and that it is no census."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.census.checkpoint import count_tenant, read_checkpoint, run_checkpoint
from iflow_census.errors import TransientError
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import TenantStatus
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, all_logs, make_run

OCTOBER = Month(2026, 10)
MID_MONTH = datetime(2026, 10, 16, 0, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MID_MONTH)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def test_checkpoint_adds_the_month_so_far_to_the_ledger(
    clock: FakeClock, store: MemoryStore
) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    result = run_checkpoint(run)

    (counts,) = run.ledger("prod").read().counts.windows
    assert counts.window.start == OCTOBER.start
    assert MID_MONTH - counts.window.end < timedelta(hours=1)
    messages = len(list(all_logs(counts.window)))
    assert sum(counts.total.values()) == messages
    (summary,) = result.tenants
    assert (result.status, result.manifest, summary["messages"]) == ("complete", None, messages)


def test_checkpoint_publishes_and_finishes_nothing(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    run_checkpoint(run)

    assert run.work_state.read_result("prod") is None
    assert run.work_state.read_last_good("prod") is None
    assert store.read("reports/period=2026-10/manifest.json") is None


def test_counted_windows_are_not_requested_again(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1")
    first = count_tenant(run, "prod")
    requests = dict(tenant.requests)

    second = count_tenant(run, "prod")

    assert tenant.requests == requests
    assert second.result.totals == first.result.totals
    assert second.result.coverage == first.result.coverage


def test_failed_tenant_makes_the_checkpoint_partial(clock: FakeClock, store: MemoryStore) -> None:
    down, up = FakeTenant(clock), FakeTenant(clock)
    down.error = TransientError("down")
    run = make_run(clock, store, {"dev": down, "prod": up}, month=OCTOBER)

    result = run_checkpoint(run)

    assert result.status == "partial"
    assert [tenant["status"] for tenant in result.tenants] == ["failed", "complete"]


def test_unfinished_checkpoint_cannot_be_read(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    tenant.error = TransientError("down")
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER)
    before = read_checkpoint(run, "prod")

    count_tenant(run, "prod")
    failed = read_checkpoint(run, "prod")
    tenant.error = None
    count_tenant(run, "prod")
    counted = read_checkpoint(run, "prod")

    assert (before, failed) == (None, None)
    assert counted is not None
    assert counted.status is TenantStatus.COMPLETE
    window = Window(OCTOBER.start, MID_MONTH)
    assert counted.totals.messages == len(list(all_logs(window)))
