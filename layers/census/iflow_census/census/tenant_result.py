"""The result of a tenant, made of its scan and its ledger."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from iflow_census.census.run_context import RunContext
from iflow_census.report.jsonl import TableRow, read_table, table_key
from iflow_census.scan.inventory import build_rows, sum_totals, summarize_locations
from iflow_census.scan.locations import CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.message_columns import unread_messages
from iflow_census.scan.month_counts import MonthCounts, find_gaps, merge_windows
from iflow_census.scan.period import Window
from iflow_census.scan.results import ApiUsage, Coverage, TenantResult, TenantStatus
from iflow_census.scan.retention import countable_window, describe_coverage
from iflow_census.scan.tenant_scan import TenantScan
from iflow_census.store.ledger import Ledger


def uncounted_windows(
    run: RunContext,
    ledger: Ledger,
    started_at: datetime,
    location: RuntimeLocation = CLOUD_RUNTIME,
) -> Sequence[Window]:
    """The windows of the month that a location can still count and the ledger does not have."""
    counted = [counts.window for counts in ledger.counts.at(location.id).windows]
    return find_gaps(countable_window(run.plan.month, started_at, location), counted)


def location_coverage(
    run: RunContext,
    counts: MonthCounts,
    ledger: Ledger,
    started_at: datetime,
    location: RuntimeLocation = CLOUD_RUNTIME,
) -> Coverage:
    """How much of the month the counts of a location cover."""
    notes = [ledger.note] if ledger.note else []
    windows = [window_counts.window for window_counts in counts.at(location.id).windows]
    return describe_coverage(run.plan.month, windows, started_at, *notes, location=location)


def tenant_result(
    run: RunContext, tenant: str, ledger: Ledger, started_at: datetime, scan: TenantScan
) -> TenantResult:
    """The result of a scan: rows, totals and coverage, with what the ledger has already."""
    counts = merge_windows(ledger.counts.windows, scan.counts)
    coverage = {
        location: location_coverage(run, counts, ledger, started_at, location)
        for location in scan.inventory.locations
    }
    last_month = _last_month(run, tenant)
    iflows = build_rows(
        tenant,
        scan.inventory,
        counts,
        period=run.plan.month.window,
        coverage=coverage,
        deployed_before=_deployed_before(run, counts, last_month),
        earlier_levels={
            iflow_id: row.log_level for iflow_id, row in last_month.items() if row.log_level
        },
        last_errors=run.plan.last_errors,
        tolerance=run.plan.edit_tolerance,
    )
    design_time = scan.inventory.design_time
    unread = list(design_time.unread_packages.values()) if design_time.retryable else []
    return TenantResult(
        name=tenant,
        status=TenantStatus.PARTIAL if unread else TenantStatus.COMPLETE,
        error=f"{len(unread)} packages could not be read: {unread[0]}" if unread else None,
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
        ],
        other_artifacts=scan.other_artifacts,
        locations=summarize_locations(scan.inventory, counts, coverage),
    )


def _last_month(run: RunContext, tenant: str) -> Mapping[str, TableRow]:
    """What last month's report shows of each iFlow; nothing if there is none."""
    key = table_key(run.plan.month.previous(), tenant)
    table = run.services.reports.read(key)
    return read_table(key, table.body) if table else {}


def _deployed_before(
    run: RunContext, counts: MonthCounts, last_month: Mapping[str, TableRow]
) -> Set[tuple[str, str]]:
    """Where last month's report or a checkpoint shows an iFlow as deployed when the month began.

    A later deployment has replaced the date of the first one in SAP's list.
    """
    start = run.plan.month.start
    return counts.deployed_since(start) | {
        (row.location, iflow_id)
        for iflow_id, row in last_month.items()
        if row.deployed_at is not None and row.deployed_at <= start
    }


def _messages_per_day(
    run: RunContext, counts: MonthCounts, locations: Iterable[RuntimeLocation]
) -> Sequence[int | None] | None:
    days = counts.per_day(run.plan.month, [location.id for location in locations])
    return days if any(day is not None for day in days) else None
