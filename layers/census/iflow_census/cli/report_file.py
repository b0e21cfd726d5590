"""A report.json that was written earlier, read back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from iflow_census.cli.files import read_text
from iflow_census.errors import ConfigurationError
from iflow_census.report.census_report import SCHEMA
from iflow_census.scan.period import Month
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    TenantResult,
    TenantStatus,
    TenantTotals,
)

_ROWS = TypeAdapter(list[IflowRow])


@dataclass(frozen=True, slots=True)
class ReportFile:
    """What a report says of its tenants: their names, statuses, errors and rows."""

    month: Month
    run_id: str
    tenants: Sequence[TenantResult]


def read_report(path: Path) -> ReportFile:
    """Read a report.json. Raises `ConfigurationError` if the file is something else."""
    try:
        content = json.loads(read_text(path))
        schema = content["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigurationError(f"{path} is not a report: name the report.json of a run") from None
    if schema != SCHEMA:
        raise ConfigurationError(f"{path} has the schema {schema!r}; {SCHEMA!r} is expected")
    try:
        rows = _ROWS.validate_python(content["iflows"])
        return ReportFile(
            Month.parse(content["period"]["month"]),
            str(content["run"]["id"]),
            [_tenant(one, rows) for one in content["tenants"]],
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: iflows.{place}: {first['msg']}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path} is not a whole report: {error}") from error


def _tenant(content: Mapping[str, Any], rows: Sequence[IflowRow]) -> TenantResult:
    return TenantResult(
        name=content["name"],
        status=TenantStatus(content["status"]),
        error=content["error"],
        scanned_at=None,
        coverage=Coverage(None, None, complete=content["coverage"]["complete"]),
        totals=TenantTotals(),
        api=ApiUsage(),
        iflows=[row for row in rows if row.tenant == content["name"]],
    )
