"""The totals of a tenant and the messages of its iFlows, month by month."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantTotals
from iflow_census.scan.snapshot import TenantSnapshot

TREND_MONTHS = 12
"""How many months a trend shows, the month of the report included."""


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The totals of a tenant in a month.

    Attributes:
        totals: None without a report of the month, or if the tenant was not scanned.
        covered: whether the messages of the full month were counted.
    """

    month: Month
    totals: TenantTotals | None = None
    covered: bool = False

    def total(self, name: str) -> int | None:
        """Return a total; the unused iFlows are only known if the full month is covered."""
        if self.totals is None or (name == "unused" and not self.covered):
            return None
        total: int | None = getattr(self.totals, name)
        return total


def list_monthly_totals(
    month: Month, results: Mapping[Month, TenantResult]
) -> Sequence[MonthFigures]:
    """Return the totals of a tenant in the last twelve months, oldest first."""
    months = [month]
    while len(months) < TREND_MONTHS:
        months.insert(0, months[0].previous())
    return [_figures(month, results.get(month)) for month in months]


def _figures(month: Month, tenant: TenantResult | None) -> MonthFigures:
    if tenant is None:
        return MonthFigures(month)
    totals = tenant.totals if tenant.scanned else None
    return MonthFigures(month, totals, tenant.is_counted_completely)


NOT_COUNTED = -1
"""Stands for a count that is not known, because arrays only hold numbers."""


def list_monthly_messages(
    month: Month, tenant: TenantResult, snapshots: Mapping[Month, TenantSnapshot]
) -> Sequence["array[int]"]:
    """Return the messages of each iFlow in the eleven months before, oldest month first.

    Arrays take a quarter of the memory of lists, and a report may have 300,000 iFlows. Each array
    is in the order of the tenant's rows.
    """
    arrays: list[array[int]] = []
    while len(arrays) < TREND_MONTHS - 1:
        month = month.previous()
        snapshot = snapshots.get(month)
        counts = {iflow.iflow_id: iflow.messages for iflow in snapshot.iflows} if snapshot else {}
        known = (counts.get(row.iflow_id) for row in tenant.iflows)
        arrays.insert(0, array("q", (NOT_COUNTED if count is None else count for count in known)))
    return arrays
