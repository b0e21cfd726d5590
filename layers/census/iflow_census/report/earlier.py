"""Reports of earlier months, as far as a new report is compared with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Annotated

from pydantic import AfterValidator

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.usage import Usage

EARLIER_MONTHS = 12
"""How many earlier months a report is compared with."""

Text = Annotated[str, AfterValidator(intern)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierIflow:
    """The compared columns of an iFlow; the names are those of `IflowRow`."""

    tenant: Text
    package_id: Text | None
    package_name: Text | None
    iflow_id: Text
    iflow_name: Text | None
    iflow_version: Text | None
    edit_status: EditStatus
    modified_at: datetime | None
    deployed: bool | None
    runtime_version: Text | None
    messages: int | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """The report of an earlier month.

    Attributes:
        month: the month counted.
        run_id: the run that wrote it.
        status: complete if every tenant was.
        tenants: by name, without their rows.
        iflows: by tenant and iFlow id.
    """

    month: Month
    run_id: str
    status: TenantStatus
    tenants: Mapping[str, TenantResult]
    iflows: Mapping[tuple[str, str], EarlierIflow]


@dataclass(frozen=True, slots=True)
class EarlierReports:
    """The usable reports of earlier months.

    Attributes:
        reports: newest first.
        warnings: which reports were left out and why, for readers of the new report.
    """

    reports: Sequence[EarlierReport] = ()
    warnings: Sequence[str] = ()


def newest_complete(earlier: Sequence[EarlierReport], month: Month) -> EarlierReport | None:
    """Return the newest complete report before a month."""
    complete = [
        report
        for report in earlier
        if report.month < month and report.status is TenantStatus.COMPLETE
    ]
    return max(complete, key=lambda report: report.month, default=None)
