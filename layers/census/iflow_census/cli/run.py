"""`iflow-census run`: scan tenants and write the report to a folder, without AWS."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.census.fan_out import stored_results
from iflow_census.census.plan import CensusPlan, OpenTenant, TenantSession
from iflow_census.census.request import CensusRequest, parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import build_report, run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, KeyStack, Prefix, Profile, Region
from iflow_census.cli.format_option import format_option, split_formats
from iflow_census.cli.keys import KEY_HELP, KeyReader, TenantKey
from iflow_census.cli.progress import census_progress, print_first_request
from iflow_census.cli.run_output import print_report
from iflow_census.cli.terminal import (
    DEFAULT_FOLDER,
    FOLDER_VARIABLE,
    ExitCode,
    InvalidUsage,
    JsonResult,
    PeriodOption,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.errors import CensusError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal
from iflow_census.report.formats import check_formats, formats_of
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.results import TenantStatus
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import read_manifest
from iflow_census.store.started_run import StartedRun, StartedRunFile
from iflow_census.store.work_state import WorkState

MAX_SECONDS = 6 * 60 * 60
"""A run that takes longer is ended."""

DEFAULT_FORMATS = ("csv", "json", "html")

INTERRUPT_NOTE = (
    "what SAP answered so far is kept; the same command continues the run within 45 minutes"
)


def run(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY", help=KEY_HELP, show_default=False),
    ] = None,
    *,
    stack: KeyStack = None,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    period: PeriodOption = None,
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            envvar=FOLDER_VARIABLE,
            show_envvar=False,
            help=f"The folder of the reports and of what later runs need; it may be that of "
            f"earlier runs.  [default: {DEFAULT_FOLDER}, or {FOLDER_VARIABLE}]",
            show_default=False,
        ),
    ] = DEFAULT_FOLDER,
    formats: Annotated[list[str] | None, format_option(", ".join(DEFAULT_FORMATS))] = None,
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
    with handle_errors(interrupt_note=INTERRUPT_NOTE):
        if not keys and stack is None:
            raise InvalidUsage("no KEY; name service keys, or use those of a stack (--stack NAME)")
        service_keys = KeyReader(Account(profile, region), prefix, stack).read_each(keys or ())
        with as_usage_error():
            request = parse_event({"period": period} if period else {}, clock.now())
            formats = list(check_formats(split_formats(formats or ()) or DEFAULT_FORMATS))
            store = FolderStore(out)
        tenants = sorted(key.tenant for key in service_keys)
        started_runs = StartedRunFile(store, f"census-{request.period}")
        started = started_runs.start(StartedRun(request.run_id, clock.now(), tenants))
        if started.run_id != request.run_id:
            console.print(f"Continuing the run of {started.started_at:%Y-%m-%d %H:%M} UTC.")
        plan = replace(
            _build_plan(store, replace(request, run_id=started.run_id), service_keys, formats),
            last_errors=last_errors,
        )
        for key in service_keys:
            with suppress(CensusError):  # the tenant's own failure
                print_first_request(console, key.tenant, key.parse())
        with census_progress(console) as progress:
            deadline = Deadline(clock, MAX_SECONDS)
            context = RunContext(plan, Services(store, store, clock), progress, deadline)
            result = run_census(context)
        if result.complete:
            started_runs.finish(started.run_id)
        report = result.report or build_report(context, stored_results(context))
    print_report(console, report, str(result.manifest))
    if json_result:
        typer.echo(json.dumps(result.summary()))
    raise typer.Exit(_exit_code(result))


def _build_plan(
    store: Store, request: CensusRequest, keys: Sequence[TenantKey], formats: Sequence[str]
) -> CensusPlan:
    plan = CensusPlan(
        period=request.period,
        run_id=request.run_id,
        tenants={key.tenant: _tenant_opener(key) for key in keys},
        other_tenants=[],
        formats=formats_of(request.period, formats),
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=len(keys),
        health=True,
    )
    return replace(plan, other_tenants=_other_tenants(store, plan))


def _other_tenants(store: Store, plan: CensusPlan) -> Sequence[str]:
    """The tenants that the report in the folder has and this run does not scan."""
    manifest = read_manifest(store, plan.folder())
    work_state = WorkState(store, plan.period, plan.run_id)
    names = [tenant["name"] for tenant in manifest.tenants] if manifest else []
    return [name for name in names if name not in plan.tenants and work_state.read_last_good(name)]


def _tenant_opener(key: TenantKey) -> OpenTenant:
    def open_tenant(deadline: Deadline, journal: Journal) -> AbstractContextManager[TenantSession]:
        if isinstance(key.text, CensusError):
            raise key.text
        opener = tenant_opener(
            key.text,
            f"service key of {key.tenant!r}",
            limits=RateLimits(),
            retry_policy=RetryPolicy(),
        )
        return opener(deadline, journal)

    return open_tenant


def _exit_code(result: CensusResult) -> ExitCode:
    if result.complete:
        return ExitCode.COMPLETE
    if all(tenant["status"] == TenantStatus.FAILED for tenant in result.tenants):
        return ExitCode.FAILED
    return ExitCode.PARTIAL
