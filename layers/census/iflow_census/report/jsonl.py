"""The rows as JSON lines: report.jsonl."""

from collections.abc import Iterator

from iflow_census.report.census_report import CensusReport, encode_ascii, records_of
from iflow_census.report.columns import columns_of


def render_jsonl(report: CensusReport) -> bytes:
    """Render report.jsonl: one object per iFlow, with the columns of report.csv."""
    return b"".join(stream_jsonl(report))


def stream_jsonl(report: CensusReport) -> Iterator[bytes]:
    """Render report.jsonl, row by row."""
    names = [column.name for column in columns_of("jsonl")]
    # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
    return (encode_ascii(record).encode() + b"\n" for record in records_of(report.rows, names))
