"""The answer to `iflow-census api`, as the person wants it: JSON, a table, a file, a part of it."""

import difflib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from iflow_census.cli.tenant_admin.output import harmless, json_text, show
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult, Progress
from iflow_census.errors import ConfigurationError
from iflow_census.http.errors import one_line

COLUMNS = 8
"""Columns of a table whose reader has named none."""

LARGEST_SHOWN = 1024 * 1024
"""Bytes of a stream that a terminal is given."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of an answer.

    Attributes:
        select: properties; none: all.
        jq: makes something else of it (JMESPath); None: nothing.
        table: a table, and no JSON.
        output: the file that takes it; None: standard output.
    """

    select: Sequence[str]
    jq: Callable[[Any], Any] | None
    table: bool
    output: Path | None

    def give(self, answer: ApiResult | int) -> None:
        """Print an answer, or write it to the file. Raises `ConfigurationError`."""
        chosen = _chosen(answer, self.select)
        if self.jq is not None:
            chosen = self.jq(json.loads(json.dumps(chosen, default=odata.json_default)))
        if chosen is None and answer is None:
            return
        if self.output is not None:
            _write(self.output, chosen if isinstance(chosen, str) else json_text(chosen))
        elif self.table:
            _show_table(chosen, self.select)
        else:
            typer.echo(harmless(chosen) if isinstance(chosen, str) else json_text(chosen))


def expression(text: str) -> Callable[[Any], Any]:
    """A JMESPath expression. Raises `ConfigurationError` where it is none."""
    # Few calls need it.
    import jmespath  # noqa: PLC0415
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise ConfigurationError(f"--jq {text!r} is no JMESPath: {one_line(str(error))}") from None

    def search(value: Any) -> Any:
        try:
            return compiled.search(value)
        except JMESPathError as error:
            raise ConfigurationError(f"--jq: {one_line(str(error))}") from None

    return search


def give_stream(
    api: Api, path: str, query: Mapping[str, str], output: Path | None, progress: Progress
) -> int:
    """Write a stream to a file, or print it where it is text.

    Returns:
        Its bytes.

    Raises:
        ConfigurationError: the file cannot be written, or what would be printed is no text.
    """
    if output is not None:
        return api.download(path, output, query=query, progress=progress).size
    with tempfile.TemporaryDirectory() as folder:
        found = api.download(path, Path(folder) / "stream", query=query, progress=progress)
        try:
            if found.size > LARGEST_SHOWN:
                raise ValueError("long")  # noqa: TRY301 - as little to be shown as what is no text
            text = found.file.read_bytes().decode()
            if "\0" in text:
                raise ValueError("binary")  # noqa: TRY301 - the same
        except ValueError:
            kind = harmless(found.content_type) or "no text"
            raise ConfigurationError(
                f"the answer has {found.size} bytes ({kind}): name a file for it by --output"
            ) from None
    typer.echo(harmless(text))
    return found.size


def _chosen(answer: Any, select: Sequence[str]) -> Any:
    rows = answer if isinstance(answer, list) else [answer]
    if not select or not all(isinstance(row, dict) for row in rows):
        return answer
    known = {name for row in rows for name in row}
    for name in select:
        if rows and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            others = one_line(", ".join(sorted(known)))
            hint = f"did you mean {near[0]!r}?" if near else f"there are {others}"
            raise ConfigurationError(f"--select: no property {name!r} came; {hint}")
    chosen = [{name: row.get(name) for name in select} for row in rows]
    return chosen if isinstance(answer, list) else chosen[0]


def _show_table(chosen: Any, select: Sequence[str]) -> None:
    rows = chosen if isinstance(chosen, list) else [chosen]
    rows = [row if isinstance(row, dict) else {"value": row} for row in rows]
    columns = list(select) or [
        name
        for name, value in (rows[0] if rows else {}).items()
        if not isinstance(value, list | dict)
    ]
    if not set(columns) & {name for row in rows for name in row}:
        columns = list(rows[0]) if rows else columns
    if columns:
        show(rows, columns if select else columns[:COLUMNS])


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
