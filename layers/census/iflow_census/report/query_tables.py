"""The tables for Athena and DuckDB: JSON lines, compressed, a folder per table and month.

`iflows` and `connections` have a file per tenant. The other tables are about the report as a whole
and small, so each has one file, which the next run of the month replaces.
"""

import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_type_hints

from iflow_census.report.census_report import (
    CensusReport,
    encode_ascii,
    records_of,
    to_json,
)
from iflow_census.report.columns import columns_of
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsBroker,
    UnmentionedCredentials,
)
from iflow_census.scan.period import Month
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import TenantResult, TenantTotals
from iflow_census.store.state_file import GZIP_LEVEL

Record = Mapping[str, Any]

STRING, BOOLEAN, BIGINT, DOUBLE = "string", "boolean", "bigint", "double"
RUN_COLUMNS = {"run_id": STRING, "status": STRING}
"""The last columns of every table: the run that wrote the row, and the status of its tenant."""

REPORT_FILE = "report"
"""The name of the file of a table that is about all tenants."""


@dataclass(frozen=True, slots=True)
class QueryTable:
    """A table.

    Attributes:
        columns: the Glue type of each column but those of `RUN_COLUMNS`; `tenant` is one of them.
        records: the rows of a report, each with a value in JSON types for each column; None for a
            table with a file per tenant.
    """

    columns: Mapping[str, str]
    records: Callable[[CensusReport], Iterable[Record]] | None = None

    @property
    def all_columns(self) -> Mapping[str, str]:
        """The Glue type of each column."""
        return {**self.columns, **RUN_COLUMNS}


def table_key(table: str, month: Month, file: str) -> str:
    """Return the key of a file of a table: of a tenant, or `REPORT_FILE`."""
    return f"tables/{table}/period={month}/{file}.jsonl.gz"


def render_tenant_tables(
    report: CensusReport, tenant: TenantResult, *, connections: bool
) -> Iterator[tuple[str, bytes]]:
    """Render the tables that have a file per tenant: the name of each, and its content."""
    names = [column.name for column in columns_of("table")]
    rows = records_of(tenant.iflows, names)
    yield "iflows", _render(rows, report.run_id, {tenant.name: tenant.status})
    if connections:
        records = (asdict(row) for row in report.connections_of(tenant))
        yield "connections", _render(records, report.run_id, {tenant.name: tenant.status})


def render_report_tables(report: CensusReport) -> Iterator[tuple[str, bytes]]:
    """Render the tables about the report as a whole: the name of each, and its content."""
    statuses = {tenant.name: tenant.status for tenant in report.tenants}
    for name, table in QUERY_TABLES.items():
        if table.records:
            yield name, _render(table.records(report), report.run_id, statuses)


def _render(records: Iterable[Record], run_id: str, statuses: Mapping[str, str]) -> bytes:
    """Compress the rows of a table, always to the same bytes: queries pay by size."""
    body = io.BytesIO()
    with gzip.GzipFile("", "wb", GZIP_LEVEL, body, mtime=0) as file:
        for record in records:
            row = {**record, "run_id": run_id, "status": statuses[record["tenant"]]}
            # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
            file.write(encode_ascii(row).encode() + b"\n")
    return body.getvalue()


def _tenants(report: CensusReport) -> Iterator[Record]:
    for tenant in report.tenants:
        coverage, api = tenant.coverage, tenant.api
        yield {
            "tenant": tenant.name,
            "environment": tenant.profile.environment,
            "web_url": tenant.profile.web_url,
            "error": tenant.error,
            "scanned_at": to_json(tenant.scanned_at),
            "carried_over": tenant.carried_over,
            "coverage_from": to_json(coverage.start),
            "coverage_to": to_json(coverage.end),
            "coverage_complete": coverage.complete,
            "coverage_percent": coverage.percent,
            "coverage_reason": coverage.reason,
            "unreadable": len(tenant.unreadable),
            **asdict(tenant.totals),
            "requests": api.requests,
            "retries": api.retries,
            "throttled": api.throttled,
            "seconds": round(api.seconds, 3),
        }


def _changes(report: CensusReport) -> Iterator[Record]:
    changes = report.changes()
    month = changes.compared_with and changes.compared_with.month
    for change in changes.iflows:
        yield {
            "tenant": change.tenant,
            "kind": change.kind,
            "package_id": change.package_id,
            "package_name": change.package_name,
            "iflow_id": change.iflow_id,
            "iflow_name": change.iflow_name,
            "changed_column": change.column,
            "value_before": _text(change.before),
            "value_after": _text(change.after),
            "compared_with": month,
        }


