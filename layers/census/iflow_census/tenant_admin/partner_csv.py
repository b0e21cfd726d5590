"""Partner directory entries as comma-separated text, and back.

RFC 4180, UTF-8 with a byte order mark, which Excel needs to see UTF-8. A cell that a spreadsheet
would take for a formula gets an apostrophe in front, which is taken away again when it is read; so
does one that has apostrophes and then a formula, or it would lose one.
"""

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple

from iflow_census.errors import ConfigurationError
from iflow_census.http.errors import one_line
from iflow_census.tenant_admin.partner_directory import Kind, PartnerEntry

COLUMNS = ("kind", "partner", "id", "agency", "scheme", "content_type", "value")

LARGEST_CELL = 1_000_000
"""Characters; a binary parameter of SAP's largest size has 350,000 in base64."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MADE_HARMLESS = re.compile(r"'+[=+\-@\t\r\n]")

_NEEDED = {kind: {"partner", "id"} for kind in Kind} | {
    Kind.ALTERNATIVE: {"partner", "id", "agency", "scheme"}
}
_ALLOWED = _NEEDED | {
    Kind.STRING: {"partner", "id", "value"},
    Kind.BINARY: {"partner", "id", "content_type", "value"},
}


def dump(entries: Iterable[PartnerEntry]) -> bytes:
    """Entries as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        cells = [str(cell) for cell in astuple(entry)]
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def load(content: bytes, source: str) -> list[PartnerEntry]:
    """Entries of a CSV file, in its order.

    Args:
        content: as `dump` gives it; without a byte order mark or with `;` it is read as well.
        source: names the file in errors.

    Raises:
        ConfigurationError: it is no such file, an entry is incomplete or stands there twice.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{source} is no UTF-8: save it as 'CSV UTF-8'") from None
    csv.field_size_limit(LARGEST_CELL)
    semicolon = text.startswith("kind;")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if semicolon else ",", strict=True
    )
    found: dict[tuple[str, ...], PartnerEntry] = {}
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise ConfigurationError(
                f"{source} does not begin with the columns {', '.join(COLUMNS)}: "
                "see `iflow-census partners export`"
            )
        for row in reader:
            if not any(row):
                continue
            where = f"{source}, line {reader.line_num}"
            entry = _entry(row, where)
            if entry.key in found:
                raise ConfigurationError(f"{where}: the {entry.kind} stands there twice")
            found[entry.key] = entry
    except csv.Error as error:
        raise ConfigurationError(f"{source}, line {reader.line_num}: {error}") from error
    return list(found.values())


def _entry(row: Sequence[str], where: str) -> PartnerEntry:
    if len(row) != len(COLUMNS):
        raise ConfigurationError(f"{where}: {len(row)} cells, {len(COLUMNS)} are expected")
    cells = dict(zip(COLUMNS, map(_restored, row), strict=True))
    name = cells.pop("kind")
    try:
        kind = Kind(name)
    except ValueError:
        raise ConfigurationError(
            f"{where}: {one_line(name)!r} is no kind: there are {', '.join(Kind)}"
        ) from None
    given = {column for column, cell in cells.items() if cell}
    if missing := sorted(_NEEDED[kind] - given):
        raise ConfigurationError(f"{where}: the {kind} has no {', '.join(missing)}")
    if unknown := sorted(given - _ALLOWED[kind]):
        raise ConfigurationError(f"{where}: a {kind} has no {', '.join(unknown)}: leave it empty")
    if kind is Kind.BINARY:
        _check_base64(cells["value"], where)
    return PartnerEntry(kind, **cells)


def _restored(cell: str) -> str:
    return cell[1:] if _MADE_HARMLESS.match(cell) else cell


def _check_base64(text: str, where: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise ConfigurationError(f"{where}: the value is no base64") from None
