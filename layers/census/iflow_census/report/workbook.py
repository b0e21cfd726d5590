"""Sheets of a workbook, and the one way in which their cells are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""What Excel holds in a cell."""

MOST_ROWS = 1_048_575
"""What Excel holds on a sheet, beside the header."""

FIRST_YEAR = 1900
"""Excel's calendar begins here."""

Cell = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its header, its width in characters, and the format of its cells."""

    header: str
    width: int = 16
    style: str = "text"

    @property
    def header_style(self) -> str:
        """The format of its header: that of a number stands above the numbers."""
        return "count header" if self.style in ("number", "share") else "header"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the format of those that are marked, by their place."""

    cells: Sequence[Cell]
    marks: dict[int, str] = field(default_factory=dict)


STYLES: dict[str, dict[str, Any]] = {
    "text": {"valign": "top"},
    "number": {"num_format": "#,##0", "valign": "top"},
    "share": {"num_format": "0.0%", "valign": "top"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"},
    "header": {"bold": True, "bg_color": "#1F5FA8", "font_color": "#FFFFFF", "valign": "top"},
    "count header": {
        "bold": True,
        "bg_color": "#1F5FA8",
        "font_color": "#FFFFFF",
        "valign": "top",
        "align": "right",
    },
    "title": {"bold": True, "font_size": 16},
    "section": {"bold": True, "font_size": 12},
    "quiet": {"font_color": "#5A6675"},
    "warning": {"bg_color": "#FDF2DC", "font_color": "#855300"},
    "edited": {"bg_color": "#FDF2DC", "font_color": "#855300", "valign": "top"},
    "unused": {"bg_color": "#E9ECF0", "font_color": "#3A4655", "valign": "top"},
    "failing": {
        "bg_color": "#FBE9E7",
        "font_color": "#A8322A",
        "num_format": "#,##0",
        "valign": "top",
    },
}


class Book:
    """A workbook, its formats, and the one way in which cells are written."""

    def __init__(self, workbook: "Workbook") -> None:
        self.workbook = workbook
        self.formats: dict[str, Format] = {
            name: workbook.add_format(style) for name, style in STYLES.items()
        }

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Row],
        *,
        frozen_columns: int = 0,
    ) -> None:
        """A sheet with a header that stays in sight, and filters."""
        sheet: Worksheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, frozen_columns)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, self.formats[column.style])
        self.line(sheet, 0, [(column.header, column.header_style) for column in columns])
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > MOST_ROWS:
                break
            self.line(
                sheet,
                count,
                [
                    (cell, row.marks.get(place, columns[place].style))
                    for place, cell in enumerate(row.cells)
                ],
            )
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)

    def line(self, sheet: "Worksheet", at: int, cells: Iterable[tuple[Cell, str]]) -> None:
        """Write a row. Texts are always written as such: never as a formula, a link or a number."""
        for place, (value, style) in enumerate(cells):
            known = self.formats[style]
            match value:
                case None:
                    sheet.write_blank(at, place, None, known)
                case bool():
                    sheet.write_boolean(at, place, value, known)
                case int() | float():
                    sheet.write_number(at, place, value, known)
                case datetime():
                    self._moment(sheet, at, place, value, known)
                case _:
                    sheet.write_string(at, place, cell_text(value), known)

    @staticmethod
    def _moment(sheet: "Worksheet", at: int, place: int, value: datetime, known: "Format") -> None:
        utc = value.astimezone(UTC).replace(tzinfo=None)
        if utc.year < FIRST_YEAR:
            sheet.write_string(at, place, utc.isoformat(sep=" "), known)
        else:
            sheet.write_datetime(at, place, utc, known)


def cell_text(text: str) -> str:
    """A text as a cell can hold it: not longer than Excel allows, and all of it valid in XML."""
    clean = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    if 2 * len(clean) <= LONGEST_TEXT:
        return clean
    return clean.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", errors="ignore")


_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no place for; XlsxWriter itself escapes the control characters."""
