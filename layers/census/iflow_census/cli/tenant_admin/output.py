"""What the commands of the daily work print: results on standard output, the rest beside it.

Texts of a tenant may hold what a terminal would obey. In a table such characters become blanks,
in JSON they are escaped.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from iflow_census.cli.progress import spinner
from iflow_census.cloud_integration import odata
from iflow_census.http.errors import one_line

WIDE = 10_000
"""Columns of a table that no terminal shows: none is squeezed there."""

MASK = "***"
"""Shown in place of a secret."""

LONGEST_VALUE = 200
"""Characters of a value in a request that is shown; contents of files are longer."""

_SECRET = re.compile(r"password|passphrase|secret$|secureparam", re.IGNORECASE)

_OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Terminal control, direction marks, and halves of characters; line ends and tabs may stay."""


def is_secret(name: str) -> bool:
    """Whether the name of a property or a parameter says that its value must not be shown."""
    return _SECRET.search(name) is not None


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; moments become ISO 8601."""
    typer.echo(json_text(value))


def json_text(value: Any) -> str:
    """A value as JSON that a terminal obeys in nothing."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=odata.json_default)
    return _OBEYED.sub(_escape, text)


def harmless(text: str) -> str:
    """A text of several lines with whatever a terminal would obey escaped."""
    return _OBEYED.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def show(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, json_result: bool = False
) -> None:
    """Print a list on standard output: a table for people, or all of it as JSON.

    Args:
        rows: of plain values, by name.
        columns: the names that the table shows, in this order; each is its own title.
        json_result: print JSON; then rows may hold more than the columns.
    """
    if json_result:
        print_json(list(rows))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(one_line(column)), no_wrap=not sys.stdout.isatty())
    for row in rows:
        table.add_row(*(Text(cell(row.get(column))) for column in columns))
    shown = sys.stdout.isatty()
    console = Console(highlight=False, width=None if shown else WIDE)
    with console.capture() as lines:
        console.print(table)
    # The last column is filled up with blanks.
    typer.echo("\n".join(line.rstrip() for line in lines.get().splitlines()))


def cell(value: object) -> str:
    """A value as a person reads it in a table."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=odata.json_default)
    return one_line(str(value))


def show_request(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, content: str | None = None
) -> None:
    """Print a request on standard output in place of sending it.

    Args:
        method: such as POST.
        url: `Api.url(…)`, which holds no credentials.
        body: of JSON; secrets in it are masked, and long values cut.
        content: says what another body is, such as "text/plain, 12 bytes".
    """
    typer.echo(f"{method} {harmless(url)}")
    if body is not None:
        print_json(_shown(body))
    elif content is not None:
        typer.echo(f"({one_line(content)})")


def _shown(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _shown(one, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(one, name) for one in value]
    if is_secret(name) and value:
        return MASK
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return f"{value[:40]}… ({len(value)} characters)"
    return value


@contextmanager
def downloading(console: Console, what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a download on a terminal while the block runs.

    Yields:
        What to tell of each step: bytes so far, bytes in all or None (`Api.download(progress=)`).
    """
    with Progress(
        TextColumn("{task.description}"),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(one_line(what), total=None)

        def step(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)

        yield step


@contextmanager
def waiting(console: Console, what: str) -> Iterator[Callable[[str], None]]:
    """Show what is waited for while the block runs; a console that is no terminal stays quiet.

    Yields:
        What to tell of each look at it: a word or two of how things are.
    """
    with spinner(console, one_line(what)) as say:
        yield lambda state: say(one_line(f"{what}: {state}"))