def _worklist(report: CensusReport) -> Iterator[Record]:
    for item in report.worklist(max_items=None, max_entries=None).items:
        for entry in item.entries:
            yield {
                "tenant": item.tenant,
                "environment": item.environment,
                "item": item.rank,
                "kind": item.kind,
                "title": item.title,
                "action": item.action,
                "iflow_id": entry.iflow_id,
                "name": entry.name,
                "evidence": entry.evidence,
                "url": entry.url,
            }


def _health(report: CensusReport) -> Iterator[Record]:
    for tenant in report.tenants:
        for field in fields(tenant.health) if tenant.health else ():
            reading: Reading[Any] | None = getattr(tenant.health, field.name)
            if reading is not None:
                yield from _part_of_health(tenant.name, field.name, reading)


def _part_of_health(tenant: str, part: str, reading: Reading[Any]) -> Iterator[Record]:
    """A row per thing that was read, and one with a reason if the part was not."""
    start = {**dict.fromkeys(_HEALTH), "tenant": tenant, "part": part, "reason": reading.reason}
    if reading.value is None:
        yield start
    for values in _health_values(reading.value):
        yield {**start, **values}


def _health_values(value: object) -> Iterator[Record]:
    match value:
        case int():
            yield {"amount": value}
        case JmsBroker():
            yield from _broker_values(value)
        case ExpiringCertificate():
            yield {
                "name": value.alias,
                "type": value.kind,
                "owner": value.owner,
                "valid_until": to_json(value.valid_until),
                "days_left": value.days_left,
            }
        case UnmentionedCredentials():
            for credential in value.credentials:
                yield {
                    "name": credential.name,
                    "type": credential.kind,
                    "state": "not found",
                    "amount": value.models,
                    "max_amount": value.models + value.unread,
                }
        case ArtifactInError():
            yield {"name": value.id, "type": value.type, "error": value.error}
        case list() | tuple():
            for entry in value:
                yield from _health_values(entry)


def _broker_values(broker: JmsBroker) -> Iterator[Record]:
    amounts = {
        "spool": (broker.used_bytes, broker.max_bytes),
        "queues": (broker.queues_used, broker.max_queues),
    }
    for name in dict.fromkeys([*amounts, *broker.exhausted]):
        amount, maximum = amounts.get(name, (None, None))
        state = "exhausted" if name in broker.exhausted else None
        yield {"name": name, "state": state, "amount": amount, "max_amount": maximum}
    for queue in broker.queues:
        yield {"name": queue.name, "type": "queue", "state": queue.state}


def _text(value: object) -> str | None:
    """A value of a change as text: a column of the table has one type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(to_json(value))


def _types_of(dataclass_type: type) -> Mapping[str, str]:
    """The Glue types of the fields of a dataclass."""
    types = {str: STRING, bool: BOOLEAN, int: BIGINT, tuple[str, ...]: "array<string>"}
    optional = {kind | None: glue for kind, glue in types.items()}
    return {name: (types | optional)[hint] for name, hint in get_type_hints(dataclass_type).items()}


_HEALTH = {
    "tenant": STRING,
    "part": STRING,
    "name": STRING,
    "type": STRING,
    "state": STRING,
    "amount": BIGINT,
    "max_amount": BIGINT,
    "valid_until": STRING,
    "days_left": BIGINT,
    "owner": STRING,
    "error": STRING,
    "reason": STRING,
}

QUERY_TABLES: Mapping[str, QueryTable] = {
    "iflows": QueryTable({column.name: column.type.glue for column in columns_of("table")}),
    "connections": QueryTable(_types_of(Connection)),
    "tenants": QueryTable(
        {
            "tenant": STRING,
            "environment": STRING,
            "web_url": STRING,
            "error": STRING,
            "scanned_at": STRING,
            "carried_over": BOOLEAN,
            "coverage_from": STRING,
            "coverage_to": STRING,
            "coverage_complete": BOOLEAN,
            "coverage_percent": BIGINT,
            "coverage_reason": STRING,
            "unreadable": BIGINT,
            **_types_of(TenantTotals),
            "requests": BIGINT,
            "retries": BIGINT,
            "throttled": BIGINT,
            "seconds": DOUBLE,
        },
        _tenants,
    ),
    "changes": QueryTable(
        {
            "tenant": STRING,
            "kind": STRING,
            "package_id": STRING,
            "package_name": STRING,
            "iflow_id": STRING,
            "iflow_name": STRING,
            "changed_column": STRING,
            "value_before": STRING,
            "value_after": STRING,
            "compared_with": STRING,
        },
        _changes,
    ),
    "worklist": QueryTable(
        {
            "tenant": STRING,
            "environment": STRING,
            "item": BIGINT,
            "kind": STRING,
            "title": STRING,
            "action": STRING,
            "iflow_id": STRING,
            "name": STRING,
            "evidence": STRING,
            "url": STRING,
        },
        _worklist,
    ),
    "health": QueryTable(_HEALTH, _health),
}
"""The tables by name."""
