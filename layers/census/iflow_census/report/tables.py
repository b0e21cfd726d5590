"""report.csv and report.json."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from iflow_census.report.census_report import (
    CensusReport,
    findings_to_json,
    head_to_json,
    row_to_json,
    rows_to_json,
)
from iflow_census.report.columns import columns_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Put an apostrophe in front of text that a spreadsheet would treat as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def render_json(report: CensusReport) -> bytes:
    """Render report.json, schema iflow-census/report/v1, with a line per entry of a list.

    The rows are rendered one by one: all at once would take several times the memory of the file.
    """
    body = io.BytesIO()
    separator = b"{"
    members: Iterable[tuple[str, object]] = chain(
        head_to_json(report).items(),
        [("iflows", rows_to_json(report))],
        findings_to_json(report).items(),
    )
    for name, value in members:
        body.write(separator + b"\n" + json.dumps(name).encode() + b": ")
        body.writelines(_render_value(value))
        separator = b","
    body.write(b"\n}\n")
    return body.getvalue()


def _render_value(value: object) -> Iterator[bytes]:
    if not isinstance(value, list | Iterator):
        yield json.dumps(value, ensure_ascii=False).encode()
        return
    separator = b"["
    for entry in value:
        yield separator + b"\n" + json.dumps(entry, ensure_ascii=False).encode()
        separator = b","
    yield b"[]" if separator == b"[" else b"\n]"


def render_csv(report: CensusReport) -> bytes:
    """Render report.csv."""
    names = [column.name for column in columns_of("csv")]
    return render_records(names, (row_to_json(row, names) for row in report.rows))


def render_records(names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> bytes:
    """Render records in JSON types as CSV: RFC 4180, UTF-8 with the byte order mark for Excel.

    Args:
        names: the columns, in their order.
        records: each has a value for each of them.
    """
    rows = ([_cell(record[name]) for name in names] for record in records)
    return b"\xef\xbb\xbf" + render_delimited(chain([names], rows), ",", "\r\n")


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


def render_delimited(rows: Iterable[Sequence[str]], delimiter: str, line_end: str) -> bytes:
    """Render rows as delimited text in UTF-8, quoted where necessary and without formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    for row in rows:
        writer.writerow([escape_formula(cell) for cell in row])
    return text.getvalue().encode()
