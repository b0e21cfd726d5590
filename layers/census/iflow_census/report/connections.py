"""The connections of all iFlows, a row per channel: as CSV, JSON lines and a sheet."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.tables import stream_records
from iflow_census.report.workbook import MAX_ROWS, Cell, SheetColumn
from iflow_census.scan.anatomy.connection import Connection

NAMES = tuple(field.name for field in fields(Connection))

_WIDTHS = {"package_name": 30, "iflow_id": 38, "iflow_name": 38, "address": 50, "host": 30}
PRINTED = ("Tenant", "Package", "Direction", "Adapter", "Participant", "Address")
"""The headers of the columns of the sheet that follow the name of the iFlow and are printed."""

_LABELS = {"iflow_id": "iFlow id", "iflow_name": "iFlow", "package_name": "Package"}


def count_connections(report: CensusReport) -> int:
    """Return the number of connections."""
    return sum(1 for _ in report.connections)


def omitted_connections(report: CensusReport) -> Sequence[str]:
    """Return the footnote of the sheet if not all connections fit on it."""
    total = count_connections(report)
    if total <= MAX_ROWS:
        return []
    return [f"Not all of the {total:,} connections fit here; connections.csv has all of them."]


def stream_connections_csv(report: CensusReport) -> Iterator[bytes]:
    """Render connections.csv."""
    return stream_records(NAMES, map(_record, report.connections))


def stream_connections_jsonl(report: CensusReport) -> Iterator[bytes]:
    """Render connections.jsonl: one object per connection, only ASCII as in report.jsonl."""
    return (json.dumps(_record(connection)).encode() + b"\n" for connection in report.connections)


def _record(connection: Connection) -> Mapping[str, Any]:
    return {**asdict(connection), "aliases": list(connection.aliases)}


def _value(name: str) -> Callable[[Connection], Cell]:
    get = attrgetter(name)
    if name == "aliases":
        return lambda connection: "\n".join(get(connection))
    return get


CONNECTION_COLUMNS: Sequence[SheetColumn[Connection]] = tuple(
    SheetColumn(
        _LABELS.get(name, name.replace("_", " ").capitalize()), _value(name), _WIDTHS.get(name, 16)
    )
    for name in NAMES
)
