"""`iflow-census run`: scan tenants and write the report to a folder, without AWS."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from iflow_census.census.plan import CensusPlan
from iflow_census.census.request import parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.cli.files import read_text
from iflow_census.cli.progress import census_progress, print_first_request
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    MonthOption,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.mutual_tls import validate_service_key
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.errors import ConfigurationError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.report.formats import check_formats
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.tenant_api import TENANT_NAME
from iflow_census.store.folder import FolderStore
from iflow_census.store.memory import MemoryStore

MAX_SECONDS = 6 * 60 * 60
"""A run that takes longer is ended."""

DEFAULT_FORMATS = ("csv", "json")


def run(
    ctx: typer.Context,
    keys: Annotated[
        list[str],
        typer.Argument(metavar="KEY", help="Service key files, or NAME=FILE.", show_default=False),
    ],
    *,
    period: MonthOption = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder for the report.")] = Path(),
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="NAME", help="A format; repeatable.  [default: csv, json]"
        ),
    ] = None,
    last_errors: Annotated[
        bool,
        typer.Option(
            "--last-errors",
            help="Show the error of each iFlow's last failed message; it may contain payload.",
        ),
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """Scan tenants and write the report to a folder, without AWS.

    Exit codes: 0 complete, 1 failed, 2 usage error, 3 partial, 130 interrupted.
    """
    console = stderr_console()
    clock = get_clock(ctx)
    with handle_errors(console, interrupt_note="nothing was written"):
        with as_usage_error():
            key_texts = read_keys(keys)
            plan = replace(
                _build_plan(clock, key_texts, period, formats or DEFAULT_FORMATS),
                last_errors=last_errors,
            )
            services = Services(FolderStore(out), MemoryStore(), clock)
        for tenant, text in key_texts.items():
            print_first_request(console, tenant, parse_service_key(text, source=tenant))
        with census_progress(console) as progress:
            deadline = Deadline(clock, MAX_SECONDS)
            result = run_census(RunContext(plan, services, progress, deadline))
    _print_summary(console, result)
    if json_result:
        typer.echo(json.dumps(result.summary(), ensure_ascii=False))
    raise typer.Exit(_exit_code(result))


def read_keys(arguments: Sequence[str]) -> Mapping[str, str]:
    """Read service key files.

    Args:
        arguments: FILE or NAME=FILE; by default the tenant is named after the file.

    Returns:
        The service keys as JSON, by tenant name.

    Raises:
        ConfigurationError: a file cannot be read or is not a service key, or a tenant name is
            invalid or occurs twice.
    """
    keys: dict[str, str] = {}
    for argument in arguments:
        name, separator, file = argument.partition("=")
        path = Path(file if separator else argument)
        name = name if separator else path.stem
        if not TENANT_NAME.fullmatch(name):
            raise ConfigurationError(
                f"invalid tenant name {name!r}; use letters, digits, '_', '.' and '-', as in "
                f"prod={path}"
            )
        if name in keys:
            raise ConfigurationError(
                f"two keys for tenant {name!r}; give one of them another name, as in other={path}"
            )
        keys[name] = read_text(path)
        validate_service_key(keys[name], str(path))
    return keys


def _build_plan(
    clock: Clock, keys: Mapping[str, str], period: str | None, formats: Sequence[str]
) -> CensusPlan:
    request = parse_event({"period": period} if period else {}, clock.now())
    return CensusPlan(
        month=request.month,
        run_id=request.run_id,
        tenants={
            name: tenant_opener(
                key,
                f"service key of {name!r}",
                limits=RateLimits(),
                retry_policy=RetryPolicy(),
            )
            for name, key in keys.items()
        },
        other_tenants=[],
        formats=check_formats(formats),
        folder="",
        pointer=False,
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=len(keys),
        health=True,
    )


def _print_summary(console: Console, result: CensusResult) -> None:
    """Print a table of the tenants, what went wrong, and where the report is."""
    tenants = result.report.tenants if result.report else []
    table = Table(title=f"iFlow census of {result.period}")
    table.add_column("tenant")
    for column in ("iFlows", "edited", "deployed", "unused", "messages"):
        table.add_column(column, justify="right")
    table.add_column("status")
    for tenant in tenants:
        table.add_row(*_format_cells(tenant))
    console.print(table)
    for tenant in tenants:
        if tenant.error:
            console.print(f"{tenant.name}: {tenant.error}", soft_wrap=True)
        elif tenant.coverage.reason:
            console.print(
                f"{tenant.name}: the counts do not cover the whole month: {tenant.coverage.reason}",
                soft_wrap=True,
            )
    console.print(f"Report: {result.manifest}", soft_wrap=True)


def _format_cells(tenant: TenantResult) -> list[str]:
    if tenant.scanned_at is None:
        return [tenant.name, *["-"] * 5, str(tenant.status)]
    totals = tenant.totals
    unused = str(totals.unused) if tenant.can_find_unused else "unknown"
    messages = "unknown" if totals.messages is None else str(totals.messages)
    figures = (str(totals.iflows), str(totals.edited), str(totals.deployed), unused, messages)
    return [tenant.name, *figures, str(tenant.status)]


def _exit_code(result: CensusResult) -> ExitCode:
    if result.complete:
        return ExitCode.COMPLETE
    if all(tenant["status"] == TenantStatus.FAILED for tenant in result.tenants):
        return ExitCode.FAILED
    return ExitCode.PARTIAL
