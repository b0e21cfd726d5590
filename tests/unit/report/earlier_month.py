"""Reports of earlier months, to compare with the report of October."""

from collections.abc import Sequence
from dataclasses import replace

from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EarlierReport
from iflow_census.report.reader import read_earlier_report
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult
from tests.unit.report.examples import OCTOBER, report, tenant
from tests.unit.report.rendering import render_json

SEPTEMBER = Month(2026, 9)
AUGUST = Month(2026, 8)


def report_body(month: Month, *tenants: TenantResult) -> bytes:
    """Return the report.json of a month."""
    return render_json(replace(report(*tenants), period=month))


def earlier(*rows: IflowRow, month: Month = SEPTEMBER) -> EarlierReport:
    """Return a complete report of a month, with one tenant that has these rows."""
    return of_tenants(tenant("prod", rows), month=month)


def of_tenants(*tenants: TenantResult, month: Month = SEPTEMBER) -> EarlierReport:
    """Return a report of a month with these tenants."""
    return read_earlier_report("report.json", report_body(month, *tenants))


def october(rows: Sequence[IflowRow], *before: EarlierReport) -> CensusReport:
    """Return the report of October, with one tenant and these earlier reports."""
    return replace(report(tenant("prod", rows)), period=OCTOBER, earlier=before)
