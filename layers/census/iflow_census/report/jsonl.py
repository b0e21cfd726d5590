"""The rows as JSON lines: report.jsonl, and a file per tenant for the table in Athena."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iflow_census.report.census_report import CensusReport, row_to_json
from iflow_census.report.columns import columns_of
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow

_log = logging.getLogger(__name__)


def render_jsonl(report: CensusReport) -> bytes:
    """Render report.jsonl: one object per iFlow, with the columns of report.csv."""
    return _render_lines(report.rows, "jsonl")


def render_tables(report: CensusReport) -> Mapping[str, bytes]:
    """Render the rows of each scanned tenant, by the tenant's name.

    Columns and types are those of the Glue table in template.yaml. The month is not a column,
    because it is part of the key.
    """
    return {
        tenant.name: _render_lines(tenant.iflows, "table")
        for tenant in report.tenants
        if tenant.scanned
    }


def table_key(month: Month, tenant: str) -> str:
    """Return the key of the rows of a tenant."""
    return f"tables/iflows/period={month}/{tenant}.jsonl"


@dataclass(frozen=True, slots=True)
class TableRow:
    """What a later scan needs to know of an iFlow; None means not known.

    Attributes:
        deployed_at: when it was deployed at `location`.
        location: the first of the runtime locations where it was deployed.
        log_level: of its last log.
    """

    deployed_at: datetime | None
    location: str
    log_level: str | None

    @classmethod
    def parse(cls, line: Mapping[str, Any]) -> "TableRow":
        """Parse a line of a table, which may be of a version without later columns."""
        deployed_at, log_level = line["deployed_at"], line.get("log_level")
        location = next(iter(line.get("runtime_locations") or [CLOUD]))
        if log_level is not None and not isinstance(log_level, str):
            raise TypeError("log_level is not a text")
        return cls(deployed_at and datetime.fromisoformat(deployed_at), location, log_level)


def read_table(source: str, body: bytes) -> Mapping[str, TableRow] | None:
    """Read the rows of a table by iFlow; None if it is damaged, so that nothing is known of them.

    Args:
        source: the key of the table, for the log.
        body: a tenant's rows, as `render_tables` writes them.
    """
    try:
        lines = [json.loads(line) for line in body.splitlines()]
        return {line["iflow_id"]: TableRow.parse(line) for line in lines}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _log.warning("%s: not a table of iFlows; it is ignored", source)
        return None


def _render_lines(rows: Iterable[IflowRow], document: str) -> bytes:
    names = [column.name for column in columns_of(document)]
    # Only ASCII, because some readers treat U+2028 and U+0085 as the end of a line.
    return b"".join(json.dumps(row_to_json(row, names)).encode() + b"\n" for row in rows)
