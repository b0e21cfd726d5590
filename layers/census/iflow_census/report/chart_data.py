"""The figures of the charts in report.html and report.xlsx."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Period
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage

TOP = 20
"""How many iFlows or packages a bar chart shows."""


@dataclass(slots=True)
class PackageFigures:
    """Sums over the iFlows of a package; `package_id` is None for iFlows without a package.

    `messages` and `messages_failed` are None if the messages of no iFlow were counted.
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
    not_deployed: int = 0
    unknown: int = 0
    messages: int | None = None
    messages_failed: int | None = None

    def add(self, row: IflowRow) -> None:
        """Add an iFlow of the package."""
        self.iflows += 1
        self.deployed += row.deployed is True
        self.edited += row.edit_status is EditStatus.EDITED
        self.used += row.usage is Usage.USED
        self.unused += row.usage is Usage.UNUSED
        self.not_deployed += row.usage is Usage.NOT_DEPLOYED
        self.unknown += row.usage is Usage.UNKNOWN
        if row.messages is not None:
            self.messages = (self.messages or 0) + row.messages
            self.messages_failed = (self.messages_failed or 0) + (row.messages_failed or 0)


def busiest_iflows(report: CensusReport) -> Sequence[IflowRow]:
    """Return the `TOP` iFlows with the most messages."""
    priorities = report.priorities
    return nsmallest(
        TOP,
        (row for row in report.rows if row.messages),
        key=lambda row: (-(row.messages or 0), priorities[row.tenant], row.tenant, row.iflow_id),
    )


def sum_packages(report: CensusReport) -> Sequence[PackageFigures]:
    """Return the packages that have iFlows, in the order of the rows."""
    packages: dict[tuple[str, str | None], PackageFigures] = {}
    for row in report.rows:
        key = (row.tenant, row.package_id)
        if key not in packages:
            packages[key] = PackageFigures(
                row.tenant,
                row.package_id,
                row.package_name,
                row.package_vendor,
                row.package_version,
                row.package_mode,
            )
        packages[key].add(row)
    return list(packages.values())


def packages_by_unused(report: CensusReport) -> Sequence[PackageFigures]:
    """Return the packages, those with the most unused iFlows first."""
    packages = [package for package in sum_packages(report) if package.package_id is not None]
    priorities = report.priorities
    packages.sort(
        key=lambda package: (
            -package.unused,
            -package.iflows,
            priorities[package.tenant],
            package.tenant,
            package.package_id or "",
        )
    )
    return packages


def failed_share(messages: int | None, failed: int | None) -> float | None:
    """Return the share of failed messages, 0 to 1; None if it is unknown."""
    return failed / messages if messages and failed is not None else None


def day_labels(period: Period) -> Sequence[str]:
    """Return the days of `messages_per_day`, as "2026-10-31"."""
    return [f"{day.start:%Y-%m-%d}" for day in period.window.days()]
