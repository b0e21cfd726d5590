"""The report as comma-separated and as JSON documents."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from iflow_census.report.census_report import (
    CensusReport,
    plain_findings,
    plain_head,
    plain_row,
    plain_rows,
)
from iflow_census.report.columns import columns_of
from iflow_census.scan.results import IflowRow

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: those get an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def report_json(report: CensusReport) -> bytes:
    """report.json, schema iflow-census/report/v1; an entry of a list stands on a line of its own.

    Entry by entry, because ten thousand rows at once take many times the memory of the file.
    """
    body = io.BytesIO()
    separator = b"{"
    members: Iterable[tuple[str, object]] = chain(
        plain_head(report).items(),
        [("iflows", plain_rows(report))],
        plain_findings(report).items(),
    )
    for name, value in members:
        body.write(separator + b"\n" + json.dumps(name).encode() + b": ")
        body.writelines(_lines(value))
        separator = b","
    body.write(b"\n}\n")
    return body.getvalue()


def _lines(value: object) -> Iterator[bytes]:
    if not isinstance(value, list | Iterator):
        yield json.dumps(value, ensure_ascii=False).encode()
        return
    separator = b"["
    for one in value:
        yield separator + b"\n" + json.dumps(one, ensure_ascii=False).encode()
        separator = b","
    yield b"[]" if separator == b"[" else b"\n]"


def report_csv(report: CensusReport) -> bytes:
    """report.csv: RFC 4180, UTF-8 with a byte order mark, which Excel needs to see UTF-8."""
    names = [column.name for column in columns_of("csv")]
    rows = (_cells(row, names) for row in report.rows)
    return b"\xef\xbb\xbf" + delimited(chain([names], rows), ",", "\r\n")


def _cells(row: IflowRow, names: Sequence[str]) -> list[str]:
    return [_cell(value) for value in plain_row(row, names).values()]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return " ".join(value)
        case _:
            return str(value)


def delimited(rows: Iterable[Sequence[str]], delimiter: str, line_end: str) -> bytes:
    """Rows as delimited text in UTF-8; cells are quoted where they must be, and made harmless."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode()
