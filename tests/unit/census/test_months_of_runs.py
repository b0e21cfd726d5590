"""Any sequence of checkpoints, censuses, failures and repetitions, over months."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext
from iflow_census.errors import TransientError
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.usage import Usage
from iflow_census.store.ledger import LedgerFile
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import START, FakeTenant, all_logs, make_run

step = st.tuples(
    st.sampled_from(["checkpoint", "census", "failing checkpoint", "census again"]),
    st.integers(1, 24 * 20),
)


def days_of(month: Month, counted: Sequence[Window]) -> list[int | None] | None:
    """The messages of each day; None for a day that was not counted completely."""
    days: list[int | None] = []
    for day in month.window.days():
        times = [
            day.start + timedelta(hours=hour, minutes=minute)
            for hour in range(24)
            for minute in (0, 59)
        ]
        complete = all(any(w.start <= time < w.end for w in counted) for time in times)
        logs = all_logs(Window(day.start, day.start + timedelta(days=1)))
        days.append(sum(1 for _ in logs) if complete else None)
    return days if any(day is not None for day in days) else None


class History:
    """One tenant, its ledger and its reports, over months."""

    def __init__(self) -> None:
        self.clock = FakeClock(START + timedelta(hours=1))
        self.tenant = FakeTenant(self.clock)
        self.store = MemoryStore()

    def run(self, month: Month) -> RunContext:
        return make_run(self.clock, self.store, {"prod": self.tenant}, month=month)

    def move_to(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())

    def perform(self, action: str) -> None:
        """Run a checkpoint or a census now, and check what it counted."""
        this_month = Month.containing(self.clock.now())
        self.tenant.error = TransientError("down") if action == "failing checkpoint" else None
        if "checkpoint" in action:
            run_checkpoint(self.run(this_month))
            return
        month = this_month.previous()
        result = run_census(self.run(month))
        if action == "census again":
            assert run_census(self.run(month)).tenants == result.tenants
        assert result.report is not None
        (tenant,) = result.report.tenants_with_rows()
        assert tenant.status is TenantStatus.COMPLETE
        counted = self.windows(month)
        self._check_windows(month, counted, complete=tenant.coverage.complete)
        truth = Counter(log.iflow_id for window in counted for _, log in all_logs(window))
        for row in tenant.iflows:
            assert row.messages == (truth[row.iflow_id] if counted else None)
            assert (row.usage is Usage.UNUSED) <= tenant.coverage.complete
        assert tenant.messages_per_day == days_of(month, counted)

    def windows(self, month: Month) -> list[Window]:
        ledger = LedgerFile(self.store, month, "prod").read()
        assert ledger.note is None
        return [counts.window for counts in ledger.counts.windows]

    @staticmethod
    def _check_windows(month: Month, windows: Sequence[Window], *, complete: bool) -> None:
        """Windows are within the month, in order, without overlap; complete means without a gap."""
        assert all(month.start <= w.start < w.end <= month.end for w in windows)
        assert all(before.end <= after.start for before, after in pairwise(windows))
        assert complete is (length_of(windows) == month.end - month.start)


def length_of(windows: Sequence[Window]) -> timedelta:
    return sum((window.length for window in windows), timedelta())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(step, max_size=12))
def test_windows_never_overlap(steps: list[tuple[str, int]]) -> None:
    history = History()

    for action, hours in steps:
        history.clock.advance(hours * 3600)
        history.perform(action)

    for number in range(7, 13):
        windows = history.windows(Month(2026, number))
        assert all(before.end <= after.start for before, after in pairwise(windows))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(11, 28), st.integers(0, 23), st.integers(1, 9), st.booleans())
def test_both_schedules_make_every_month_complete(
    checkpoint_day: int, hour: int, census_day: int, checkpoint_fails_first: bool
) -> None:
    history = History()
    month = Month(2026, 7)

    for _ in range(5):
        history.move_to(month.start + timedelta(days=checkpoint_day - 1, hours=hour))
        if checkpoint_fails_first:
            history.perform("failing checkpoint")
            history.clock.advance(60)
        history.perform("checkpoint")
        history.move_to(month.end + timedelta(days=census_day - 1, hours=hour, minutes=30))
        history.perform("census")

        assert length_of(history.windows(month)) == month.end - month.start
        month = Month.containing(month.end)
