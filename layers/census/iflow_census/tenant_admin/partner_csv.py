"""Partner directory entries as a CSV file.

RFC 4180, UTF-8 with a byte order mark, which Excel needs to detect UTF-8. A cell that a spreadsheet
would evaluate as a formula gets a leading apostrophe, which is removed when the file is read. So
does a cell that begins with apostrophes and a formula: otherwise it would lose an apostrophe.
"""

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple

from iflow_census.errors import ConfigurationError, one_line
from iflow_census.tenant_admin.partner_directory import EntryKind, PartnerEntry

COLUMNS = ("kind", "partner", "id", "agency", "scheme", "content_type", "value")

_MAX_CELL_CHARS = 1_000_000
"""SAP's largest binary parameter has 350,000 characters in base64."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED_FORMULA = re.compile(r"'+[=+\-@\t\r\n]")

_REQUIRED = {kind: {"partner", "id"} for kind in EntryKind} | {
    EntryKind.ALTERNATIVE: {"partner", "id", "agency", "scheme"}
}
_ALLOWED = _REQUIRED | {
    EntryKind.STRING: {"partner", "id", "value"},
    EntryKind.BINARY: {"partner", "id", "content_type", "value"},
}


def dumps(entries: Iterable[PartnerEntry]) -> bytes:
    """Return the content of a CSV file with the entries."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        cells = [str(cell) for cell in astuple(entry)]
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def loads(content: bytes, source: str) -> list[PartnerEntry]:
    """Parse the entries of a CSV file.

    The byte order mark is optional, and the separator may be `;`.

    Raises:
        ConfigurationError: the file has another format, or an entry is incomplete or duplicated.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{source}: not UTF-8; save it as 'CSV UTF-8'") from None
    csv.field_size_limit(_MAX_CELL_CHARS)
    delimiter = ";" if text.startswith("kind;") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries: dict[tuple[str, ...], PartnerEntry] = {}
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise ConfigurationError(
                f"{source}: the first line must be {','.join(COLUMNS)}; "
                "create the file with `iflow-census partners export`"
            )
        for row in reader:
            if not any(row):
                continue
            where = f"{source}, line {reader.line_num}"
            entry = _parse_row(row, where)
            if entry.key in entries:
                raise ConfigurationError(f"{where}: duplicate {entry.kind}")
            entries[entry.key] = entry
    except csv.Error as error:
        raise ConfigurationError(f"{source}, line {reader.line_num}: {error}") from error
    return list(entries.values())


def _parse_row(row: Sequence[str], where: str) -> PartnerEntry:
    if len(row) != len(COLUMNS):
        raise ConfigurationError(f"{where}: {len(row)} cells instead of {len(COLUMNS)}")
    cells = dict(zip(COLUMNS, map(_unescape_formula, row), strict=True))
    name = cells.pop("kind")
    try:
        kind = EntryKind(name)
    except ValueError:
        raise ConfigurationError(
            f"{where}: unknown kind {one_line(name)!r}; use one of {', '.join(EntryKind)}"
        ) from None
    filled = {column for column, cell in cells.items() if cell}
    if missing := sorted(_REQUIRED[kind] - filled):
        raise ConfigurationError(f"{where}: {kind} without {', '.join(missing)}")
    if extra := sorted(filled - _ALLOWED[kind]):
        raise ConfigurationError(
            f"{where}: {kind} with {', '.join(extra)}; leave these cells empty"
        )
    if kind is EntryKind.BINARY:
        _check_base64(cells["value"], where)
    return PartnerEntry(kind, **cells)


def _unescape_formula(cell: str) -> str:
    return cell[1:] if _ESCAPED_FORMULA.match(cell) else cell


def _check_base64(text: str, where: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise ConfigurationError(f"{where}: the value is not valid base64") from None
