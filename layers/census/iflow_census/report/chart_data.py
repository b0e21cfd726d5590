"""The figures behind the pictures, the same in report.html and report.xlsx."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantTotals, Usage

HISTORY_MONTHS = 12


@dataclass(slots=True)
class PackageFigures:
    """Sums over the iFlows of a package; `package_id` None are those that have no package.

    `messages` and `messages_failed` are None where none of them was counted.
    """

    tenant: str
    package_id: str | None
    package_name: str | None
    package_vendor: str | None
    package_version: str | None
    package_mode: str | None
    iflows: int = 0
    deployed: int = 0
    edited: int = 0
    used: int = 0
    unused: int = 0
    unknown: int = 0
    messages: int | None = None
    messages_failed: int | None = None


def busiest(report: CensusReport, limit: int = 20) -> Sequence[IflowRow]:
    """The iFlows with the most messages, at most `limit`."""
    used = [row for row in report.rows if row.messages]
    used.sort(key=lambda row: (-(row.messages or 0), row.tenant, row.iflow_id))
    return used[:limit]


def packages(report: CensusReport) -> Sequence[PackageFigures]:
    """The packages that have iFlows, in the order of the rows."""
    found: dict[tuple[str, str | None], PackageFigures] = {}
    for row in report.rows:
        key = (row.tenant, row.package_id)
        if key not in found:
            found[key] = PackageFigures(
                row.tenant,
                row.package_id,
                row.package_name,
                row.package_vendor,
                row.package_version,
                row.package_mode,
            )
        _add(found[key], row)
    return list(found.values())


def _add(package: PackageFigures, row: IflowRow) -> None:
    package.iflows += 1
    package.deployed += row.deployed
    package.edited += row.edit_status is EditStatus.EDITED
    package.used += row.usage is Usage.USED
    package.unused += row.usage is Usage.UNUSED
    package.unknown += row.usage is Usage.UNKNOWN
    if row.messages is not None:
        package.messages = (package.messages or 0) + row.messages
        package.messages_failed = (package.messages_failed or 0) + (row.messages_failed or 0)


def most_unused(report: CensusReport) -> Sequence[PackageFigures]:
    """The packages, those with the most unused iFlows first."""
    found = [one for one in packages(report) if one.package_id is not None]
    found.sort(key=lambda one: (-one.unused, -one.iflows, one.tenant, one.package_id or ""))
    return found


def failed_share(messages: int | None, failed: int | None) -> float | None:
    """The part of messages that failed, 0 to 1; None where it is not known."""
    return failed / messages if messages and failed is not None else None


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The totals of a tenant in a month.

    Attributes:
        month: the month.
        totals: None without a report, or where the tenant was not scanned.
        whole: the messages of the whole month were counted.
    """

    month: Month
    totals: TenantTotals | None
    whole: bool

    def total(self, column: str) -> int | None:
        """One of the totals; what is unused is only known where the whole month was counted."""
        if self.totals is None or (column == "unused" and not self.whole):
            return None
        found: int | None = getattr(self.totals, column)
        return found


def history(report: CensusReport) -> Mapping[str, Sequence[MonthFigures]]:
    """The last twelve months of each tenant of the report, oldest first."""
    months = [report.month]
    while len(months) < HISTORY_MONTHS:
        months.append(months[-1].previous())
    by_month = {one.month: one for one in report.earlier}

    def figures(month: Month, name: str) -> MonthFigures:
        then = by_month.get(month)
        tenant = then.tenants.get(name) if then else None
        if tenant is None or not tenant.scanned:
            return MonthFigures(month, None, whole=False)
        return MonthFigures(month, tenant.totals, tenant.coverage.complete)

    return {
        tenant.name: [
            *(figures(month, tenant.name) for month in reversed(months[1:])),
            MonthFigures(
                report.month,
                tenant.totals if tenant.scanned_at is not None else None,
                tenant.coverage.complete,
            ),
        ]
        for tenant in report.tenants
    }
