"""`iflow-census report todo`, `diff` and `unused`: read what a report found."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from iflow_census.cli.findings_output import (
    changes_csv,
    print_changes,
    print_unused,
    print_worklist,
    unused_csv,
    worklist_csv,
)
from iflow_census.cli.report_options import (
    MonthArgument,
    OpenReports,
    missing_format_as_usage_error,
    parse_month,
    parse_period,
    reads_reports,
)
from iflow_census.cli.report_output import print_problems, report_head
from iflow_census.cli.report_source import Reports
from iflow_census.cli.terminal import InvalidUsage, JsonResult, number_range, stderr_console
from iflow_census.report.census_report import CensusReport, to_json
from iflow_census.report.changes import ChangeKind, compare
from iflow_census.report.worklist import MAX_ITEMS, WorkKind
from iflow_census.scan.period import LAST_30_DAYS
from iflow_census.store.report_reader import PublishedReport

DEFAULT_LIMIT = 50

OptionalPeriod = Annotated[
    str | None,
    typer.Argument(
        metavar="PERIOD",
        help="The month, as YYYY-MM, or last-30-days.  [default: the newest month, otherwise "
        "last-30-days]",
        show_default=False,
    ),
]
Tenants = Annotated[
    list[str] | None,
    typer.Option("--tenant", metavar="NAME", help="Only this tenant; may be repeated."),
]
Limit = Annotated[
    int,
    typer.Option(
        "--limit",
        metavar="N",
        help="How many entries are printed for people; 0 for all.",
        callback=number_range(0, 1_000_000),
    ),
]
CsvResult = Annotated[
    bool, typer.Option("--csv", help="Print all entries as CSV on standard output.")
]


@reads_reports()
def todo(
    open_selected: OpenReports,
    period: OptionalPeriod = None,
    *,
    tenants: Tenants = None,
    kinds: Annotated[
        list[WorkKind] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Only this kind of problem; may be repeated: {', '.join(WorkKind)}.",
        ),
    ] = None,
    limit: Limit = MAX_ITEMS,
    csv_result: CsvResult = False,
    json_result: JsonResult = False,
) -> None:
    """List what to do next, the most important first, and why."""
    _check_output(csv_result=csv_result, json_result=json_result)
    published, report, warnings = _read_period(open_selected, period, tenants)
    worklist = report.worklist(max_items=None, max_entries=None)
    worklist = replace(
        worklist,
        items=[
            item
            for item in worklist.items
            if (not tenants or item.tenant in tenants) and (not kinds or item.kind in kinds)
        ],
    )
    print_worklist(stderr_console(), published, worklist, limit)
    print_problems(warnings)
    if csv_result:
        typer.echo(worklist_csv(worklist), nl=False)
    if json_result:
        content = {"worklist": to_json(worklist), "warnings": list(warnings)}
        typer.echo(json.dumps({**report_head(published), **content}))


@reads_reports()
def diff(
    open_selected: OpenReports,
    month: MonthArgument,
    other: MonthArgument,
    *,
    tenants: Tenants = None,
    kinds: Annotated[
        list[ChangeKind] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Only this kind of change; may be repeated: {', '.join(ChangeKind)}.",
        ),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    csv_result: CsvResult = False,
    json_result: JsonResult = False,
) -> None:
    """Show what changed between two months, in any order."""
    _check_output(csv_result=csv_result, json_result=json_result)
    before, after = sorted(str(parse_month(text)) for text in (month, other))
    if before == after:
        raise InvalidUsage("both months are the same; name two different months")
    reports = open_selected()
    published = reports.get(before), reports.get(after)
    with missing_format_as_usage_error():
        earlier = reports.read_earlier(published[0])
        later = reports.read(published[1])
    changes = compare(later.tenants, earlier, later.thresholds)
    _check_tenants(tenants, (tenant.name for tenant in changes.tenants))
    changes = replace(
        changes,
        tenants=[tenant for tenant in changes.tenants if not tenants or tenant.name in tenants],
        iflows=[
            change
            for change in changes.iflows
            if (not tenants or change.tenant in tenants) and (not kinds or change.kind in kinds)
        ],
    )
    print_changes(stderr_console(), published, changes, limit)
    if csv_result:
        typer.echo(changes_csv(changes), nl=False)
    if json_result:
        typer.echo(json.dumps({**report_head(published[1]), "changes": to_json(changes)}))


@reads_reports()
def unused(
    open_selected: OpenReports,
    period: OptionalPeriod = None,
    *,
    tenants: Tenants = None,
    limit: Limit = DEFAULT_LIMIT,
    csv_result: CsvResult = False,
    json_result: JsonResult = False,
) -> None:
    """List deployed iFlows without messages in the period, and since when they are unused."""
    _check_output(csv_result=csv_result, json_result=json_result)
    published, report, warnings = _read_period(open_selected, period, tenants)
    result = report.unused()
    result = replace(
        result,
        not_judged={
            tenant: count
            for tenant, count in result.not_judged.items()
            if not tenants or tenant in tenants
        },
        iflows=[iflow for iflow in result.iflows if not tenants or iflow.tenant in tenants],
    )
    print_unused(stderr_console(), published, result, limit)
    print_problems(warnings)
    if csv_result:
        typer.echo(unused_csv(result), nl=False)
    if json_result:
        content = {"unused": to_json(result), "warnings": list(warnings)}
        typer.echo(json.dumps({**report_head(published), **content}))


def _read_period(
    open_selected: OpenReports, period: str | None, tenants: Sequence[str] | None
) -> tuple[PublishedReport, CensusReport, Sequence[str]]:
    """Read the report of a period, or of the newest, with warnings; the tenants must be in it."""
    name = parse_period(period) if period else None
    reports = open_selected()
    published = reports.get(name or _newest(reports))
    with missing_format_as_usage_error():
        report, warnings = reports.read_with_history(published)
    _check_tenants(tenants, (tenant.name for tenant in report.tenants))
    return published, report, warnings


def _newest(reports: Reports) -> str:
    periods = reports.periods()
    months = [period for period in periods if period != LAST_30_DAYS]
    if not periods:
        raise InvalidUsage(f"there are no reports in {reports.source.address('')} yet")
    return months[-1] if months else LAST_30_DAYS


def _check_output(*, csv_result: bool, json_result: bool) -> None:
    if csv_result and json_result:
        raise InvalidUsage("use only one of --csv and --json")


def _check_tenants(tenants: Sequence[str] | None, known: Iterable[str]) -> None:
    names = sorted(known)
    for tenant in tenants or ():
        if tenant not in names:
            raise InvalidUsage(f"unknown tenant {tenant!r}; known tenants: {', '.join(names)}")
