"""Tables for people, readable on terminals of any width."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iflow_census.errors import one_line

Cell = str | Text
"""A text is a name, which is cut where the terminal is too narrow; a string is never cut."""

MIN_NAME_WIDTH = 10
"""A name is not cut to less: a terminal that is narrower shows a list instead of a table."""

MAX_NAME_LENGTH = 150
"""Characters of a name in a table; --json prints all of them."""


def name_cell(*lines: str) -> Text:
    """Return a cell with a name on each line, in which rich looks for no markup."""
    texts = [one_line(line) for line in lines]
    cut = [f"{text[:MAX_NAME_LENGTH]}…" if len(text) > MAX_NAME_LENGTH else text for text in texts]
    return Text("\n".join(cut), no_wrap=True, overflow="ellipsis")


def print_table(
    console: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    numbers: Collection[str] = (),
    title: str | None = None,
    lines: bool = True,
) -> None:
    """Print a table, or a list of its rows if its columns do not fit side by side.

    Columns whose title is in `numbers` are aligned to the right; `lines` separate the cells.
    """
    cells = list(rows)
    names = {index for row in cells for index, cell in enumerate(row) if isinstance(cell, Text)}
    widths = [
        max(cell_len(column), _min_width([row[index] for row in cells], is_name=index in names))
        for index, column in enumerate(columns)
    ]
    borders = (3 if lines else 2) * (len(columns) - 1)
    if sum(widths) + borders > console.width:
        _print_list(console, columns, cells, title)
        return
    table = Table(
        title=title,
        box=box.HEAVY_HEAD if lines else None,
        pad_edge=False,
        show_edge=False,
        header_style="bold",
    )
    for index, column in enumerate(columns):
        justify: Literal["left", "right"] = "right" if column in numbers else "left"
        table.add_column(
            Text(column), justify=justify, no_wrap=index not in names, overflow="ellipsis"
        )
    for row in cells:
        table.add_row(*(cell if isinstance(cell, Text) else _fixed(cell) for cell in row))
    console.print(table)


def _min_width(cells: Sequence[Cell], *, is_name: bool) -> int:
    """Return the width that the cells of a column need, without its title."""
    lines = [line for cell in cells for line in str(cell).splitlines()]
    width = max(map(cell_len, lines), default=0)
    return min(width, MIN_NAME_WIDTH) if is_name else width


def _fixed(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _print_list(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[Cell]], title: str | None
) -> None:
    """Print each row as its first cell and a line for each of the others."""
    if title:
        console.print(Text(title, style="bold"), soft_wrap=True)
    for first, *others in rows:
        console.print(_one_line(first), soft_wrap=True)
        for column, cell in zip(columns[1:], others, strict=True):
            if not str(cell):
                continue
            console.print(Text(f"  {column}: ") + _one_line(cell), soft_wrap=True)


def _one_line(cell: Cell) -> Text:
    return Text((cell if isinstance(cell, str) else cell.plain).replace("\n", ", "))
