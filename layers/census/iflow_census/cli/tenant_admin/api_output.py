"""Output of `iflow-census api`: JSON, a table, a JMESPath result, or a file."""

import difflib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from iflow_census.cli.files import writing
from iflow_census.cli.tenant_admin.output import escape_control, print_rows, to_json
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult, Progress
from iflow_census.errors import ConfigurationError, one_line
from iflow_census.http.download import open_private_file

_DEFAULT_COLUMNS = 8
"""How many columns a table has without --select."""

_MAX_PRINTED_BYTES = 1024 * 1024
"""Larger streams are not printed."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How to print an answer.

    Attributes:
        select: the properties to print; empty for all.
        query: a compiled JMESPath expression.
        output: the target file; None for standard output.
    """

    select: Sequence[str]
    query: Callable[[Any], Any] | None
    table: bool
    output: Path | None

    def write(self, answer: ApiResult | int) -> None:
        """Print an answer or write it to the file. Raises `ConfigurationError`."""
        result = _select(answer, self.select)
        if self.query is not None:
            result = self.query(json.loads(json.dumps(result, default=odata.json_default)))
        if result is None and answer is None:
            return
        if self.output is not None:
            _write_file(self.output, result if isinstance(result, str) else to_json(result))
        elif self.table:
            _print_table(result, self.select)
        else:
            typer.echo(escape_control(result) if isinstance(result, str) else to_json(result))


def compile_jmespath(text: str) -> Callable[[Any], Any]:
    """Compile a JMESPath expression. Raises `ConfigurationError` if it is invalid."""
    # Only --query needs this library.
    import jmespath  # noqa: PLC0415
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise ConfigurationError(
            f"--query {text!r}: not a valid JMESPath expression: {one_line(str(error))}"
        ) from None

    def search(value: Any) -> Any:
        try:
            return compiled.search(value)
        except JMESPathError as error:
            raise ConfigurationError(f"--query: {one_line(str(error))}") from None

    return search


def write_stream(
    api: Api, path: str, query: Mapping[str, str], output: Path | None, progress: Progress
) -> int:
    """Write a stream to a file, or print it if it is text. Returns its size in bytes.

    Raises:
        ConfigurationError: the file cannot be written, or the stream is too large or not text.
    """
    if output is not None:
        return api.download(path, output, query=query, progress=progress).size
    with tempfile.TemporaryDirectory() as folder:
        stream = api.download(path, Path(folder) / "stream", query=query, progress=progress)
        text = _printable_text(stream.file) if stream.size <= _MAX_PRINTED_BYTES else None
    if text is None:
        content_type = escape_control(stream.content_type) or "unknown type"
        raise ConfigurationError(
            f"the answer ({stream.size} bytes, {content_type}) cannot be printed; "
            "write it to a file with --output"
        )
    typer.echo(escape_control(text))
    return stream.size


def _printable_text(file: Path) -> str | None:
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _select(answer: Any, names: Sequence[str]) -> Any:
    rows = answer if isinstance(answer, list) else [answer]
    if not names or not all(isinstance(row, dict) for row in rows):
        return answer
    known = {name for row in rows for name in row}
    for name in names:
        if rows and name not in known:
            matches = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = (
                f"did you mean {matches[0]!r}?"
                if matches
                else f"known properties: {one_line(', '.join(sorted(known)))}"
            )
            raise ConfigurationError(f"--select: unknown property {name!r}; {hint}")
    selected = [{name: row.get(name) for name in names} for row in rows]
    return selected if isinstance(answer, list) else selected[0]


def _print_table(result: Any, select: Sequence[str]) -> None:
    items = result if isinstance(result, list) else [result]
    rows = [item if isinstance(item, dict) else {"value": item} for item in items]
    first = rows[0] if rows else {}
    columns = list(select) or [
        name for name, value in first.items() if not isinstance(value, list | dict)
    ]
    if rows and not set(columns) & {name for row in rows for name in row}:
        columns = list(first)
    if columns:
        print_rows(rows, columns if select else columns[:_DEFAULT_COLUMNS])


def _write_file(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        with writing(path):
            with open_private_file(part) as file:
                file.write(f"{text}\n".encode())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
