"""`iflow-census run`: scan tenants once and write reports to a folder, without AWS."""

import hashlib
import json
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.request import CensusRequest, parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import build_report, stored_results
from iflow_census.census.run_context import RunContext, Services
from iflow_census.census.single_scan import run_single_scan
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, KeyStack, Prefix, Profile, Region
from iflow_census.cli.completion import complete
from iflow_census.cli.format_option import format_option, split_formats
from iflow_census.cli.keys import KEY_HELP, KeyReader, TenantKey
from iflow_census.cli.progress import census_progress, print_first_request
from iflow_census.cli.run_output import (
    print_checkpoint,
    print_completions,
    print_next_command,
    print_report,
)
from iflow_census.cli.run_plan import Planner, check_names
from iflow_census.cli.terminal import (
    DEFAULT_FOLDER,
    FOLDER_VARIABLE,
    RELATIVE_PERIODS,
    ExitCode,
    InvalidUsage,
    JsonResult,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import AccessError, CensusError
from iflow_census.report.formats import FORMATS, check_formats
from iflow_census.scan.completion import Completion, find_completion
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.period import LAST_30_DAYS, Month
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.retention import MAX_DELAY
from iflow_census.store.folder import FolderStore
from iflow_census.store.ledger import LedgerFile
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import MANIFEST
from iflow_census.store.started_run import StartedRun, StartedRunFile

MAX_SECONDS = 6 * 60 * 60
"""A run that takes longer is ended."""

DEFAULT_FORMATS = ("csv", "json", "html")
HTML = "html"

INTERRUPT_NOTE = (
    "what SAP answered so far is kept; the same command continues the run within "
    f"{MAX_DELAY // timedelta(minutes=1)} minutes"
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
    period: Annotated[
        str | None,
        typer.Option(
            metavar="PERIOD",
            autocompletion=complete(RELATIVE_PERIODS),
            help="YYYY-MM, last-month or last-30-days.  [default: last-30-days, and last-month as "
            "soon as all of it is counted]",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        bool,
        typer.Option("--checkpoint", help="Only count the messages of this month so far."),
    ] = False,
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
    open_html: Annotated[
        bool, typer.Option("--open", help="Open report.html in the browser.")
    ] = False,
    last_errors: Annotated[
        bool,
        typer.Option(
            "--last-errors",
            help="Show the error of each iFlow's last failed message; it may contain payload.",
        ),
    ] = False,
    models: Annotated[
        bool,
        typer.Option(
            "--models",
            help="Also read what each iFlow connects, for up to five minutes per tenant and run.",
        ),
    ] = False,
    owner_tag: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The custom tag of packages that has their owner; a request per package.",
            show_default=False,
        ),
    ] = "",
    json_result: JsonResult = False,
) -> None:
    """Scan tenants and write the report to a folder, without AWS.

    A run counts the last 30 days and keeps the counts. Run it on the 16th and on the 1st, for
    example with cron, and each month is complete.

    Exit codes: 0 complete, 1 failed, 2 usage error, 3 partial, 130 interrupted.
    """
    console = stderr_console()
    clock = get_clock(ctx)
    with handle_errors(interrupt_note=INTERRUPT_NOTE):
        if not keys and stack is None:
            raise InvalidUsage("no KEY; name service keys, or use those of a stack (--stack NAME)")
        service_keys = KeyReader(Account(profile, region), prefix, stack).read_each(keys or ())
        check_names([key.tenant for key in service_keys])
        event: dict[str, Any] = {"action": "checkpoint" if checkpoint else "census"}
        if period is not None or not checkpoint:
            event["period"] = LAST_30_DAYS if period is None else period
        with as_usage_error():
            parse_event(event, clock.now())
            chosen = check_formats(split_formats(formats or ()) or DEFAULT_FORMATS)
            if open_html and HTML not in chosen:
                raise InvalidUsage("--open needs the format html; add --format html")
            store = FolderStore(out)
        started_runs = StartedRunFile(store, _command_name(event["action"], period, service_keys))
        request = _continue(console, started_runs, event, service_keys, clock)
        services = Services(store, store, clock)
        planner = Planner(
            services, service_keys, request.run_id, chosen, last_errors, models, owner_tag
        )
        last_month = Month.containing(clock.now()).previous()
        is_default = period is None and not checkpoint
        plan = planner.plan(request.period, last_month if is_default else None)
        for key in service_keys:
            with suppress(CensusError):  # the tenant's own failure
                print_first_request(console, key.tenant, key.parse())
        with census_progress(console) as progress:
            deadline = Deadline(clock, MAX_SECONDS)
            context = RunContext(plan, services, progress, deadline)
            results = [run_checkpoint(context)] if checkpoint else run_single_scan(context)
        if all(result.complete for result in results):
            started_runs.finish(request.run_id)
        reports = _print_results(console, context, results)
        _print_completions(console, store, sorted(plan.tenants), clock.now())
        if open_html and reports:
            _open(console, reports[0])
    if json_result:
        typer.echo(json.dumps(_summary(results)))
    raise typer.Exit(_exit_code(results))


