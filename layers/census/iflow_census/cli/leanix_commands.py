"""The implementation of `iflow-census leanix`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from iflow_census.cli.aws import Account
from iflow_census.cli.destination import parse_destination
from iflow_census.cli.files import read_text
from iflow_census.cli.leanix_output import (
    print_outcomes,
    print_runs,
    print_warnings,
    show_run_status,
)
from iflow_census.cli.terminal import ExitCode, as_usage_error, handle_errors, stderr_console
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import CensusError, ConfigurationError, DataError, RequestRejected
from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.ldif import connector_for_tenant
from iflow_census.leanix.outbound import save_results, start_export
from iflow_census.leanix.outcome import LOG_LOCATION, LeanixOutcome
from iflow_census.leanix.responses import RunState, summarize_stats
from iflow_census.leanix.run import wait_for_run
from iflow_census.leanix.settings import LeanixSettings, Mode, parse_leanix_settings
from iflow_census.leanix.workspace import Connector, Workspace, workspace_opener
from iflow_census.report.census_report import CensusReport
from iflow_census.report.reader import read_report
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.tenant_api import TENANT_NAME

MAX_SECONDS = 6 * 60 * 60
"""A command stops waiting for LeanIX after this time."""

INTERRUPTED = "runs that were started continue in LeanIX"


def set_up_tenants(
    tenants: Sequence[str], *, secret: Path, settings: Path | None, dry_run: bool, clock: Clock
) -> None:
    """Create or update the processor configuration of each tenant, unless it is a dry run."""
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            loaded_settings = _load_settings(settings)
            for tenant in tenants:
                if not TENANT_NAME.fullmatch(tenant):
                    raise ConfigurationError(
                        f"invalid tenant name {tenant!r}; use the name that the report shows"
                    )
        with _open_workspace(secret, clock) as workspace:
            for tenant in tenants:
                _set_up(console, workspace, tenant, loaded_settings, dry_run=dry_run)


def send_report(
    report_file: Path,
    *,
    secret: Path,
    settings: Path | None,
    test: bool,
    again: bool,
    json_result: bool,
    clock: Clock,
) -> ExitCode:
    """Send the tenants of a report; the exit code says whether all, some or none succeeded."""
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            loaded_settings = _load_settings(settings)
            report = read_report(str(report_file), read_text(report_file).encode())
        # LeanIX runs of an earlier call are found by the run id, so a different one sends again.
        run_id = f"{report.run_id}+{clock.now().isoformat()}" if again else report.run_id
        with _open_workspace(secret, clock) as workspace:
            outcomes = _send_tenants(
                console, workspace, report, loaded_settings, run_id=run_id, test=test
            )
        print_outcomes(console, outcomes)
        if json_result:
            entries = [outcome.to_dict() for outcome in outcomes]
            typer.echo(json.dumps(entries, ensure_ascii=False))
        succeeded = sum(outcome.problem is None for outcome in outcomes)
    if succeeded == len(report.tenants):
        return ExitCode.COMPLETE
    return ExitCode.PARTIAL if succeeded else ExitCode.FAILED


def show_status(run_id: str | None, *, secret: Path, clock: Clock) -> ExitCode:
    """Show a run with its figures and warnings, or list all runs."""
    console = stderr_console()
    with (
        handle_errors(console, interrupt_note=INTERRUPTED),
        _open_workspace(secret, clock) as workspace,
    ):
        if run_id is None:
            print_runs(console, workspace.runs())
            return ExitCode.COMPLETE
        state = workspace.state(run_id)
        print_runs(console, [state])
        summary = summarize_stats(workspace.stats(run_id))
        console.print(f"{summary.processed} items processed, {summary.errors} errors")
        print_warnings(console, workspace.warnings(run_id))
    return _exit_code(state)


def export(
    connector: str,
    *,
    secret: Path,
    direction: str,
    run_id: str | None,
    out: str,
    account: Account,
    clock: Clock,
) -> None:
    """Export data from LeanIX to a file.

    Args:
        connector: the connector's type, id and version, separated by slashes.
        secret: the file with the LeanIX secret.
        direction: the processing direction of the connector's configuration.
        run_id: an existing run whose results are downloaded; None: start a new run.
        out: a folder, or s3://bucket/prefix.
        account: the AWS account of the bucket.
        clock: the clock.
    """
    console = stderr_console()
    with handle_errors(console, interrupt_note=INTERRUPTED):
        with as_usage_error():
            destination = parse_destination(out, account)
            keys = _parse_connector(connector, direction)
        with _open_workspace(secret, clock) as workspace:
            with show_run_status(console, f"export {keys.id}") as on_state:
                if run_id is None:
                    # Each call is a new export.
                    state = start_export(workspace, keys, f"export-{clock.now().isoformat()}")
                else:
                    state = workspace.state(run_id)
                on_state(state)
                state = wait_for_run(workspace, state, on_state)
            print_warnings(console, workspace.warnings(state.id))
            if state.status != "FINISHED":
                raise RequestRejected(
                    f"LeanIX run {state.id} ended with status {state.status}; see its log in "
                    f"{LOG_LOCATION}"
                )
            name = f"leanixOutboundData{keys.version}.json"
            location = destination.store(name, partial(save_results, workspace, state.id))
            if location is None:
                raise DataError(
                    f"LeanIX run {state.id}: the results contain no LDIF; the processor "
                    "configuration needs a processor that writes one"
                )
        console.print(f"Export: {location}", soft_wrap=True)


@contextmanager
def _open_workspace(secret: Path, clock: Clock) -> Iterator[Workspace]:
    with as_usage_error():
        open_workspace = workspace_opener(read_text(secret), str(secret))
    with open_workspace(Deadline(clock, MAX_SECONDS)) as workspace:
        yield workspace


def _load_settings(path: Path | None) -> LeanixSettings:
    if path is None:
        return LeanixSettings()
    try:
        values = json.loads(read_text(path))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path}: not a JSON object; see the settings in docs/leanix.md")
    return parse_leanix_settings(values, source=str(path))


def _parse_connector(text: str, direction: str) -> Connector:
    connector_type, _, rest = text.partition("/")
    connector_id, _, version = rest.rpartition("/")
    if not (connector_type and connector_id and version):
        raise ConfigurationError(f"--connector {text!r}: the format is TYPE/ID/VERSION")
    return Connector(connector_type, connector_id, version, direction)


def _set_up(
    console: Console, workspace: Workspace, tenant: str, settings: LeanixSettings, *, dry_run: bool
) -> None:
    connector = connector_for_tenant(tenant, settings)
    current = workspace.configuration(connector)
    desired = build_configuration(tenant, settings)
    if current is None:
        changes: Sequence[str] = [f"new, with {len(desired['processors'])} processors"]
    else:
        changes = find_differences(current, desired)
    for change in changes or ["up to date"]:
        console.print(f"{connector}: {change}", soft_wrap=True)
    if settings.mode is Mode.FULL:
        console.print(
            f"{connector}: warning: full mode archives each fact sheet of this tenant that a run "
            "does not contain",
            soft_wrap=True,
        )
    if changes and not dry_run:
        workspace.put_configuration(desired)
        console.print(f"{connector}: saved", soft_wrap=True)


def _send_tenants(
    console: Console,
    workspace: Workspace,
    report: CensusReport,
    settings: LeanixSettings,
    *,
    run_id: str,
    test: bool,
) -> Sequence[LeanixOutcome]:
    outcomes = []
    for tenant in report.tenants:
        if tenant.status is not TenantStatus.COMPLETE:
            console.print(f"{tenant.name}: not sent, because its scan is {tenant.status}")
            continue
        try:
            with show_run_status(console, tenant.name) as on_state:
                outcome = send_inventory(
                    workspace,
                    tenant,
                    report.period,
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
    if not state.is_final:
        return ExitCode.PARTIAL
    return ExitCode.COMPLETE if state.status == "FINISHED" else ExitCode.FAILED
