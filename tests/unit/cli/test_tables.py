"""Tables on terminals of different widths."""

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from iflow_census.cli.tables import Cell, name_cell, print_table

ROWS = [(name_cell("Order replication from S/4HANA to a partner"), "1234567", "complete")]


def _print(width: int, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width)
    print_table(console, ("iFlow", "messages", "status"), ROWS, numbers=("messages",))
    file.seek(0)
    return file.read().splitlines()


@pytest.mark.parametrize("width", [50, 80, 200])
def test_row_is_one_line_and_only_names_are_cut(width: int) -> None:
    lines = _print(width)

    assert max(map(len, lines)) <= width
    (row,) = [line for line in lines if "Order" in line]
    assert "1234567" in row
    assert "complete" in row
    assert ("…" in row) == (width < 80)


def test_narrow_terminal_shows_a_list() -> None:
    assert _print(30) == [
        "Order replication from S/4HANA to a partner",
        "  messages: 1234567",
        "  status: complete",
    ]


def test_table_without_unicode_uses_plain_lines() -> None:
    assert "\n".join(_print(80, "ascii")).isascii()


def test_short_cells_of_a_column_with_names_are_cut_too() -> None:
    file = io.StringIO()
    rows: list[Sequence[Cell]] = [
        (name_cell("x" * 40), "2026-10-31"),
        ("a name of 19 letters", "2026-10-31"),
    ]
    print_table(Console(file=file, width=30), ("iFlow", "date"), rows)

    assert [line for line in file.getvalue().splitlines() if "…" in line] == [
        "xxxxxxxxxxxxxxxx… │ 2026-10-31",
        "a name of 19 let… │ 2026-10-31",
    ]
