"""The rows as JSON lines: as one file, and per tenant as the table that Athena reads."""

import json
from collections.abc import Iterable, Mapping

from iflow_census.report.census_report import CensusReport, plain_row
from iflow_census.report.columns import columns_of
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow


def report_jsonl(report: CensusReport) -> bytes:
    """report.jsonl: one object per iFlow, with the columns of report.csv."""
    return _lines(report.rows, "jsonl")


def tenant_tables(report: CensusReport) -> Mapping[str, bytes]:
    """The rows of each tenant that was scanned, by its name.

    Columns and types are those of the Glue table in template.yaml; the month is not among them,
    since it stands in the key.
    """
    return {
        tenant.name: _lines(tenant.iflows, "table")
        for tenant in report.tenants
        if tenant.scanned_at is not None
    }


def table_key(month: Month, tenant: str) -> str:
    """Where the rows of a tenant go."""
    return f"tables/iflows/period={month}/{tenant}.jsonl"


def _lines(rows: Iterable[IflowRow], document: str) -> bytes:
    names = [column.name for column in columns_of(document)]
    # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
    return b"".join(json.dumps(plain_row(row, names)).encode() + b"\n" for row in rows)
