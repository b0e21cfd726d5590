"""The result of a tenant, made of its scan and its ledger."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from iflow_census.census.run_context import RunContext
from iflow_census.report.earlier import EARLIER_MONTHS
from iflow_census.scan.anatomy.columns import add_models
from iflow_census.scan.anatomy.connections import find_connections
from iflow_census.scan.inventory import build_rows, sum_totals, summarize_locations
from iflow_census.scan.locations import CLOUD, CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.message_columns import log_level, unread_messages
from iflow_census.scan.month_counts import MonthCounts, WindowCounts, merge_windows, select_windows
from iflow_census.scan.period import Period, Window
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus
from iflow_census.scan.retention import (
    MAX_DELAY,
    countable_window,
    describe_coverage,
    period_at,
    windows_to_count,
)
from iflow_census.scan.snapshot import IflowSnapshot
from iflow_census.scan.tenant_api import LEVEL_UNKNOWN
from iflow_census.scan.tenant_scan import TenantScan
from iflow_census.scan.web_ui import TenantProfile
from iflow_census.store.history import HistoryFile
from iflow_census.store.ledger import Ledger, LedgerFile

LastMonth = Sequence[IflowSnapshot] | None
"""The iFlows of the month before; none if it has no report, None if its snapshot is damaged."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What the counting of a tenant starts from.

    Attributes:
        period: that of the run, or of this tenant if it is scanned much later than others.
        ledger: the ledgers of its months, before the scan.
        started_at: when the first attempt began to count.
    """

    period: Period
    ledger: Ledger
    started_at: datetime

    def uncounted_windows(self, location: RuntimeLocation = CLOUD_RUNTIME) -> Sequence[Window]:
        """The windows that a location can still count and the ledger does not have."""
        counted = [counts.window for counts in self.ledger.counts.at(location.id).windows]
        countable = countable_window(self.period, self.started_at, location)
        return windows_to_count(self.period, countable, counted)

    def add(self, counted: Sequence[WindowCounts]) -> MonthCounts:
        """The counts of the period: those of the ledger and new ones."""
        return select_windows(self.period.window, self.ledger.counts.windows, counted)

    def coverage(self, counts: MonthCounts, location: RuntimeLocation = CLOUD_RUNTIME) -> Coverage:
        """How much of the period the counts of a location cover."""
        notes = [self.ledger.note] if self.ledger.note else []
        windows = [part.window for part in counts.at(location.id).windows]
        return describe_coverage(self.period, windows, self.started_at, *notes, location=location)


def start_counting(run: RunContext, tenant: str) -> Counting:
    """Start or continue to count a tenant; all attempts count the same windows for some time."""
    started_at = run.work_state.counting_started_at(tenant, run.clock.now(), MAX_DELAY)
    return Counting(period_at(run.plan.period, started_at), run.ledger(tenant).read(), started_at)


def tenant_result(
    run: RunContext,
    tenant: str,
    counting: Counting,
    scan: TenantScan,
    profile: TenantProfile,
    *,
    last_month: LastMonth,
) -> TenantResult:
    """The result of a scan: rows, totals and coverage, with what the ledger has already."""
    counts = counting.add(scan.counts)
    coverage = {
        location: counting.coverage(counts, location) for location in scan.inventory.locations
    }
    iflows = build_rows(
        tenant,
        scan.inventory,
        counts,
        period=counting.period.window,
        coverage=coverage,
        deployed_before=_deployed_before(counting, last_month),
        earlier_levels=_earlier_levels(run, tenant, scan.inventory.iflow_ids, last_month),
        last_errors=run.plan.last_errors,
        owners=scan.owners.by_package,
        tolerance=run.plan.edit_tolerance,
    )
    if scan.models is not None:
        iflows = add_models(iflows, scan.models.by_iflow, counting.started_at)
    design_time = scan.inventory.design_time
    unread = list(design_time.unread_packages.values()) if design_time.retryable else []
    return TenantResult(
        name=tenant,
        status=TenantStatus.PARTIAL if unread else TenantStatus.COMPLETE,
        error=_describe_unread(unread),
        scanned_at=run.clock.now(),
        coverage=coverage[CLOUD_RUNTIME],
        totals=sum_totals(scan.inventory, iflows, counts),
        api=ApiUsage(),
        iflows=iflows,
        messages_per_day=_messages_per_day(run, counts, coverage),
        health=scan.health,
        unreadable=[
            *scan.inventory.unreadable,
            *unread_messages(
                counts, (row.iflow_id for row in iflows), last_errors=run.plan.last_errors
            ),
            *(scan.models.unreadable if scan.models else ()),
            *scan.owners.unreadable,
        ],
        other_artifacts=scan.other_artifacts,
        locations=summarize_locations(scan.inventory, counts, coverage),
        profile=profile,
        connections=find_connections(iflows, scan.models.by_iflow) if scan.models else [],
    )


def read_last_month(run: RunContext, tenant: str) -> LastMonth:
    """Read the iFlows of the month before."""
    state = HistoryFile(run.services.state, run.plan.period.previous(), tenant).read()
    if state.damage:
        return None
    return state.value.iflows if state.value else []


def _earlier_levels(
    run: RunContext, tenant: str, iflow_ids: Set[str], last_month: LastMonth
) -> Mapping[str, str]:
    """The level of each iFlow's last log before the period.

    A month without a report may have a ledger; the snapshot of a month has the levels of all months
    before it.
    """
    unknown = dict.fromkeys(iflow_ids, LEVEL_UNKNOWN)
    if last_month is None:
        return unknown
    if last_month:
        return _levels_of(last_month)
    state, month = run.services.state, run.plan.period.previous()
    months = {*state.list_folders("history/"), *state.list_folders("ledger/")}
    levels: Mapping[str, str] = {}
    for _ in range(EARLIER_MONTHS):
        if f"period={month}" in months:
            snapshot = HistoryFile(state, month, tenant).read()
            if snapshot.damage:
                return {**unknown, **levels}
            if snapshot.value:
                return {**_levels_of(snapshot.value.iflows), **levels}
            ledger = LedgerFile(state, month, tenant).read()
            counted = {iflow_id: log_level(ledger.counts, iflow_id, {}) for iflow_id in iflow_ids}
            levels = {**{key: level for key, level in counted.items() if level}, **levels}
            if ledger.note:
                return {**unknown, **levels}
        month = month.previous()
    return levels


def _levels_of(iflows: Iterable[IflowSnapshot]) -> Mapping[str, str]:
    return {iflow.iflow_id: iflow.log_level for iflow in iflows if iflow.log_level}


def _describe_unread(reasons: Sequence[str]) -> str | None:
    if not reasons:
        return None
    packages = "1 package" if len(reasons) == 1 else f"{len(reasons)} packages"
    return f"{packages} could not be read: {reasons[0]}"


def _deployed_before(counting: Counting, last_month: LastMonth) -> Set[tuple[str, str]]:
    """Where an earlier report or count shows an iFlow as deployed when the period began.

    A later deployment has replaced the date of the first one in SAP's list.
    """
    start = counting.period.start
    later = [counts for counts in counting.ledger.counts.windows if counts.window.end > start]
    return merge_windows(later).deployed_since(start) | {
        (next(iter(iflow.runtime_locations), CLOUD), iflow.iflow_id)
        for iflow in last_month or ()
        if iflow.deployed_at is not None and iflow.deployed_at <= start
    }


def _messages_per_day(
    run: RunContext, counts: MonthCounts, locations: Iterable[RuntimeLocation]
) -> Sequence[int | None] | None:
    days = counts.per_day(run.plan.period.window, [location.id for location in locations])
    return days if any(day is not None for day in days) else None
