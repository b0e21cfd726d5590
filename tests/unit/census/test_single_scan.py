"""One scan that writes the last 30 days, and last month once it is counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.result import CensusResult
from iflow_census.census.run_context import RunContext
from iflow_census.census.single_scan import run_single_scan
from iflow_census.errors import TransientError
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult
from iflow_census.scan.retention import rolling_window
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, all_logs, make_run

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


class History:
    """Plain runs on one store, at the dates of a test."""

    def __init__(self, *names: str) -> None:
        self.clock = FakeClock(datetime(2026, 10, 1, tzinfo=UTC))
        self.store = MemoryStore()
        self.tenants = {name: FakeTenant(self.clock) for name in names}

    def move_to(self, month: int, day: int, hour: int = 1) -> None:
        moment = datetime(2026, month, day, hour, tzinfo=UTC)
        self.clock.advance((moment - self.clock.now()).total_seconds())

    def context(self, tenants: Sequence[str] | None = None) -> RunContext:
        chosen = {name: self.tenants[name] for name in tenants or self.tenants}
        now = self.clock.now()
        run = make_run(self.clock, self.store, chosen, month=rolling_window(now))
        month = make_run(self.clock, self.store, chosen, month=Month.containing(now).previous())
        return replace(run, plan=replace(run.plan, completes=month.plan))

    def run(self, tenants: Sequence[str] | None = None) -> Sequence[CensusResult]:
        return run_single_scan(self.context(tenants))

    def checkpoint(self) -> None:
        month = Month.containing(self.clock.now())
        run_checkpoint(make_run(self.clock, self.store, self.tenants, month=month))


def of_month(results: Sequence[CensusResult]) -> Mapping[str, TenantResult]:
    assert [result.period for result in results][1:] == ["2026-10"]
    report = results[1].report
    assert report is not None
    return {tenant.name: tenant for tenant in report.tenants_with_rows()}


def truth(month: Month) -> Mapping[str, int]:
    counts = Counter(log.iflow_id for _, log in all_logs(month.window))
    return {iflow: counts[iflow] for iflow in ("busy", "idle", "quiet")}


@pytest.fixture
def history() -> History:
    return History("a", "b")


@pytest.mark.parametrize("first", ["checkpoint", "run"])
def test_month_is_written_once_it_is_counted(history: History, first: str) -> None:
    history.move_to(10, 16)
    getattr(history, first)()
    history.move_to(11, 1)

    results = history.run()

    for tenant in of_month(results).values():
        assert tenant.coverage.complete
        assert {row.iflow_id: row.messages for row in tenant.iflows} == truth(OCTOBER)
    assert [result.complete for result in results] == [True, True]


def test_month_is_not_written_if_it_cannot_be_complete(history: History) -> None:
    history.move_to(11, 1)

    assert [result.period for result in history.run()] == ["last-30-days"]


def test_month_is_scanned_once(history: History) -> None:
    history.move_to(10, 16)
    history.run()
    history.move_to(11, 1)
    history.run()

    history.move_to(11, 5)

    assert [result.period for result in history.run()] == ["last-30-days"]


def test_scan_requests_the_packages_once(history: History) -> None:
    history.move_to(10, 16)
    history.checkpoint()
    history.move_to(11, 1)
    before = history.tenants["a"].requests["packages"]

    history.run()

    assert history.tenants["a"].requests["packages"] == before + 1


def test_tenant_that_failed_is_added_to_the_month_later(history: History) -> None:
    history.move_to(10, 16)
    history.checkpoint()
    history.move_to(11, 1)
    history.tenants["b"].error = TransientError("down")
    partial = history.run()
    history.tenants["b"].error = None
    history.move_to(11, 3)

    results = history.run()

    assert [tenant["status"] for tenant in partial[1].tenants] == ["complete", "failed"]
    assert [result.status for result in results] == ["complete", "complete"]
    tenants = of_month(results)
    assert [tenants[name].carried_over for name in "ab"] == [True, False]
    assert tenants["b"].coverage.complete
