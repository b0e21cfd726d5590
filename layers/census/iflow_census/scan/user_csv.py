"""CSV files that people write by hand or in Excel: whatever separator and encoding it chose.

A line that cannot be used is named and left out; it never spoils the others, nor a run.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from iflow_census.errors import one_line

MAX_BYTES = 5 * 1024 * 1024
"""Protects the memory; ten thousand lines have less than 1 MB."""

MAX_PROBLEMS = 20
"""Bad lines that are named; a file with more of them is not what it should be."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A row.

    Attributes:
        place: the file and the line, for messages.
        values: by column, without surrounding blanks; a missing value is "".
    """

    place: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UserTable:
    """The rows of a file, and what is wrong with it in words."""

    rows: Sequence[UserRow] = ()
    problems: Sequence[str] = ()


def read_user_csv(
    body: bytes, source: str, required: Sequence[str], optional: Sequence[str] = ()
) -> UserTable:
    """Read a CSV file with a header.

    Args:
        body: the file: UTF-8 or Windows-1252, separated by commas or semicolons.
        source: its name, for messages.
        required: the columns that it must have, in any order and case.
        optional: those that it may have; any other column is a problem.
    """
    if len(body) > MAX_BYTES:
        return _unusable(f"{source}: larger than {MAX_BYTES // 1024**2} MB; remove rows")
    if b"\0" in body[:4]:
        return _unusable(f"{source}: not a CSV file but UTF-16; save it as CSV (UTF-8)")
    names: Sequence[str] = ()
    rows, problems = [], []
    for number, cells in _read_lines(_decode(body)):
        place = f"{source}, line {number}"
        if isinstance(cells, csv.Error):
            problems.append(f"{place}: {cells}; correct the quotes")
            if not names:
                break
        elif not names:
            names = [name.lower() for name in cells]
            wrong = _wrong_columns(names, required, optional)
            if wrong:
                known = ",".join([*required, *optional])
                return _unusable(f"{place}: wrong columns ({wrong}); write {known}")
        elif len(cells) > len(names):
            problems.append(f"{place}: more values than columns; quote values that have a comma")
        else:
            pairs = zip_longest(names, cells, fillvalue="")
            rows.append(UserRow(place, {name: value for name, value in pairs if name}))
    return UserTable(rows, problems)


def limit_problems(source: str, problems: Sequence[str]) -> Sequence[str]:
    """Return the first problems of a file and the number of the others, for readers of a report."""
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    return [
        *problems[:MAX_PROBLEMS],
        f"{source}: {more} more {'line' if more == 1 else 'lines'} cannot be used",
    ]


def _unusable(problem: str) -> UserTable:
    return UserTable(problems=[problem])


def _wrong_columns(names: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> str:
    """What is wrong with the columns; "" if nothing is. Excel adds columns without a name."""
    named = [name for name in names if name]
    missing = [f"no {name}" for name in required if name not in named]
    unknown = [one_line(name) for name in named if name not in (*required, *optional)]
    twice = "a column twice" if len({*named}) < len(named) else ""
    return ", ".join([*missing, *unknown]) or twice


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _read_lines(text: str) -> Iterator[tuple[int, Sequence[str] | csv.Error]]:
    """The rows, or why they cannot be read, with their line numbers; without blank lines."""
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, error
        else:
            if any(cells):
                yield reader.line_num, cells
