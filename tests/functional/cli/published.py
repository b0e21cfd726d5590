"""Published reports of September and October 2026."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from iflow_census.census.result import tenant_summary
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import FORMATS, render_documents
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import Document, Header, publish
from tests.unit.report.examples import BARE, DESIGNED, IDLE_ORPHAN, OCTOBER, report, tenant

SEPTEMBER = Month(2026, 9)
RUNS = {SEPTEMBER: "20261001T003000Z", OCTOBER: "20261101T003000Z"}
EDITED = replace(DESIGNED, iflow_version="1.0.4", messages=900)


def rows_of(month: Month) -> Sequence[IflowRow]:
    """Return rows; in October an iFlow has a new version and more messages, and another is new."""
    return [DESIGNED, IDLE_ORPHAN] if month == SEPTEMBER else [EDITED, IDLE_ORPHAN, BARE]


def census_of(
    month: Month, *others: TenantResult, rows: Sequence[IflowRow] | None = None
) -> CensusReport:
    """Return the report of a month of the tenant "prod" and of other tenants."""
    prod = tenant("prod", rows_of(month) if rows is None else rows)
    return replace(report(prod, *others), period=month, run_id=RUNS[month])


def publish_report(
    store: Store, census: CensusReport, *, formats: Sequence[str] = tuple(FORMATS)
) -> None:
    """Publish a report to the folder of its month."""
    _publish(store, census, render_documents(census, formats))


def publish_two_months(store: Store) -> None:
    """Publish both months in every format."""
    for month in RUNS:
        census, documents = _rendered(month)
        _publish(store, census, documents)


@functools.cache
def _rendered(month: Month) -> tuple[CensusReport, Sequence[Document]]:
    """A month in every format; rendering takes longer than most tests."""
    census = census_of(month)
    documents = render_documents(census, tuple(FORMATS))
    return census, [replace(document, parts=[*document.parts]) for document in documents]


def _publish(store: Store, census: CensusReport, documents: Iterable[Document]) -> None:
    header = Header(
        census.period,
        census.run_id,
        str(census.status),
        [tenant_summary(result) for result in census.tenants],
        census.coverage_complete,
    )
    publish(store, header, documents)
