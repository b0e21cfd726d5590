"""Tables in a workbook: columns, styles and how cells are written."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_TEXT_LENGTH = 32_767
"""Excel's limit for the text of a cell, in UTF-16 code units."""

MAX_ROWS = 1_048_575
"""Excel's limit for the rows of a sheet, without the header."""

MIN_YEAR = 1900
"""The first year of Excel's calendar."""

Cell = str | int | float | bool | datetime | None
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class SheetColumn(Generic[Item]):
    """A column of a table.

    Attributes:
        header: the text above it.
        value: returns the cell of an item.
        width: in characters.
        style: one of `STYLES`.
        highlight: returns another style for the cell of an item, or None.
    """

    header: str
    value: Callable[[Item], Cell]
    width: int = 16
    style: str = "text"
    highlight: Callable[[Item], str | None] | None = None

    @property
    def header_style(self) -> str:
        """The style of its header; headers of numbers are aligned to the right."""
        return "count header" if self.style in ("number", "share") else "header"

    def cell(self, item: Item) -> tuple[Cell, str]:
        """Return value and style of the cell of an item."""
        highlight = self.highlight(item) if self.highlight else None
        return self.value(item), highlight or self.style


STYLES: dict[str, dict[str, Any]] = {
    "text": {"valign": "top"},
    "number": {"num_format": "#,##0", "valign": "top"},
    "share": {"num_format": "0.0%", "valign": "top"},
    "timestamp": {"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"},
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
    """A workbook with the styles of the report."""

    def __init__(self, workbook: "Workbook") -> None:
        self.workbook = workbook
        self._formats: dict[str, Format] = {
            name: workbook.add_format(style) for name, style in STYLES.items()
        }

    def add_table(
        self,
        name: str,
        columns: Sequence[SheetColumn[Item]],
        items: Iterable[Item],
        *,
        frozen_columns: int = 0,
        note: str | None = None,
        footnotes: Sequence[str] = (),
    ) -> None:
        """Add a sheet with a frozen header, filters and a row per item.

        Args:
            name: of the sheet.
            columns: from left to right.
            items: from top to bottom; those beyond `MAX_ROWS` are left out.
            frozen_columns: how many columns stay visible.
            note: a line above the items.
            footnotes: lines below them.
        """
        sheet: Worksheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, frozen_columns)
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width, self._formats[column.style])
        self.write_row(sheet, 0, [(column.header, column.header_style) for column in columns])
        last = 0
        if note:
            last += 1
            self.write_row(sheet, last, [(note, "text")])
        for item in items:
            if last >= MAX_ROWS:
                break
            last += 1
            self.write_row(sheet, last, [column.cell(item) for column in columns])
        for footnote in footnotes:
            last += 1
            self.write_row(sheet, last, [(footnote, "text")])
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)

    def write_row(self, sheet: "Worksheet", row: int, cells: Iterable[tuple[Cell, str]]) -> None:
        """Write values with their styles. Text is never a formula, a link or a number."""
        for position, (value, style) in enumerate(cells):
            cell_format = self._formats[style]
            match value:
                case None:
                    sheet.write_blank(row, position, None, cell_format)
                case bool():
                    sheet.write_boolean(row, position, value, cell_format)
                case int() | float():
                    sheet.write_number(row, position, value, cell_format)
                case datetime() if value.astimezone(UTC).year >= MIN_YEAR:
                    sheet.write_datetime(row, position, _utc(value), cell_format)
                case datetime():
                    text = _utc(value).isoformat(sep=" ")
                    sheet.write_string(row, position, text, cell_format)
                case _:
                    sheet.write_string(row, position, cell_text(value), cell_format)


def _utc(timestamp: datetime) -> datetime:
    return timestamp.astimezone(UTC).replace(tzinfo=None)


def cell_text(text: str) -> str:
    """Return a text as a cell can hold it: within Excel's limit, and valid in XML."""
    clean = _INVALID_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    if 2 * len(clean) <= MAX_TEXT_LENGTH:
        return clean
    return clean.encode("utf-16-le")[: 2 * MAX_TEXT_LENGTH].decode("utf-16-le", errors="ignore")


_INVALID_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 does not allow; XlsxWriter escapes control characters itself."""
