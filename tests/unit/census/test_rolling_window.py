"""Reports of the last 30 days, on any day, and what they leave in the ledgers."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext
from iflow_census.errors import TransientError
from iflow_census.scan.month_counts import find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import TenantResult
from iflow_census.scan.retention import rolling_window
from iflow_census.store.ledger import LedgerFile
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, all_logs, make_run

ROLLING = "reports/last-30-days/manifest.json"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def rolling_run(clock: FakeClock, store: MemoryStore, *tenants: FakeTenant) -> RunContext:
    named = {f"t{number}": tenant for number, tenant in enumerate(tenants)}
    return make_run(clock, store, named, month=rolling_window(clock.now()))


def scanned(run: RunContext) -> TenantResult:
    result = run_census(run)
    assert result.report is not None
    return next(result.report.tenants_with_rows())


def counted(tenant: TenantResult) -> dict[str, int | None]:
    return {row.iflow_id: row.messages for row in tenant.iflows}


def truth(window: Window) -> dict[str, int]:
    counts = Counter(log.iflow_id for _, log in all_logs(window))
    return {iflow: counts[iflow] for iflow in ("busy", "idle", "quiet")}


def manifest(store: MemoryStore, key: str = ROLLING) -> dict[str, Any]:
    file = store.read(key)
    assert file is not None
    content = json.loads(file.body)
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize("day", range(0, 366, 5))
def test_counts_are_complete_on_any_day(store: MemoryStore, day: int) -> None:
    clock = FakeClock(datetime(2027, 1, 1, 13, 47, tzinfo=UTC) + timedelta(days=day))

    tenant = scanned(rolling_run(clock, store, FakeTenant(clock)))

    window = rolling_window(clock.now()).window
    assert (tenant.coverage.complete, tenant.coverage.percent) == (True, 100)
    assert window.length > timedelta(days=29, hours=22)
    assert counted(tenant) == truth(window)
    assert sum(filter(None, tenant.messages_per_day or [])) == tenant.totals.messages


@pytest.mark.slow
def test_daily_runs_fill_the_ledgers(store: MemoryStore) -> None:
    clock = FakeClock(datetime(2027, 1, 1, 13, 47, tzinfo=UTC))
    tenant = FakeTenant(clock)

    for _ in range(40):
        result = scanned(rolling_run(clock, store, tenant))
        assert counted(result) == truth(rolling_window(clock.now()).window)
        clock.advance(timedelta(days=1).total_seconds())

    january = Month(2027, 1)
    ledger = LedgerFile(store, january, "t0").read()
    assert find_gaps(january.window, [part.window for part in ledger.counts.windows]) == []
    assert sum(ledger.counts.total.values()) == len(list(all_logs(january.window)))


def test_counts_of_a_window_complete_a_month(store: MemoryStore) -> None:
    clock = FakeClock(datetime(2026, 10, 16, 9, 0, tzinfo=UTC))
    tenant = FakeTenant(clock)
    run_census(rolling_run(clock, store, tenant))
    clock.advance(timedelta(days=16).total_seconds())

    october = Month(2026, 10)
    result = scanned(make_run(clock, store, {"t0": tenant}, month=october))

    assert result.coverage.complete
    assert counted(result) == truth(october.window)


def test_failed_tenant_leaves_the_complete_window(store: MemoryStore) -> None:
    clock = FakeClock(datetime(2026, 11, 20, tzinfo=UTC))
    good, bad = FakeTenant(clock), FakeTenant(clock)
    run_census(rolling_run(clock, store, good, bad))
    complete = manifest(store)
    clock.advance(3600)
    bad.error = TransientError("down")

    result = run_census(rolling_run(clock, store, good, bad))

    assert result.status == "partial"
    assert manifest(store) == complete
    partial = manifest(store, "reports/last-30-days-partial/manifest.json")
    assert [tenant["iflows"] for tenant in partial["tenants"]] == [3, 0]


def test_window_has_no_tables_and_no_changes(store: MemoryStore) -> None:
    clock = FakeClock(datetime(2026, 11, 20, tzinfo=UTC))

    result = run_census(rolling_run(clock, store, FakeTenant(clock)))

    assert store.list_folders("tables/") == []
    assert result.report is not None
    assert "month to month" in (result.report.changes().note or "")
    assert result.period == "last-30-days"


def test_late_tenant_is_counted_over_its_own_window(store: MemoryStore) -> None:
    clock = FakeClock(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    run = rolling_run(clock, store, FakeTenant(clock))
    clock.advance(timedelta(hours=3).total_seconds())

    tenant = scanned(run)

    assert tenant.coverage.complete
    assert tenant.coverage.start == datetime(2026, 10, 22, 3, 0, tzinfo=UTC)
    assert len(tenant.messages_per_day or []) == len(run.plan.period.window.days())
