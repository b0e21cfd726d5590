"""The rows of a tenant: what earlier months and checkpoints add to a scan."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.tenant_census import scan_or_resume
from iflow_census.errors import AccessError, TransientError
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.snapshot import take_snapshot
from iflow_census.scan.tenant_api import (
    INTEGRATION_FLOW,
    LEVEL_UNKNOWN,
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    RuntimeArtifact,
)
from iflow_census.scan.usage import Usage
from iflow_census.store.history import HistoryFile
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run
from tests.unit.leanix.rows import iflow, tenant_result

DECEMBER, JANUARY, FEBRUARY = Month(2026, 12), Month(2027, 1), Month(2027, 2)
LEDGER = f"ledger/period={JANUARY}/prod.json"


class QuietTenant(FakeTenant):
    """Has no message unless `is_busy`; the iFlow "idle" was deployed again in February."""

    is_busy = False

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        return super().logs(query) if self.is_busy else []

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        deployed_at = datetime(2027, 2, 10, tzinfo=UTC)
        return [
            RuntimeArtifact("idle", INTEGRATION_FLOW, status="STARTED", deployed_at=deployed_at)
        ]


class History:
    """What is known before February is scanned, at the beginning of March."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock(datetime(2027, 1, 31, 12, tzinfo=UTC))
        self.tenant = QuietTenant(self.clock)

    def add_report(self, month: Month, **idle: Any) -> None:
        snapshot = take_snapshot(tenant_result([iflow("idle", **idle)]))
        HistoryFile(self.store, month, "prod").save(snapshot)

    def damage_report(self, month: Month) -> None:
        self.store.write(f"history/period={month}/prod.json.gz", b"{")

    def add_checkpoint(self) -> None:
        """Count January, which has messages of the iFlows "busy" and "quiet"."""
        self.tenant.is_busy = True
        run_checkpoint(make_run(self.clock, self.store, {"prod": self.tenant}, month=JANUARY))
        self.tenant.is_busy = False

    def scan(self, month: Month = FEBRUARY) -> TenantResult:
        self.clock.advance((datetime(2027, 3, 1, 1, tzinfo=UTC) - self.clock.now()).total_seconds())
        run = make_run(self.clock, self.store, {"prod": self.tenant}, month=month)
        return scan_or_resume(run, "prod").result

    def levels(self) -> Mapping[str, str | None]:
        return {row.iflow_id: row.log_level for row in self.scan().iflows}


@pytest.fixture
def history() -> History:
    return History()


def test_level_of_a_quiet_iflow_is_that_of_the_month_before(history: History) -> None:
    history.add_report(DECEMBER, log_level="NONE")
    history.add_report(JANUARY, log_level="ERROR")

    assert history.levels() == {"busy": None, "idle": "ERROR", "quiet": None}


def test_months_without_a_report_are_skipped_for_the_level(history: History) -> None:
    history.add_report(DECEMBER, log_level="ERROR")

    assert history.levels() == {"busy": None, "idle": "ERROR", "quiet": None}


def test_ledger_of_a_month_without_a_report_has_newer_levels(history: History) -> None:
    history.add_checkpoint()
    history.add_report(DECEMBER, log_level="ERROR")

    assert history.levels() == {"busy": "INFO", "idle": "ERROR", "quiet": "INFO"}


def test_ledger_alone_has_the_levels_of_its_messages(history: History) -> None:
    history.add_checkpoint()

    assert history.levels() == {"busy": "INFO", "idle": None, "quiet": "INFO"}


def test_levels_before_damaged_files_are_unknown(history: History) -> None:
    history.damage_report(JANUARY)

    assert set(history.levels().values()) == {LEVEL_UNKNOWN}


def test_damaged_report_hides_only_what_no_newer_ledger_has(history: History) -> None:
    history.add_checkpoint()
    history.damage_report(DECEMBER)

    assert history.levels() == {"busy": "INFO", "idle": LEVEL_UNKNOWN, "quiet": "INFO"}


def test_damaged_ledger_ends_the_search_for_levels(history: History) -> None:
    history.store.write(LEDGER, b"{")
    history.add_report(DECEMBER, log_level="ERROR")

    assert set(history.levels().values()) == {LEVEL_UNKNOWN}


@pytest.mark.parametrize(
    ("deployed_at", "usage"),
    [
        (datetime(2027, 1, 5, tzinfo=UTC), Usage.UNUSED),
        (FEBRUARY.start, Usage.UNUSED),
        (datetime(2027, 2, 1, 0, 1, tzinfo=UTC), Usage.UNKNOWN),
        (None, Usage.UNKNOWN),
    ],
)
def test_redeployed_iflow_is_unused_if_it_was_deployed_before(
    history: History, deployed_at: datetime | None, usage: Usage
) -> None:
    history.add_report(JANUARY, deployed_at=deployed_at)

    (idle,) = [row for row in history.scan().iflows if row.iflow_id == "idle"]

    assert idle.usage is usage


def test_days_are_shown_if_at_least_one_was_counted(history: History) -> None:
    counted, deleted = history.scan(), history.scan(DECEMBER)

    assert counted.messages_per_day == [0] * 28
    assert deleted.messages_per_day is None


class HidingTenant(QuietTenant):
    """Does not list the iFlows of some packages."""

    failure: Exception = TransientError("HTTP 503")
    hidden: Sequence[str] = ()

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        del fresh
        return [Package(name) for name in ("package", "Sales", "Stock")]

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        if package_id in self.hidden:
            raise self.failure
        return super().iflows(package_id, fresh=fresh) if package_id == "package" else []


@pytest.mark.parametrize(
    ("hidden", "failure", "error"),
    [
        (["Sales"], TransientError("HTTP 503"), "1 package could not be read: HTTP 503"),
        (["Sales", "Stock"], TransientError("HTTP 503"), "2 packages could not be read: HTTP 503"),
        (["Sales"], AccessError("HTTP 403"), None),
        ([], TransientError("HTTP 503"), None),
    ],
)
def test_tenant_is_partial_while_another_attempt_may_read_the_rest(
    history: History, hidden: Sequence[str], failure: Exception, error: str | None
) -> None:
    tenant = HidingTenant(history.clock)
    tenant.hidden, tenant.failure = hidden, failure
    history.tenant = tenant

    result = history.scan()

    assert result.error == error
    assert result.status is (TenantStatus.PARTIAL if error else TenantStatus.COMPLETE)
