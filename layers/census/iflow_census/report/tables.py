"""The report as comma-separated and as JSON documents."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from iflow_census.report.census_report import COLUMNS, CensusReport, plain_report, plain_row
from iflow_census.scan.census import IflowRow

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: those get an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def report_json(report: CensusReport) -> bytes:
    """report.json, schema iflow-census/report/v1; an entry of a list stands on a line of its own.

    Entry by entry, because Python's encoder takes many times the memory for an indented whole.
    """
    members = (
        f"{json.dumps(name)}: {_lines(value)}" for name, value in plain_report(report).items()
    )
    return ("{\n" + ",\n".join(members) + "\n}\n").encode()


def _lines(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def report_csv(report: CensusReport) -> bytes:
    """report.csv: RFC 4180, UTF-8 with a byte order mark, which Excel needs to see UTF-8."""
    return b"\xef\xbb\xbf" + delimited([COLUMNS, *map(_cells, report.rows)], ",", "\r\n")


def _cells(row: IflowRow) -> list[str]:
    return [_cell(value) for value in plain_row(row).values()]


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
