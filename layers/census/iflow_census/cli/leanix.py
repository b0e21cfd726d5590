"""`iflow-census leanix`: the commands that speak to LeanIX."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.destination import destination
from iflow_census.cli.files import read_text
from iflow_census.cli.leanix_output import print_outcomes, print_runs, print_warnings, waiting
from iflow_census.cli.report_file import ReportFile, read_report
from iflow_census.cli.terminal import (
    ExitCode,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Deadline
from iflow_census.errors import CensusError, ConfigurationError, DataError, RequestRejected
from iflow_census.leanix.configuration import configuration, difference
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.ldif import tenant_connector
from iflow_census.leanix.outbound import save_results, start_export
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import RunState, summary
from iflow_census.leanix.run import wait
from iflow_census.leanix.settings import LeanixSettings, Mode, leanix_settings
from iflow_census.leanix.workspace import Connector, Workspace, workspace_opener
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.tenant_api import TENANT_NAME

SECONDS = 6 * 60 * 60
"""A person who waits longer has forgotten the command."""

app = typer.Typer(
    name="leanix",
    help="Bring an inventory into SAP LeanIX, and fetch what LeanIX holds.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SecretFile = Annotated[
    Path,
    typer.Option(
        "--secret",
        metavar="FILE",
        help='The secret: {"host": …, "api_token": …, "workspace_id": …}.',
        show_default=False,
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings", metavar="FILE", help="Settings as a JSON object.  [default: see docs]"
    ),
]
INTERRUPTED = "runs that were started go on in LeanIX"


@app.command()
def setup(
    ctx: typer.Context,
    secret: SecretFile,
    tenants: Annotated[
        list[str],
        typer.Argument(metavar="TENANT…", help="Names of tenants.", show_default=False),
    ],
    settings: SettingsFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
) -> None:
    """Put the processor configuration of each tenant into the workspace."""
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            chosen = _settings(settings)
            for tenant in tenants:
                if not TENANT_NAME.fullmatch(tenant):
                    raise ConfigurationError(f"{tenant!r} is no name of a tenant")
        with _workspace(ctx, secret) as workspace:
            for tenant in tenants:
                _set_up(console, workspace, tenant, chosen, dry_run=dry_run)


@app.command()
def inbound(
    ctx: typer.Context,
    report: Annotated[
        Path, typer.Argument(metavar="REPORT.json", help="The report.json of a run.")
    ],
    *,
    secret: SecretFile,
    settings: SettingsFile = None,
    test: Annotated[
        bool, typer.Option("--test", help="A dry run: LeanIX checks all and changes nothing.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send what was sent before from the same report.")
    ] = False,
    json_result: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.")
    ] = False,
) -> None:
    """Send an existing report: one run for each tenant that was scanned completely.

    Exit codes: 0 all well, 1 failed, 2 usage error, 3 a part of it, 130 interrupted.
    """
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            chosen = _settings(settings)
            read = read_report(report)
        run_id = f"{read.run_id}+{get_clock(ctx).now().isoformat()}" if again else read.run_id
        with _workspace(ctx, secret) as workspace:
            outcomes = _send(console, workspace, read, chosen, run_id=run_id, test=test)
        print_outcomes(console, outcomes)
        if json_result:
            typer.echo(json.dumps([one.plain() for one in outcomes], ensure_ascii=False))
        good = sum(one.problem is None for one in outcomes)
        if good < len(read.tenants):
            raise typer.Exit(ExitCode.PARTIAL if good else ExitCode.FAILED)


@app.command()
def status(
    ctx: typer.Context,
    secret: SecretFile,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id.", show_default=False)
    ] = None,
) -> None:
    """Show how far a run is, or list all runs."""
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED), _workspace(ctx, secret) as workspace:
        if run is None:
            print_runs(console, workspace.runs())
            return
        state = workspace.state(run)
        print_runs(console, [state])
        figures = summary(workspace.stats(run))
        console.print(f"{figures.processed} items processed, {figures.errors} errors")
        print_warnings(console, workspace.warnings(run))
        raise typer.Exit(_exit_code(state))


@app.command()
def outbound(
    ctx: typer.Context,
    *,
    connector: Annotated[
        str,
        typer.Option(metavar="TYPE/ID/VERSION", help="The connector's keys.", show_default=False),
    ],
    secret: SecretFile,
    write_to_ldif: Annotated[
        bool,
        typer.Option("--inbound", help="The connector is inbound and has a writeToLdif processor."),
    ] = False,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Start none: take the results of this run."),
    ] = None,
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Where the result goes; also s3://BUCKET/PREFIX.")
    ] = ".",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Export from LeanIX into leanixOutboundData<version>.json."""
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            target = destination(out, Account(profile, region))
            keys = _connector(connector, "inbound" if write_to_ldif else "outbound")
        with _workspace(ctx, secret) as workspace:
            with waiting(console, f"export {keys.id}") as on_state:
                if run is None:
                    # Each call is an export of its own.
                    scan = f"export-{get_clock(ctx).now().isoformat()}"
                    state = start_export(workspace, keys, scan)
                else:
                    state = workspace.state(run)
                on_state(state)
                state = wait(workspace, state, on_state)
            print_warnings(console, workspace.warnings(state.id))
            if state.status != "FINISHED":
                raise RequestRejected(f"run {state.id} ended as {state.status}")
            name = f"leanixOutboundData{keys.version}.json"
            stored = target.store(name, partial(save_results, workspace, state.id))
            if stored is None:
                raise DataError(
                    f"run {state.id} made no LDIF: is there a processor that writes one?"
                )
        console.print(f"Export: {stored}", soft_wrap=True)


