"""The file with the result of a tenant, in lines: reading JSON takes several times its size.

The first line is a document like that of other state files, with the first rows and the number of
the lines that follow; each of these has more rows.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from iflow_census import __version__
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.store.state_file import StateFormat, type_adapter

SCHEMA = "iflow-census/result/v1"

ROWS_PER_LINE = 1000


@dataclass(frozen=True, slots=True)
class _Head:
    schema: str
    version: str
    content: TenantResult
    more_lines: int = 0


@dataclass(frozen=True, slots=True)
class _Rows:
    iflows: Sequence[IflowRow]
    connections: Sequence[Connection]


def _load(body: bytes) -> TenantResult:
    lines = io.BytesIO(body)
    head: _Head = type_adapter(_Head).validate_json(next(lines, b""))
    if head.schema != SCHEMA:
        raise ValueError("another schema")
    result = head.content
    iflows, connections = list(result.iflows), list(result.connections)
    count = 0
    for count, line in enumerate(lines, start=1):  # noqa: B007 - the number of the last one
        rows: _Rows = type_adapter(_Rows).validate_json(line)
        iflows += rows.iflows
        connections += rows.connections
    if count != head.more_lines:
        raise ValueError("lines are missing")
    return replace(result, iflows=iflows, connections=connections)


def _dump(result: TenantResult) -> bytes:
    first, *others = _split(result)
    content = replace(result, iflows=first.iflows, connections=first.connections)
    body = io.BytesIO()
    body.write(type_adapter(_Head).dump_json(_Head(SCHEMA, __version__, content, len(others))))
    for rows in others:
        body.write(b"\n" + type_adapter(_Rows).dump_json(rows))
    return body.getvalue()


def _split(result: TenantResult) -> Iterator[_Rows]:
    size = max(len(result.iflows), len(result.connections), 1)
    for start in range(0, size, ROWS_PER_LINE):
        part = slice(start, start + ROWS_PER_LINE)
        yield _Rows(result.iflows[part], result.connections[part])


RESULT: StateFormat[TenantResult] = StateFormat(SCHEMA, _load, _dump)
