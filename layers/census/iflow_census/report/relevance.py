"""What documents for people show of a very large report; report.csv and report.json have all."""

from collections.abc import Collection, Iterator, Sequence
from heapq import nsmallest
from itertools import compress

from iflow_census.report.census_report import CensusReport
from iflow_census.report.chart_data import TOP
from iflow_census.scan.results import IflowRow
from iflow_census.scan.tenant_api import IN_ERROR
from iflow_census.scan.usage import Usage

MAX_ROWS = 50_000
"""iFlows in report.html and report.xlsx: browsers and Excel become slow with more."""

MAX_COMPARED = 12
"""Tenants that are compared side by side."""


def relevant_rows(report: CensusReport, limit: int = MAX_ROWS) -> Sequence[bool]:
    """Return for each iFlow whether it is one of the most relevant ones; for all if they are few.

    Those that are unused, failing, orphaned or drafts come first, then the deployed ones, and then
    those with the most messages.
    """
    if report.row_count <= limit:
        return [True] * report.row_count
    priorities = report.priorities
    keys = (
        (*_relevance(row), priorities[row.tenant], position)
        for position, row in enumerate(report.rows)
    )
    selected = [False] * report.row_count
    for *_, position in nsmallest(limit, keys):
        selected[position] = True
    return selected


def select_rows(report: CensusReport, selected: Sequence[bool]) -> Iterator[IflowRow]:
    """Return the rows for which `relevant_rows` returned True, in the order of the report."""
    return compress(report.rows, selected)


def describe_omitted(report: CensusReport, selected: Collection[bool]) -> str | None:
    """Return which rows are left out, for readers; None if none are."""
    shown = sum(selected)
    if shown == report.row_count:
        return None
    return (
        f"Shows {shown:,} of {report.row_count:,} iFlows: first those that are unused, failing, "
        "orphaned or drafts, then deployed ones, those with the most messages first. report.csv "
        "and report.json have all of them."
    )


def busiest_tenants(report: CensusReport) -> Collection[str]:
    """Return the names of the `TOP` tenants with the most messages, which charts show."""
    tenants = sorted(report.production_first, key=lambda tenant: -(tenant.totals.messages or 0))
    return {tenant.name for tenant in tenants[:TOP]}


def _relevance(row: IflowRow) -> tuple[bool, bool, int]:
    needs_attention = (
        row.usage is Usage.UNUSED
        or row.orphan
        or bool(row.draft)
        or bool(row.messages_failed)
        or row.runtime_status == IN_ERROR
    )
    return not needs_attention, not row.deployed, -(row.messages or 0)
