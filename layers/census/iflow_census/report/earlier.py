"""Reports of earlier months, read back from their report.json to compare a new one with.

Of their rows only what is compared is kept, and equal texts are kept once: a year of reports over
ten thousand iFlows has to fit beside the new one.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from sys import intern
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantStatus, TenantTotals, Usage

SCHEMA = "iflow-census/report/v1"

MONTHS = 12
"""How many earlier reports are looked at."""

Text = Annotated[str, AfterValidator(intern)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierIflow:
    """What is compared of an iFlow; the names are those of `IflowRow`."""

    tenant: Text
    package_id: Text | None
    package_name: Text | None
    iflow_id: Text
    iflow_name: Text | None
    iflow_version: Text | None
    edit_status: EditStatus
    modified_at: datetime | None
    deployed: bool
    runtime_version: Text | None
    messages: int | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class EarlierCoverage:
    """Whether the message counts were of the whole month."""

    complete: bool


@dataclass(frozen=True, slots=True)
class EarlierTenant:
    """What an earlier report says of a tenant; the names are those of `TenantResult`."""

    name: Text
    status: TenantStatus
    scanned_at: datetime | None
    coverage: EarlierCoverage
    totals: TenantTotals

    @property
    def scanned(self) -> bool:
        """Whether the report has its rows: where not, nothing is known of it."""
        return self.scanned_at is not None


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """The report of an earlier month.

    Attributes:
        month: the month counted.
        run_id: of the run that made it.
        status: complete, if every tenant was.
        tenants: by name.
        iflows: by tenant and id.
    """

    month: Month
    run_id: str
    status: TenantStatus
    tenants: dict[str, EarlierTenant]
    iflows: dict[tuple[str, str], EarlierIflow]


@dataclass(frozen=True, slots=True)
class EarlierReports:
    """What was found of earlier months.

    Attributes:
        reports: newest first.
        warnings: which were left out and why, for the person who reads the new report.
    """

    reports: Sequence[EarlierReport] = ()
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """The month of a report, as it is written there."""

    month: str


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    status: TenantStatus


class HasPeriod(Protocol):
    """What is read of a report.json: its month, and whatever else is of use."""

    @property
    def period(self) -> Period: ...  # noqa: D102


Content = TypeVar("Content", bound=HasPeriod)


@dataclass(frozen=True, slots=True)
class _Content:
    period: Period
    run: _Run
    tenants: list[EarlierTenant]
    iflows: list[EarlierIflow]


@cache
def _content() -> TypeAdapter[_Content]:
    return TypeAdapter(_Content)


def read_earlier(files: Iterable[tuple[str, bytes]], month: Month) -> EarlierReports:
    """Read the reports of months before a month; one that cannot be used becomes a warning.

    Args:
        files: name and content of each report.json; they are taken one by one, so that a
            generator keeps no more than one of them in memory. Not more than `MONTHS` are needed.
        month: of the new report. Reports of the same or a later month are passed over.
    """
    reports, warnings = [], []
    for source, body in files:
        try:
            report = parse_report(source, body)
        except DataError as error:
            warnings.append(f"{error}; it was left out of all comparisons")
            continue
        if report.month < month:
            reports.append(report)
    reports.sort(key=lambda one: (one.month, one.run_id), reverse=True)
    return EarlierReports(reports, warnings)


def parse_report(source: str, body: bytes) -> EarlierReport:
    """Read a report.json.

    Args:
        source: what an error calls it.
        body: its content.

    Raises:
        DataError: it is damaged, or has another schema.
    """
    found, month = read_content(source, body, _content())
    return EarlierReport(
        month,
        found.run.id,
        found.run.status,
        {tenant.name: tenant for tenant in found.tenants},
        {(iflow.tenant, iflow.iflow_id): iflow for iflow in found.iflows},
    )


def read_content(source: str, body: bytes, shape: TypeAdapter[Content]) -> tuple[Content, Month]:
    """Read of a report.json what a shape asks for.

    Args:
        source: what an error calls it.
        body: its content.
        shape: what is read of it; what it does not name is passed over.

    Raises:
        DataError: it is damaged, or has another schema.
    """
    try:
        content = json.loads(body)
        schema = content["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(f"{source} is damaged: it is not a report.json") from None
    if schema != SCHEMA:
        raise DataError(f"{source} has the schema {schema!r}, not {SCHEMA!r}")
    try:
        found = shape.validate_python(content)
        return found, Month.parse(found.period.month)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{source} is damaged: {place}: {first['msg']}") from error
    except ConfigurationError as error:
        raise DataError(f"{source} is damaged: {error}") from error


def newest_complete(earlier: Sequence[EarlierReport], month: Month) -> EarlierReport | None:
    """The complete report that is nearest before a month."""
    found = [one for one in earlier if one.month < month and one.status is TenantStatus.COMPLETE]
    return max(found, key=lambda one: one.month, default=None)