def _command_name(action: str, period: str | None, keys: Sequence[TenantKey]) -> str:
    """What the same command has in common: action, period and tenants."""
    tenants = ",".join(sorted(key.tenant for key in keys))
    digest = hashlib.sha256(tenants.encode()).hexdigest()
    return f"{action}-{period or 'default'}-{digest[:16]}"


def _continue(
    console: Console,
    started_runs: StartedRunFile,
    event: Mapping[str, Any],
    keys: Sequence[TenantKey],
    clock: Clock,
) -> CensusRequest:
    """The request of a new run, or of the run that the same command has not completed."""
    request = parse_event(event, clock.now())
    tenants = sorted(key.tenant for key in keys)
    started = started_runs.start(StartedRun(request.run_id, clock.now(), tenants))
    if started.run_id == request.run_id:
        return request
    console.print(f"Continuing the run of {started.started_at:%Y-%m-%d %H:%M} UTC.")
    return parse_event({**event, "scheduled_time": started.started_at.isoformat()}, clock.now())


def _print_results(
    console: Console, context: RunContext, results: Sequence[CensusResult]
) -> Sequence[Path]:
    """Print each result; returns the files for people."""
    files = []
    for result in results:
        if result.manifest is None:
            print_checkpoint(console, result)
            continue
        report = result.report or build_report(context, stored_results(context))
        html = FORMATS[HTML].file if HTML in context.plan.formats else MANIFEST
        files.append(Path(result.manifest).with_name(html))
        print_report(console, report, files[-1])
    if files:
        print_next_command(console, results[0], Path(context.services.reports.address("")))
    return files


def _print_completions(
    console: Console, store: Store, tenants: Sequence[str], now: datetime
) -> None:
    def completions(month: Month) -> Mapping[str, Completion]:
        found = {tenant: _completion(store, month, tenant, now) for tenant in tenants}
        return {tenant: completion for tenant, completion in found.items() if completion}

    month = Month.containing(now)
    print_completions(console, completions(month.previous()), completions(month))


def _completion(store: Store, month: Month, tenant: str, now: datetime) -> Completion | None:
    try:
        counts = LedgerFile(store, month, tenant).read().counts.at(CLOUD)
    except AccessError:  # it is in the error of the tenant
        return None
    return find_completion(month, [part.window for part in counts.windows], now)


def _open(console: Console, file: Path) -> None:
    if not webbrowser.open(file.absolute().as_uri()):
        console.print("iflow-census: no browser could be started; open the file yourself")


def _summary(results: Sequence[CensusResult]) -> Mapping[str, Any]:
    """The result of the run; of one that also wrote a month, with that as `month`."""
    first, *others = results
    return {**first.summary(), **({"month": others[0].summary()} if others else {})}


def _exit_code(results: Sequence[CensusResult]) -> ExitCode:
    if all(result.complete for result in results):
        return ExitCode.COMPLETE
    if all(tenant["status"] == TenantStatus.FAILED for tenant in results[0].tenants):
        return ExitCode.FAILED
    return ExitCode.PARTIAL
