"""The rows as JSON lines: report.jsonl, and a file per tenant for the table in Athena."""

import gzip
import io
from collections.abc import Iterable, Iterator

from iflow_census.report.census_report import CensusReport, encode_ascii, records_of
from iflow_census.report.columns import columns_of
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.store.state_file import GZIP_LEVEL


def render_jsonl(report: CensusReport) -> bytes:
    """Render report.jsonl: one object per iFlow, with the columns of report.csv."""
    return b"".join(stream_jsonl(report))


def stream_jsonl(report: CensusReport) -> Iterator[bytes]:
    """Render report.jsonl, row by row."""
    return _render_lines(report.rows, "jsonl")


def render_table(tenant: TenantResult) -> bytes:
    """Render the rows of a tenant for the table of iFlows, compressed.

    Columns and types are those of the Glue table in template.yaml. The month is not a column,
    because it is part of the key.
    """
    return compress_table(_render_lines(tenant.iflows, "table"))


def compress_table(lines: Iterable[bytes]) -> bytes:
    """Compress the lines of a table with gzip, always to the same bytes: queries pay by size."""
    table = io.BytesIO()
    with gzip.GzipFile("", "wb", GZIP_LEVEL, table, mtime=0) as file:
        file.writelines(lines)
    return table.getvalue()


def table_key(table: str, month: Month, tenant: str) -> str:
    """Return the key of the rows of a tenant in a table."""
    return f"tables/{table}/period={month}/{tenant}.jsonl.gz"


def _render_lines(rows: Iterable[IflowRow], document: str) -> Iterator[bytes]:
    names = [column.name for column in columns_of(document)]
    # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
    return (encode_ascii(record).encode() + b"\n" for record in records_of(rows, names))
