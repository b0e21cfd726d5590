"""CSV files that people write by hand or in Excel: whatever separator and encoding it chose.

A line that cannot be used is named and left out; it never spoils the others, nor a run.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_BYTES = 5 * 1024 * 1024
"""Protects the memory; ten thousand lines have less than 1 MB."""


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
    try:
        text = _decode(body)
        lines = _read_lines(text)
    except (UnicodeError, csv.Error) as error:
        return _unusable(f"{source}: not a CSV file ({error}); save it as CSV (UTF-8)")
    if not lines:
        return UserTable([], [])
    _, header = lines[0]
    names = [name.strip().lower() for name in header]
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name and name not in (*required, *optional)]
    if missing or unknown or len({*names}) < len(names):
        wrong = ", ".join([*(f"no {name}" for name in missing), *unknown]) or "a column twice"
        known = ",".join([*required, *optional])
        return _unusable(f"{source}, line 1: wrong columns ({wrong}); write {known}")
    rows, problems = [], []
    for number, cells in lines[1:]:
        place = f"{source}, line {number}"
        if len(cells) > len(names):
            problems.append(f"{place}: more values than columns; quote values that have a comma")
            continue
        padded = [*cells, *[""] * (len(names) - len(cells))]
        rows.append(UserRow(place, dict(zip(names, map(str.strip, padded), strict=True))))
    return UserTable(rows, problems)


def _unusable(problem: str) -> UserTable:
    return UserTable(problems=[problem])


def _decode(body: bytes) -> str:
    if b"\0" in body[:4]:
        raise UnicodeError("UTF-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252")


def _read_lines(text: str) -> Sequence[tuple[int, Sequence[str]]]:
    """The rows with their line numbers; blank lines are left out."""
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
