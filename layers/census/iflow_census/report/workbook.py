"""Tables in a workbook: columns, styles and how cells are written."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_TEXT_LENGTH = 32_767
"""Excel's limit for the text of a cell, in UTF-16 code units."""

MAX_ROWS = 1_048_575
"""Excel's limit for the rows of a sheet, without the header."""

MAX_LINKS = 65_530
"""Excel's limit for the links of a sheet; the cells after them have their text only."""

MAX_LINK_LENGTH = 2_079
"""Excel's limit for the address of a link."""

ROW_HEIGHT = 15
"""The height of a line, in points; Excel's default. LibreOffice does not make rows higher."""

A4 = 9
"""XlsxWriter's number of the paper."""

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
        link: returns the https address that the text of an item links to, or None.
    """

    header: str
    value: Callable[[Item], Cell]
    width: int = 16
    style: str = "text"
    highlight: Callable[[Item], str | None] | None = None
    link: Callable[[Item], str | None] | None = None

    @property
    def header_style(self) -> str:
        """The style of its header; headers of numbers are aligned to the right."""
        return "count header" if self.style in ("number", "share") else "header"

    def lines(self, item: Item) -> int:
        """Return the number of lines of the cell of an item: its row must be as high."""
        return len(wrap(str(self.value(item)), self.width)) if self.style == "wrapped" else 1

    def cell(self, item: Item) -> tuple[Cell, str]:
        """Return value and style of the cell of an item."""
        highlight = self.highlight(item) if self.highlight else None
        return self.value(item), highlight or self.style


STYLES: dict[str, dict[str, Any]] = {
    "text": {"valign": "top"},
    "link": {"font_color": "#1F5FA8", "underline": 1, "valign": "top"},
    "wrapped": {"valign": "top", "text_wrap": True},
    # Excel writes TRUE in any format, LibreOffice 1 without this one.
    "flag": {"num_format": '"TRUE";"TRUE";"FALSE"', "valign": "top", "align": "left"},
    # The indents keep numbers away from the text in the next column.
    "number": {"num_format": "#,##0", "valign": "top", "align": "right", "indent": 1},
    "share": {"num_format": "0.0%", "valign": "top", "align": "right", "indent": 1},
    "timestamp": {"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"},
    "header": {"bold": True, "bg_color": "#1F5FA8", "font_color": "#FFFFFF", "valign": "top"},
    "count header": {
        "bold": True,
        "bg_color": "#1F5FA8",
        "font_color": "#FFFFFF",
        "valign": "top",
        "align": "right",
        "indent": 1,
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
        printed_columns: int | None = None,
        footnotes: Sequence[str] = (),
    ) -> None:
        """Add a sheet with an Excel table: a frozen header, filters and a row per item.

        Args:
            name: of the sheet.
            columns: from left to right.
            items: from top to bottom; those that do not fit above the footnotes are left out.
            frozen_columns: how many columns stay visible.
            printed_columns: how many columns are printed; all of many would be tiny on paper. None
                prints all.
            footnotes: lines below the table, after an empty one.
        """
        sheet: Worksheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, frozen_columns)
        set_up_page(sheet)
        sheet.repeat_rows(0)
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width, self._formats[column.style])
        self.write_row(sheet, 0, [(column.header, column.header_style) for column in columns])
        last = links = 0
        most = MAX_ROWS - (len(footnotes) + 1 if footnotes else 0)
        for item in items:
            if last >= most:
                break
            last += 1
            lines = max(column.lines(item) for column in columns)
            if lines > 1:
                sheet.set_row(last, lines * ROW_HEIGHT)
            self.write_row(sheet, last, [column.cell(item) for column in columns])
            links += self._link_cells(sheet, last, columns, item, MAX_LINKS - links)
        if last == 0:
            last = 1  # a table has at least one row
            self.write_row(sheet, last, [(None, column.style) for column in columns])
        for position, footnote in enumerate(footnotes, start=last + 2):
            self.write_row(sheet, position, [(footnote, "text")])
        if printed_columns:
            sheet.print_area(0, 0, last + len(footnotes) + 1, printed_columns - 1)
        _add_excel_table(sheet, name, [column.header for column in columns], last)

    def _link_cells(
        self,
        sheet: "Worksheet",
        row: int,
        columns: Sequence[SheetColumn[Item]],
        item: Item,
        free: int,
    ) -> int:
        """Make links of the texts that have one; returns their number, at most `free`."""
        links = 0
        for position, column in enumerate(columns):
            address = column.link(item) if column.link else None
            if not address or len(address) > MAX_LINK_LENGTH or links == free:
                continue
            text = column.value(item)
            if isinstance(text, str) and text:
                style = self._formats["link"]
                sheet.write_url(row, position, address, style, cell_text(text))
                links += 1
        return links

    def write_row(self, sheet: "Worksheet", row: int, cells: Iterable[tuple[Cell, str]]) -> None:
        """Write values with their styles. Text is never a formula, a link or a number."""
        for position, (value, style) in enumerate(cells):
            cell_format = self._formats[style]
            match value:
                case None if position and "bg_color" not in STYLES[style]:
                    pass  # nothing to see; the first cell makes XlsxWriter write the row before
                case None:
                    sheet.write_blank(row, position, None, cell_format)
                case bool():
                    flag = self._formats["flag"] if style == "text" else cell_format
                    sheet.write_boolean(row, position, value, flag)
                case int() | float():
                    sheet.write_number(row, position, value, cell_format)
                case datetime() if value.astimezone(UTC).year >= MIN_YEAR:
                    sheet.write_datetime(row, position, _utc(value), cell_format)
                case datetime():
                    text = _utc(value).isoformat(sep=" ")
                    sheet.write_string(row, position, text, cell_format)
                case _:
                    sheet.write_string(row, position, cell_text(value), cell_format)


def set_up_page(sheet: "Worksheet") -> None:
    """Print a sheet in landscape, as wide as the paper, with its name and the page number."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _add_excel_table(sheet: "Worksheet", name: str, headers: Sequence[str], last: int) -> None:
    """Make an Excel table of the header and the rows down to `last`, which are written already.

    XlsxWriter refuses tables in the mode that writes row by row, because it would write the header
    once more, too late. Here the header is written, so the second one is only kept in memory and
    dropped. The table is added with one row and then extended, because XlsxWriter remembers each
    cell of a table.
    """
    from xlsxwriter.utility import xl_range  # noqa: PLC0415 - not needed when the Lambda starts

    if len({header.casefold() for header in headers}) < len(headers):
        sheet.autofilter(0, 0, last, len(headers) - 1)  # a table needs different headers
        return
    sheet.constant_memory = False
    sheet.add_table(
        0,
        0,
        1,
        len(headers) - 1,
        {
            "name": re.sub(r"\W", "_", name),
            "style": "Table Style Light 1",
            "columns": [{"header": header} for header in headers],
        },
    )
    sheet.constant_memory = True
    area = xl_range(0, 0, last, len(headers) - 1)
    sheet.tables[-1].update(range=area, autofilter=area)


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
