"""Output of the commands: results on standard output, everything else on standard error.

Texts from a tenant may contain control characters. They become blanks in a table and are escaped
in JSON.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from iflow_census.cli.files import writing
from iflow_census.cli.progress import spinner
from iflow_census.cli.tables import Cell, name_cell, print_table
from iflow_census.cloud_integration import odata
from iflow_census.errors import one_line
from iflow_census.http.download import open_private_file

MASK = "***"
"""Printed instead of a secret."""

_UNLIMITED_WIDTH = 10_000
"""Used when standard output is not a terminal, so that no column is truncated."""

_TIME_WIDTH = len("2026-10-31 23:59:59")
"""What is longer is a name or a text, which a narrow terminal cuts."""

_MAX_VALUE_CHARS = 200
"""Longer values in a request, such as file contents, are shortened."""

_SECRET = re.compile(r"password|passphrase|secret$|secureparam", re.IGNORECASE)

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Terminal control, direction marks and lone surrogates; not line ends and tabs."""


def is_secret(name: str) -> bool:
    """Whether the value of a property or parameter of this name must not be printed."""
    return _SECRET.search(name) is not None


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; datetimes become ISO 8601."""
    typer.echo(to_json(value))


def to_json(value: Any) -> str:
    """Return a value as JSON without control characters."""
    # Programs read JSON as UTF-8, whatever the encoding of the terminal.
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not is_utf8, indent=2, default=odata.json_default)
    return _CONTROL.sub(_escape, text)


def escape_control(text: str) -> str:
    """Return a text of one or more lines with its control characters escaped."""
    return _CONTROL.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def print_rows(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, json_result: bool = False
) -> None:
    """Print a list on standard output as a table or as JSON.

    The name of a column is also its title. JSON includes values without a column.
    """
    if json_result:
        print_json(list(rows))
        return
    is_terminal = sys.stdout.isatty()
    cells: list[list[Cell]] = [[format_cell(row.get(column)) for column in columns] for row in rows]
    if is_terminal:
        cells = [[_shrinkable(cell) for cell in row] for row in cells]
    titles = [one_line(column) for column in columns]
    print_rendered(lambda console: print_table(console, titles, cells, lines=False))


def print_rendered(render: Callable[[Console], None]) -> None:
    """Print on standard output what rich renders, without its blanks at the ends of lines."""
    width = None if sys.stdout.isatty() else _UNLIMITED_WIDTH
    console = Console(highlight=False, width=width)
    with console.capture() as capture:
        render(console)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _shrinkable(cell: Cell) -> Cell:
    return name_cell(cell) if isinstance(cell, str) and len(cell) > _TIME_WIDTH else cell


def format_cell(value: object) -> str:
    """Return the text of a value in a table."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=odata.json_default)
    return one_line(str(value))


def print_request(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, content: str | None = None
) -> None:
    """Print a request on standard output instead of sending it.

    In a JSON body, secrets are masked and long values shortened. `content` describes any other
    body.
    """
    typer.echo(f"{method} {escape_control(url)}")
    if body is not None:
        print_json(_mask_secrets(body))
    elif content is not None:
        typer.echo(f"({one_line(content)})")


def _mask_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _mask_secrets(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_secrets(item, name) for item in value]
    if is_secret(name) and value:
        return MASK
    if isinstance(value, str) and len(value) > _MAX_VALUE_CHARS:
        return f"{value[:40]}… ({len(value)} characters)"
    return value


@contextmanager
def download_progress(console: Console, title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show the progress of a download while the block runs, if the console is a terminal.

    Yields:
        The callback for `Api.download(progress=…)`: bytes received, total bytes or None.
    """
    with Progress(
        TextColumn("{task.description}"),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(one_line(title), total=None)

        def update(received: int, total: int | None) -> None:
            progress.update(task, completed=received, total=total)

        yield update


@contextmanager
def status_spinner(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner, if the console is a terminal; yields a callback for the status."""
    with spinner(console, one_line(title)) as update:
        yield lambda status: update(one_line(f"{title}: {status}"))


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read. Raises `ConfigurationError`."""
    with writing(path), open_private_file(path) as file:
        file.write(content)
