"""report.csv, report.json and report.jsonl."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from itertools import chain
from types import NoneType
from typing import Any

from iflow_census.report.census_report import (
    CensusReport,
    encode_ascii,
    encode_json,
    findings_of,
    head_to_json,
    records_of,
)
from iflow_census.report.columns import columns_of
from iflow_census.scan.period import iso_utc

_PART_CHARACTERS = 2**16

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Put an apostrophe in front of text that a spreadsheet would treat as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def stream_json(report: CensusReport) -> Iterator[bytes]:
    """Render report.json, schema iflow-census/report/v1, with a line per entry of a list.

    The entries are rendered one by one: all at once would take several times the memory of the
    file.
    """
    members = chain(
        head_to_json(report).items(),
        [("iflows", records_of(report.rows))],
        findings_of(report).items(),
    )
    yield from _render_members(members)
    yield b"\n"


def _render_members(members: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    separator = b"{"
    for name, value in members:
        yield separator + b"\n" + json.dumps(name).encode() + b": "
        if is_dataclass(value) and not isinstance(value, type):
            yield from _render_members(
                (member.name, getattr(value, member.name)) for member in fields(value)
            )
        else:
            yield from _render_value(value)
        separator = b","
    yield b"{}" if separator == b"{" else b"\n}"


def _render_value(value: object) -> Iterator[bytes]:
    if not isinstance(value, list | Iterator):
        yield encode_json(value).encode()
        return
    separator = b"["
    for entry in value:
        yield separator + b"\n" + encode_json(entry).encode()
        separator = b","
    yield b"[]" if separator == b"[" else b"\n]"


def stream_jsonl(report: CensusReport) -> Iterator[bytes]:
    """Render report.jsonl: one object per iFlow, with the columns of report.csv."""
    names = [column.name for column in columns_of("jsonl")]
    # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
    return (encode_ascii(record).encode() + b"\n" for record in records_of(report.rows, names))


def stream_csv(report: CensusReport) -> Iterator[bytes]:
    """Render report.csv, row by row; see `stream_records`."""
    names = [column.name for column in columns_of("csv")]
    return stream_records(names, records_of(report.rows, names))


def render_records(names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> bytes:
    """Render records, all at once; see `stream_records`."""
    return b"".join(stream_records(names, records))


def stream_records(names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Render records as CSV: RFC 4180, UTF-8 with the byte order mark for Excel."""
    rows = (
        [value if type(value) in _PLAIN else _cell(value) for value in map(record.get, names)]
        for record in records
    )
    yield b"\xef\xbb\xbf"
    yield from stream_delimited(chain([names], rows), ",", "\r\n")


_PLAIN = {str, int, NoneType}
"""Types that are written as they are: most cells, so that a function call each would be slow."""


def _cell(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso_utc(value) or ""
        case list() | tuple():
            return ("; " if any(" " in entry for entry in value) else " ").join(value)
        case _:
            return str(value)


def stream_delimited(
    rows: Iterable[Sequence[str | int | None]], delimiter: str, line_end: str
) -> Iterator[bytes]:
    """Render rows as delimited text in UTF-8, quoted where necessary and without formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    for row in rows:
        writer.writerow([escape_formula(cell) if type(cell) is str else cell for cell in row])
        if text.tell() >= _PART_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
