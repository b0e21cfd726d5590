"""Reports of earlier months, as far as a new report is compared with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.snapshot import TenantSnapshot

EARLIER_MONTHS = 12
"""How many earlier months a report is compared with."""


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """The report of an earlier month.

    Attributes:
        status: complete if every tenant was.
        tenants: the snapshots by tenant. They may be read only when they are looked up, which
            raises `DataError` for a snapshot that is missing or damaged.
    """

    month: Month
    run_id: str
    status: TenantStatus
    tenants: Mapping[str, TenantSnapshot]


def newest_complete(earlier: Sequence[EarlierReport]) -> EarlierReport | None:
    """Return the newest complete one of these reports; None if none is complete."""
    complete = [report for report in earlier if report.status is TenantStatus.COMPLETE]
    return max(complete, key=lambda report: report.month, default=None)
