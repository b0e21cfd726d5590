"""Tables in a workbook: what Excel cannot hold."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter import Workbook

from iflow_census.report import workbook
from iflow_census.report.workbook import MAX_TEXT_LENGTH, Book, Cell, SheetColumn, cell_text


def write_table(values: Sequence[Cell], **options: Any) -> list[object]:
    """Write a table with one column and return its cells."""
    (cells,) = make_sheet(values, **options).iter_cols(values_only=True)
    return list(cells)


def make_sheet(values: Sequence[Cell], style: str = "text", **options: Any) -> Worksheet:
    file = BytesIO()
    book = Workbook(file, {"constant_memory": True})
    column: SheetColumn[Cell] = SheetColumn("Value", lambda value: value, style=style)
    Book(book).add_table("Table", [column], values, **options)
    book.close()
    return load_workbook(BytesIO(file.getvalue()))["Table"]


def test_invisible_empty_cells_are_not_written() -> None:
    file = BytesIO()
    book = Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Sheet")
    Book(book).write_row(sheet, 0, [(None, "text"), (None, "text"), (None, "failing")])
    book.close()

    with ZipFile(file) as archive:
        written = re.findall(r'<c r="(\w+)"', archive.read("xl/worksheets/sheet1.xml").decode())

    assert written == ["A1", "C1"]


@pytest.mark.parametrize("text", ["x" * 40_000, "🚀" * 20_000, "x" + "🚀" * 20_000])
def test_long_text_is_truncated(text: str) -> None:
    truncated = cell_text(text)

    assert text.startswith(truncated)
    assert MAX_TEXT_LENGTH - 1 <= len(truncated.encode("utf-16-le")) // 2 <= MAX_TEXT_LENGTH


@pytest.mark.parametrize(
    ("footnotes", "written"),
    [
        ([], [1, 2, 3, 4]),
        (["below"], [1, 2, None, "below"]),
        (["below", "last"], [1, None, "below", "last"]),
    ],
)
def test_table_ends_at_the_limit_of_excel(
    monkeypatch: pytest.MonkeyPatch, footnotes: Sequence[str], written: Sequence[Cell]
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)

    assert write_table([1, 2, 3, 4, 5], footnotes=footnotes) == ["Value", *written]


def test_row_is_as_high_as_its_wrapped_text() -> None:
    texts = ["short", "ten chars. ten chars.", "long " * 30]

    sheet = make_sheet(texts, style="wrapped")

    assert [sheet.row_dimensions[row].height for row in (2, 3, 4)] == [None, 30, 150]
    assert make_sheet(texts).row_dimensions[4].height is None


def test_printed_area_includes_the_footnotes() -> None:
    sheet = make_sheet([1, 2], footnotes=["below", "last"], printed_columns=1)

    assert sheet.print_area == "'Table'!$A$1:$A$6"
    assert make_sheet([1]).print_area == ""


@pytest.mark.parametrize(
    ("style", "side"),
    [("text", None), ("timestamp", None), ("number", "right"), ("share", "right")],
)
def test_headers_of_numbers_are_on_the_right(style: str, side: str | None) -> None:
    header = make_sheet([1], style=style)["A1"]

    assert (header.font.bold, header.alignment.horizontal) == (True, side)


def test_flag_is_a_word_in_every_program() -> None:
    sheet = make_sheet([True])

    assert (sheet["A2"].value, sheet["A2"].number_format) == (True, '"TRUE";"TRUE";"FALSE"')


def test_table_without_rows_has_its_header() -> None:
    sheet = make_sheet([])

    assert sheet["A1"].font.bold


def test_date_before_excels_calendar_is_text() -> None:
    assert write_table([datetime(1, 1, 1, tzinfo=UTC)]) == ["Value", "0001-01-01 00:00:00"]


def test_dates_start_with_the_year_1900() -> None:
    dates = [datetime(1899, 12, 31, tzinfo=UTC), datetime(1900, 6, 1, tzinfo=UTC)]

    # Excel counts the days, with a 29th of February 1900.
    assert write_table(dates)[1:] == ["1899-12-31 00:00:00", 31 + 29 + 31 + 30 + 31 + 1]


@pytest.mark.parametrize(
    ("values", "footnotes", "area"),
    [([], [], "A1:A2"), ([1, 2], [], "A1:A3"), ([1, 2], ["below"], "A1:A3")],
)
def test_table_spans_the_header_and_all_rows(
    values: Sequence[int], footnotes: Sequence[str], area: str
) -> None:
    table = make_sheet(values, footnotes=footnotes).tables["Table"]

    assert (table.ref, table.autoFilter.ref) == (area, area)


def test_columns_with_the_same_header_have_filters_but_no_table() -> None:
    file = BytesIO()
    book = Workbook(file, {"constant_memory": True})
    columns: list[SheetColumn[int]] = [SheetColumn("Value", int), SheetColumn("VALUE", int)]
    Book(book).add_table("Table", columns, [1])
    book.close()

    sheet = load_workbook(BytesIO(file.getvalue()))["Table"]

    assert (dict(sheet.tables), sheet.auto_filter.ref) == ({}, "A1:B2")


def links(values: Sequence[Cell]) -> list[str | None]:
    """The links of a table with a column of numbers and one of these values."""
    file = BytesIO()
    book = Workbook(file, {"constant_memory": True})
    columns: list[SheetColumn[Cell]] = [
        SheetColumn("Number", lambda _: 1),
        SheetColumn("Value", lambda value: value, link=lambda value: f"https://a.example/{value}"),
    ]
    Book(book).add_table("Table", columns, values)
    book.close()
    header, *cells = load_workbook(BytesIO(file.getvalue()))["Table"]["B"]
    assert header.value == "Value"
    assert [cell.value for cell in cells] == list(values)
    return [cell.hyperlink and cell.hyperlink.target for cell in cells]


def test_links_end_at_the_limits_of_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_LINKS", 2)
    monkeypatch.setattr(workbook, "MAX_LINK_LENGTH", 20)

    assert links(["too", "as", "a", "b"]) == [
        None,
        "https://a.example/as",
        "https://a.example/a",
        None,
    ]


def test_only_text_has_a_link() -> None:
    assert links(["a", "", 7, None]) == ["https://a.example/a", None, None, None]


def test_text_is_cut_at_excels_limit() -> None:
    assert len(cell_text("x" * 40_000)) == 32_767
    assert len(cell_text("x" * 32_767)) == 32_767


def test_footnotes_are_below_an_empty_line() -> None:
    assert write_table([1], footnotes=["below"]) == ["Value", 1, None, "below"]
    assert write_table([], footnotes=["below"]) == ["Value", None, None, "below"]


def test_highlight_replaces_the_style_of_a_cell() -> None:
    column: SheetColumn[int] = SheetColumn(
        "Value", int, highlight=lambda value: "unused" if value else None
    )

    assert [column.cell(value) for value in (0, 1)] == [(0, "text"), (1, "unused")]
