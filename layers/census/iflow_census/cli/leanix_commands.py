"""The implementation of `iflow-census leanix`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from iflow_census.cli.destination import parse_destination
from iflow_census.cli.files import read_text
from iflow_census.cli.leanix_output import (
    print_outcomes,
    print_runs,
    print_setup,
    print_warnings,
    show_run_status,
)
from iflow_census.cli.leanix_secret import LeanixSecretSource
from iflow_census.cli.terminal import (
    ExitCode,
    as_usage_error,
    handle_errors,
    print_error,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import (
    CensusError,
    ConfigurationError,
    DataError,
    RequestRejected,
    one_line,
)
from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.inbound import DeliveryHooks, send_inventory
from iflow_census.leanix.ldif import connector_for_tenant
from iflow_census.leanix.outbound import save_results, start_export
from iflow_census.leanix.outcome import LOG_LOCATION, LeanixOutcome, shorten
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
    tenants: Sequence[str],
    *,
    secret: LeanixSecretSource,
    settings: Path | None,
    dry_run: bool,
    json_result: bool,
    clock: Clock,
) -> None:
    """Create or update the processor configuration of each tenant, unless it is a dry run."""
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            loaded_settings = _load_settings(settings)
            for tenant in tenants:
                if not TENANT_NAME.fullmatch(tenant):
                    raise ConfigurationError(
                        f"invalid tenant name {tenant!r}; use the name that the report shows"
                    )
        with _open_workspace(secret, clock) as workspace:
            entries = []
            for tenant in tenants:
                entry = _set_up(workspace, tenant, loaded_settings, dry_run=dry_run)
                entries.append(entry)
                if not json_result:
                    print_setup(entry)
        if json_result:
            typer.echo(json.dumps(entries))


def send_report(
    report_file: Path,
    *,
    secret: LeanixSecretSource,
    settings: Path | None,
    test: bool,
    again: bool,
    json_result: bool,
    clock: Clock,
) -> ExitCode:
    """Send the tenants of a report; the exit code says whether all, some or none succeeded."""
    console = stderr_console()
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            loaded_settings = _load_settings(settings)
            report = read_report(str(report_file), read_text(report_file).encode())
        # LeanIX runs of an earlier call are found by the run id, so a different one sends again.
        run_id = f"{report.run_id}+{clock.now().isoformat()}" if again else report.run_id
        with _open_workspace(secret, clock) as workspace:
            outcomes = _send_tenants(
                console, workspace, report, loaded_settings, run_id=run_id, test=test
            )
        if json_result:
            typer.echo(json.dumps([outcome.to_dict() for outcome in outcomes]))
        else:
            print_outcomes(outcomes)
        succeeded = sum(outcome.problem is None for outcome in outcomes)
    if succeeded == len(report.tenants):
        return ExitCode.COMPLETE
    return ExitCode.PARTIAL if succeeded else ExitCode.FAILED


def show_status(
    run_id: str | None, *, secret: LeanixSecretSource, json_result: bool, clock: Clock
) -> ExitCode:
    """Show a run with its figures and warnings, or list all runs."""
    with (
        handle_errors(interrupt_note=INTERRUPTED),
        _open_workspace(secret, clock) as workspace,
    ):
        if run_id is None:
            runs = workspace.runs()
            if json_result:
                typer.echo(json.dumps([asdict(run) for run in runs]))
            else:
                print_runs(runs)
            return ExitCode.COMPLETE
        state = workspace.state(run_id)
        summary = summarize_stats(workspace.stats(run_id))
        warnings = workspace.warnings(run_id)
        if json_result:
            entry = {**asdict(state), **asdict(summary), "warnings": list(warnings)}
            typer.echo(json.dumps(entry))
        else:
            print_runs([state])
            typer.echo(f"{summary.processed} items processed, {summary.errors} errors")
            print_warnings(warnings)
    return _exit_code(state)


def export(
    connector: str,
    *,
    secret: LeanixSecretSource,
    direction: str,
    run_id: str | None,
    out: str,
    clock: Clock,
) -> None:
    """Export data from LeanIX to a file.

    Args:
        connector: the connector's type, id and version, separated by slashes.
        secret: where the LeanIX secret is; its AWS account is also that of the bucket.
        direction: the processing direction of the connector's configuration.
        run_id: an existing run whose results are downloaded; None: start a new run.
        out: a folder, or s3://bucket/prefix.
        clock: the clock.
    """
    console = stderr_console()
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            destination = parse_destination(out, secret.account)
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
            print_warnings(workspace.warnings(state.id))
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
def _open_workspace(secret: LeanixSecretSource, clock: Clock) -> Iterator[Workspace]:
    text, source = secret.read()
    with as_usage_error():
        open_workspace = workspace_opener(text, source)
    with open_workspace(Deadline(clock, MAX_SECONDS)) as workspace:
        yield workspace


def _load_settings(path: Path | None) -> LeanixSettings:
    if path is None:
        return LeanixSettings()
    return parse_leanix_settings(read_text(path), source=str(path))


def _parse_connector(text: str, direction: str) -> Connector:
    connector_type, _, rest = text.partition("/")
    connector_id, _, version = rest.rpartition("/")
    if not (connector_type and connector_id and version):
        raise ConfigurationError(f"--connector {text!r}: the format is TYPE/ID/VERSION")
    return Connector(connector_type, connector_id, version, direction)


def _set_up(
    workspace: Workspace, tenant: str, settings: LeanixSettings, *, dry_run: bool
) -> dict[str, Any]:
    connector = connector_for_tenant(tenant, settings)
    current = workspace.configuration(connector)
    desired = build_configuration(tenant, settings)
    if current is None:
        changes: Sequence[str] = [f"new, with {len(desired['processors'])} processors"]
    else:
        changes = find_differences(current, desired)
    if settings.mode is Mode.FULL:
        print_error(
            f"{connector}: warning: full mode archives each fact sheet of this tenant that a run "
            "does not contain"
        )
    saved = bool(changes) and not dry_run
    if saved:
        workspace.put_configuration(desired)
    return {
        "tenant": tenant,
        "connector": str(connector),
        "changes": list(changes),
        "saved": saved,
    }


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
            print_error(f"{tenant.name}: not sent, because its scan is {tenant.status}")
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
                    hooks=DeliveryHooks(on_state=on_state),
                )
        except CensusError as error:
            print_error(f"{tenant.name}: {error}")
            continue
        if outcome.problem:
            print_error(f"{tenant.name}: {outcome.problem}")
        print_warnings(outcome.warnings)
        for note in shorten(outcome.notes):
            print_error(one_line(f"{tenant.name}: {note}"))
        outcomes.append(outcome)
    return outcomes


def _exit_code(state: RunState) -> ExitCode:
    if not state.is_final:
        return ExitCode.PARTIAL
    return ExitCode.COMPLETE if state.status == "FINISHED" else ExitCode.FAILED
