"""A census compared with the months before: changes, unused iFlows, and the trend.

The tenants are compared one by one, so that only two tenants' snapshots are in memory.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from iflow_census.errors import DataError
from iflow_census.report.changes import (
    Changes,
    TenantChanges,
    Thresholds,
    WeightedChange,
    collect_changes,
    compare_tenant,
)
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReport, newest_complete
from iflow_census.report.findings import Unused, UnusedIflow, collect_unused, find_unused
from iflow_census.report.trend import MonthFigures, list_monthly_messages, list_monthly_totals
from iflow_census.scan.period import Month, Period
from iflow_census.scan.results import TenantResult
from iflow_census.scan.snapshot import TenantSnapshot
from iflow_census.scan.thread_pool import map_ahead
from iflow_census.scan.usage import Usage


@dataclass(frozen=True, slots=True)
class Comparison:
    """What earlier months show.

    Attributes:
        changes: since the newest complete report of an earlier month.
        unused: the unused iFlows, and since when they are.
        monthly_totals: of each tenant, the last twelve months, oldest first; none of a window.
        monthly_messages: of the iFlows of each tenant, as `list_monthly_messages` returns them.
        warnings: which snapshots could not be used, for readers of the report.
    """

    changes: Changes
    unused: Unused
    monthly_totals: Mapping[str, Sequence[MonthFigures]]
    monthly_messages: Mapping[str, Sequence["array[int]"]]
    warnings: Sequence[str]


def compare_with_earlier(
    period: Period,
    tenants: Iterable[TenantResult],
    earlier: Sequence[EarlierReport],
    thresholds: Thresholds,
) -> Comparison:
    """Compare a census with the months before it.

    A rolling window is not compared with months. The tenants have their rows, and are in the order
    of their names.
    """
    before = [report for report in earlier if report.month.start < period.start]
    history = _History(before if isinstance(period, Month) else [])
    baseline = newest_complete(before) if isinstance(period, Month) else None
    compared: list[tuple[TenantChanges, Sequence[WeightedChange]]] = []
    unused: list[UnusedIflow] = []
    not_judged: dict[str, int] = {}
    totals: dict[str, Sequence[MonthFigures]] = {}
    messages: dict[str, Sequence[array[int]]] = {}
    priorities: dict[str, int] = {}
    for tenant, snapshots in history.add_to(tenants):
        priorities[tenant.name] = tenant.profile.priority
        if isinstance(period, Month):
            results = {month: snapshot.tenant for month, snapshot in snapshots.items()}
            totals[tenant.name] = list_monthly_totals(period, {**results, period: tenant})
            messages[tenant.name] = list_monthly_messages(period, tenant, snapshots)
        if baseline:
            old = snapshots.get(baseline.month)
            compared.append(compare_tenant(tenant.name, tenant, old, baseline.month, thresholds))
        unused.extend(find_unused(period, tenant, snapshots))
        doubtful = sum(bool(row.deployed) and row.usage is Usage.UNKNOWN for row in tenant.iflows)
        if doubtful:
            not_judged[tenant.name] = doubtful
    if baseline:
        compared += [
            compare_tenant(name, None, None, baseline.month, thresholds)
            for name in baseline.tenants.keys() - priorities.keys()
        ]
    return Comparison(
        collect_changes(compared, baseline, thresholds)
        if baseline
        else Changes(None, _why_no_changes(period), thresholds, [], []),
        collect_unused(period, [report.month for report in before], unused, not_judged, priorities),
        totals,
        messages,
        history.warnings,
    )


def _why_no_changes(period: Period) -> str:
    if isinstance(period, Month):
        return "There is no complete report of an earlier month to compare with."
    return "Changes are from month to month; a report of the last 30 days has none."


class _History:
    """Looks up the snapshots of tenants, all months of a tenant at the same time."""

    def __init__(self, earlier: Sequence[EarlierReport]) -> None:
        self._earlier = earlier
        self.warnings: list[str] = []

    def add_to(
        self, tenants: Iterable[TenantResult]
    ) -> Iterator[tuple[TenantResult, Mapping[Month, TenantSnapshot]]]:
        """Yield each tenant with its snapshots by month."""
        with ThreadPoolExecutor(EARLIER_MONTHS, "history") as pool:

            def look_up(tenant: TenantResult) -> tuple[TenantResult, Sequence[_Found]]:
                return tenant, list(pool.map(partial(_look_up, tenant.name), self._earlier))

            # The snapshots of the next tenant are read while this one is compared.
            for tenant, found in map_ahead(look_up, tenants, ahead=1):
                self.warnings += [problem for _, problem in found if problem]
                snapshots = zip(self._earlier, found, strict=True)
                known = {report.month: snapshot for report, (snapshot, _) in snapshots if snapshot}
                yield tenant, known


_Found = tuple[TenantSnapshot | None, str | None]
"""A snapshot, or why it cannot be used; neither where there is none."""


def _look_up(tenant: str, report: EarlierReport) -> _Found:
    try:
        return report.tenants.get(tenant), None
    except DataError as error:
        return None, f"{error}; {report.month} is left out of all comparisons of {tenant}"
