"""Any sequence of checkpoints, censuses, failures and repetitions, over months."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.plan import CensusPlan
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Deadline
from iflow_census.errors import TransientError
from iflow_census.journal import Journal
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.health import HealthApi
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import ApiUsage, TenantStatus, Usage
from iflow_census.scan.tenant_api import (
    INTEGRATION_FLOW,
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.store.ledger import LedgerFile
from iflow_census.store.memory import MemoryStore
from tests.clock import FakeClock

START = datetime(2026, 7, 1, tzinfo=UTC)
IFLOWS = ("busy", "quiet", "idle")
EVERY = timedelta(hours=7)
"""One message each seven hours, each third of them of the quiet iFlow, each fifth failed."""

step = st.tuples(
    st.sampled_from(["checkpoint", "census", "failing checkpoint", "census again"]),
    st.integers(1, 24 * 20),
)


class ForgetfulTenant:
    """Has a message every seven hours, and forgets those older than 30 days."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.down = False

    def api_usage(self) -> ApiUsage:
        return ApiUsage()

    @property
    def health(self) -> HealthApi:
        raise AssertionError("the plan does not ask for it")

    def packages(self) -> Sequence[Package]:
        if self.down:
            raise TransientError("down")
        return [Package("package")]

    def iflows(self, package_id: str) -> Sequence[DesigntimeIflow]:
        return [DesigntimeIflow(one, package_id) for one in IFLOWS]

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        return [RuntimeArtifact("busy", INTEGRATION_FLOW)]

    def runtime_error(self, artifact_id: str) -> str | None:
        raise AssertionError(artifact_id)

    def service_endpoints(self) -> Sequence[ServiceEndpoint]:
        return []

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        del fresh
        return len(self.logs(query))

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        now = self.clock.now()
        kept = Window(max(query.window.start, now - timedelta(days=30)), max(query.window.end, now))
        return [
            log
            for start, log in all_logs(query.window)
            if kept.start <= start <= now
            and query.iflow_id in (None, log.iflow_id)
            and (not query.statuses or log.status in query.statuses)
        ]


def all_logs(window: Window) -> Iterator[tuple[datetime, MessageLog]]:
    """What ever happened in a window."""
    number = -(-(window.start - START) // EVERY)
    while (start := START + number * EVERY) < window.end:
        iflow = "quiet" if number % 3 == 0 else "busy"
        status = "FAILED" if number % 5 == 0 else "COMPLETED"
        yield start, MessageLog(str(number), iflow, status)
        number += 1


def days_of(month: Month, counted: Sequence[Window]) -> list[int | None] | None:
    """What happened on each day; None for one with an hour that was not counted."""
    days: list[int | None] = []
    for start in (one.start for one in month.window.days()):
        hours = [
            start + timedelta(hours=hour, minutes=minute)
            for hour in range(24)
            for minute in (0, 59)
        ]
        whole = all(any(one.start <= hour < one.end for one in counted) for hour in hours)
        happened = all_logs(Window(start, start + timedelta(days=1)))
        days.append(sum(1 for _ in happened) if whole else None)
    return days if any(day is not None for day in days) else None


class Office:
    """One tenant, its ledger and its reports, over months."""

    def __init__(self) -> None:
        self.clock = FakeClock(START + timedelta(hours=1))
        self.tenant = ForgetfulTenant(self.clock)
        self.store = MemoryStore()

    def plan(self, month: Month, run_id: str) -> CensusPlan:
        @contextmanager
        def opened(deadline: Deadline, journal: Journal) -> Iterator[ForgetfulTenant]:
            del deadline, journal
            yield self.tenant

        return CensusPlan(
            month=month,
            run_id=run_id,
            tenants={"prod": opened},
            other_tenants=[],
            formats=["json"],
            folder=f"reports/period={month}/",
            pointer=True,
            edit_tolerance=DEFAULT_TOLERANCE,
            tenants_at_once=1,
        )

    def run(self, plan: CensusPlan) -> RunContext:
        return RunContext(
            plan=plan,
            services=Services(self.store, self.store, self.clock.clock),
            progress=lambda *_: None,
            deadline=Deadline(self.clock.clock, 900),
        )

    def do(self, what: str) -> None:
        now = self.clock.now()
        run_id = now.strftime("%Y%m%dT%H%M%SZ")
        self.tenant.down = what == "failing checkpoint"
        if "checkpoint" in what:
            run_checkpoint(self.run(self.plan(Month.containing(now), run_id)))
            return
        plan = self.plan(Month.containing(now).previous(), run_id)
        result = run_census(self.run(plan))
        if what == "census again":
            assert run_census(self.run(plan)).tenants == result.tenants
        assert result.report is not None
        self.check(result.report.tenants[0].coverage.complete, plan.month)
        (census,) = result.report.tenants
        assert census.status is TenantStatus.COMPLETE
        counted = self.windows(plan.month)
        truth = Counter(
            log.iflow_id for window in counted for _, log in all_logs(window) if log.iflow_id
        )
        for row in census.iflows:
            assert row.messages == (truth[row.iflow_id] if counted else None)
            assert (row.usage is Usage.UNUSED) <= census.coverage.complete
        assert census.messages_per_day == days_of(plan.month, counted)

    def windows(self, month: Month) -> list[Window]:
        ledger = LedgerFile(self.store, month, "prod").read()
        assert ledger.note is None
        return [one.window for one in ledger.counts.windows]

    def check(self, complete: bool, month: Month) -> None:
        """Windows lie in their month, in order, and do not overlap; complete means without gap."""
        windows = self.windows(month)
        assert all(month.start <= one.start < one.end <= month.end for one in windows)
        assert all(before.end <= after.start for before, after in pairwise(windows))
        whole = [Window(one.start, one.end) for one in windows]
        covered = sum((one.length for one in whole), timedelta())
        assert complete is (covered == month.end - month.start)


@settings(max_examples=40, deadline=None)
@given(st.lists(step, max_size=12))
def test_windows_never_overlap_and_what_is_called_complete_has_no_gap(
    steps: list[tuple[str, int]],
) -> None:
    office = Office()

    for what, hours in steps:
        office.clock.advance(hours * 3600)
        office.do(what)

    for number in range(7, 13):
        windows = office.windows(Month(2026, number))
        assert all(before.end <= after.start for before, after in pairwise(windows))


@settings(max_examples=25, deadline=None)
@given(st.integers(11, 28), st.integers(0, 23), st.integers(1, 9), st.booleans())
def test_with_both_schedules_every_month_is_complete(
    checkpoint_day: int, hour: int, census_day: int, checkpoint_fails_first: bool
) -> None:
    office = Office()
    month = Month(2026, 7)

    for _ in range(5):
        checkpoint = month.start + timedelta(days=checkpoint_day - 1, hours=hour)
        office.clock.advance((checkpoint - office.clock.now()).total_seconds())
        if checkpoint_fails_first:
            office.do("failing checkpoint")
            office.clock.advance(60)
        office.do("checkpoint")
        census = month.end + timedelta(days=census_day - 1, hours=hour, minutes=30)
        office.clock.advance((census - office.clock.now()).total_seconds())
        office.do("census")

        assert sum((one.length for one in office.windows(month)), timedelta()) == (
            month.end - month.start
        )
        month = Month.containing(month.end)
