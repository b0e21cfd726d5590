"""Tables in a workbook: what Excel cannot hold."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook

from iflow_census.report import workbook
from iflow_census.report.workbook import MAX_TEXT_LENGTH, Book, Cell, SheetColumn, cell_text


def write_table(values: Sequence[Cell], **options: object) -> list[object]:
    """Write a table with one column and return its cells."""
    file = BytesIO()
    book = Workbook(file, {"constant_memory": True, "remove_timezone": False})
    column = SheetColumn[Cell]("Value", lambda value: value)
    Book(book).add_table("Table", [column], values, **options)  # type: ignore[arg-type]
    book.close()
    (cells,) = load_workbook(BytesIO(file.getvalue()))["Table"].iter_cols(values_only=True)
    return list(cells)


@pytest.mark.parametrize("text", ["x" * 40_000, "🚀" * 20_000, "x" + "🚀" * 20_000])
def test_long_text_is_truncated(text: str) -> None:
    truncated = cell_text(text)

    assert text.startswith(truncated)
    assert MAX_TEXT_LENGTH - 1 <= len(truncated.encode("utf-16-le")) // 2 <= MAX_TEXT_LENGTH


def test_table_ends_at_the_limit_of_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 2)

    assert write_table([1, 2, 3]) == ["Value", 1, 2]


def test_date_before_excels_calendar_is_text() -> None:
    assert write_table([datetime(1, 1, 1, tzinfo=UTC)]) == ["Value", "0001-01-01 00:00:00"]


def test_notes_are_above_and_below_the_items() -> None:
    cells = write_table([1], note="above", footnotes=["", "below"])

    assert cells == ["Value", "above", 1, "", "below"]


def test_highlight_replaces_the_style_of_a_cell() -> None:
    column = SheetColumn[int]("Value", int, highlight=lambda value: "unused" if value else None)

    assert [column.cell(value) for value in (0, 1)] == [(0, "text"), (1, "unused")]
