"""Reports of September and October 2026, as a run publishes them."""

from collections.abc import Sequence
from dataclasses import replace

from iflow_census.census.result import tenant_summary
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import FORMATS, documents
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import Header, publish, report_folder
from tests.unit.report.examples import BARE, DESIGNED, OCTOBER, ORPHAN, report, tenant

SEPTEMBER = Month(2026, 9)
RUNS = {SEPTEMBER: "20261001T003000Z", OCTOBER: "20261101T003000Z"}
EDITED = replace(DESIGNED, iflow_version="1.0.4", messages=900)


def rows_of(month: Month) -> Sequence[IflowRow]:
    """In October one iFlow has a new version and more messages, and one is new."""
    return [DESIGNED, ORPHAN] if month == SEPTEMBER else [EDITED, ORPHAN, BARE]


def census_of(
    month: Month, *others: TenantResult, rows: Sequence[IflowRow] | None = None
) -> CensusReport:
    """The report of a month of the tenant "prod", with other tenants beside it."""
    prod = tenant("prod", rows_of(month) if rows is None else rows)
    return replace(report(prod, *others), month=month, run_id=RUNS[month])


def publish_report(
    store: Store,
    census: CensusReport,
    *,
    formats: Sequence[str] = tuple(FORMATS),
    folder: str | None = None,
) -> None:
    """Publish a report where a run in AWS would, or into the folder that is given."""
    publish(
        store,
        report_folder(census.month) if folder is None else folder,
        Header(
            str(census.month),
            census.run_id,
            str(census.status),
            [tenant_summary(one) for one in census.tenants],
        ),
        documents(census, formats),
        pointer=folder is None,
    )


def publish_two_months(store: Store) -> None:
    """Publish both months in every format."""
    for month in RUNS:
        publish_report(store, census_of(month))