@contextmanager
def _workspace(ctx: typer.Context, secret: Path) -> Iterator[Workspace]:
    with as_usage_error():
        opener = workspace_opener(read_text(secret), str(secret))
    with opener(Deadline(get_clock(ctx), SECONDS)) as workspace:
        yield workspace


def _settings(path: Path | None) -> LeanixSettings:
    if path is None:
        return LeanixSettings()
    try:
        values = json.loads(read_text(path))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path} is not a JSON object of settings: see docs/leanix.md")
    return leanix_settings(values, source=str(path))


def _connector(text: str, direction: str) -> Connector:
    kind, _, rest = text.partition("/")
    name, _, version = rest.rpartition("/")
    if not (kind and name and version):
        raise ConfigurationError(f"--connector {text!r} is not TYPE/ID/VERSION")
    return Connector(kind, name, version, direction)


def _set_up(
    console: Console, workspace: Workspace, tenant: str, settings: LeanixSettings, *, dry_run: bool
) -> None:
    connector = tenant_connector(tenant, settings)
    present = workspace.configuration(connector)
    wanted = configuration(tenant, settings)
    changes = (
        [f"new, with {len(wanted['processors'])} processors"]
        if present is None
        else difference(present, wanted)
    )
    for change in changes or ["as it should be"]:
        console.print(f"{connector}: {change}", soft_wrap=True)
    if settings.mode is Mode.FULL:
        console.print(
            f"{connector}: full mode archives fact sheets of this tenant that a run does not name",
            soft_wrap=True,
        )
    if changes and not dry_run:
        workspace.put_configuration(wanted)
        console.print(f"{connector}: stored", soft_wrap=True)


def _send(
    console: Console,
    workspace: Workspace,
    report: ReportFile,
    settings: LeanixSettings,
    *,
    run_id: str,
    test: bool,
) -> Sequence[LeanixOutcome]:
    outcomes = []
    for tenant in report.tenants:
        if tenant.status is not TenantStatus.COMPLETE:
            console.print(f"{tenant.name}: not sent, since its scan is {tenant.status}")
            continue
        try:
            with waiting(console, tenant.name) as on_state:
                outcome = send_inventory(
                    workspace,
                    tenant,
                    report.month,
                    settings,
                    run_id=run_id,
                    test=test,
                    on_state=on_state,
                )
        except CensusError as error:
            console.print(f"{tenant.name}: {error}", soft_wrap=True)
            continue
        if outcome.problem:
            console.print(f"{tenant.name}: {outcome.problem}", soft_wrap=True)
        print_warnings(console, outcome.warnings)
        outcomes.append(outcome)
    return outcomes


def _exit_code(state: RunState) -> ExitCode:
    if not state.final:
        return ExitCode.PARTIAL
    return ExitCode.COMPLETE if state.status == "FINISHED" else ExitCode.FAILED
