"""The implementation of `iflow-census leanix setup`, `status`, `stop` and `check`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from iflow_census.cli.leanix_input import INTERRUPTED, load_settings, open_workspace
from iflow_census.cli.leanix_output import print_runs, print_setup, print_warnings
from iflow_census.cli.leanix_secret import LeanixSecretSource
from iflow_census.cli.terminal import ExitCode, as_usage_error, handle_errors, print_error
from iflow_census.clock import Clock
from iflow_census.errors import ConfigurationError
from iflow_census.leanix.check import check_workspace
from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.ldif import connector_for_tenant
from iflow_census.leanix.responses import RunState, summarize_stats
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.tenant_api import TENANT_NAME


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
            loaded_settings = load_settings(settings)
            for tenant in tenants:
                if not TENANT_NAME.fullmatch(tenant):
                    raise ConfigurationError(
                        f"invalid tenant name {tenant!r}; use the name that the report shows"
                    )
        with open_workspace(secret, clock) as workspace:
            entries = []
            for tenant in tenants:
                entry = _set_up(workspace, tenant, loaded_settings, dry_run=dry_run)
                entries.append(entry)
                if not json_result:
                    print_setup(entry)
        if json_result:
            typer.echo(json.dumps(entries))


def show_status(
    run_id: str | None, *, secret: LeanixSecretSource, json_result: bool, clock: Clock
) -> ExitCode:
    """Show a run with its figures and warnings, or list all runs."""
    with (
        handle_errors(interrupt_note=INTERRUPTED),
        open_workspace(secret, clock) as workspace,
    ):
        if run_id is None:
            runs = workspace.runs()
            if json_result:
                typer.echo(json.dumps([asdict(run) for run in runs]))
            else:
                print_runs(runs)
            return ExitCode.COMPLETE
        state = workspace.state(run_id)
        stats = workspace.stats(run_id)
        summary = summarize_stats(stats)
        warnings = workspace.warnings(run_id)
        if json_result:
            entry = {
                **asdict(state),
                "processed": summary.processed if stats else None,
                "errors": summary.errors if stats else None,
                **summary.fact_sheet_counts,
                "warnings": list(warnings),
            }
            typer.echo(json.dumps(entry))
        else:
            print_runs([state])
            processed = f"{summary.processed} items processed, {summary.errors} errors"
            typer.echo(processed if stats else "LeanIX has no statistics of this run")
            print_warnings(warnings)
    return _exit_code(state)


def stop_run(run_id: str, *, secret: LeanixSecretSource, clock: Clock) -> None:
    """Stop a run that is waiting or active, and print its state."""
    with handle_errors(), open_workspace(secret, clock) as workspace:
        workspace.stop_run(run_id)
        print_runs([workspace.state(run_id)])


def check(
    tenant: str,
    *,
    secret: LeanixSecretSource,
    settings: Path | None,
    json_result: bool,
    clock: Clock,
) -> ExitCode:
    """Print what the workspace answers to the open questions, as a list in Markdown."""
    findings = []
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            loaded_settings = load_settings(settings)
        with open_workspace(secret, clock) as workspace:
            for finding in check_workspace(workspace, tenant, loaded_settings):
                findings.append(finding)
                if not json_result:
                    typer.echo(f"- {finding.question} {finding.answer}")
        if json_result:
            typer.echo(json.dumps([asdict(finding) for finding in findings]))
    return ExitCode.FAILED if any(finding.failed for finding in findings) else ExitCode.COMPLETE


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


def _exit_code(state: RunState) -> ExitCode:
    if not state.is_final:
        return ExitCode.PARTIAL
    return ExitCode.COMPLETE if state.status == "FINISHED" else ExitCode.FAILED
