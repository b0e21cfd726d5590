"""`iflow-census leanix setup`, `status`, `stop` and `check`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from iflow_census.cli.leanix_input import SettingsFile, load_settings, open_workspace
from iflow_census.cli.leanix_output import print_runs, print_setup, print_warnings
from iflow_census.cli.leanix_secret import LeanixSecretSource, reads_leanix_secret
from iflow_census.cli.terminal import ExitCode, JsonResult, as_usage_error, get_clock, print_error
from iflow_census.errors import ConfigurationError
from iflow_census.leanix.check import check_workspace
from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.ldif import connector_for_tenant
from iflow_census.leanix.responses import RunState, summarize_stats
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.tenant_api import TENANT_NAME


@reads_leanix_secret
def setup(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    tenants: Annotated[
        list[str],
        typer.Argument(metavar="TENANT", help="Names of tenants.", show_default=False),
    ],
    *,
    settings: SettingsFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """Create or update the processor configuration of each tenant."""
    with as_usage_error():
        loaded_settings = load_settings(settings)
        for tenant in tenants:
            if not TENANT_NAME.fullmatch(tenant):
                raise ConfigurationError(
                    f"invalid tenant name {tenant!r}; use the name that the report shows"
                )
    entries = []
    with open_workspace(secret, get_clock(ctx)) as workspace:
        for tenant in tenants:
            entry = _set_up(workspace, tenant, loaded_settings, dry_run=dry_run)
            entries.append(entry)
            if not json_result:
                print_setup(entry)
    if json_result:
        typer.echo(json.dumps(entries))


@reads_leanix_secret
def status(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The id of a run.", show_default=False)
    ] = None,
    *,
    json_result: JsonResult = False,
) -> None:
    """Show the status of a run, or list all runs."""
    with open_workspace(secret, get_clock(ctx)) as workspace:
        if run is None:
            runs = workspace.runs()
            if json_result:
                typer.echo(json.dumps([asdict(run) for run in runs]))
            else:
                print_runs(runs)
            return
        state = workspace.state(run)
        stats = workspace.stats(run)
        summary = summarize_stats(stats)
        warnings = workspace.warnings(run)
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
    raise typer.Exit(_exit_code(state))


@reads_leanix_secret
def check(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    tenant: Annotated[
        str, typer.Argument(metavar="TENANT", help="A tenant that is set up.", show_default=False)
    ],
    *,
    settings: SettingsFile = None,
    json_result: JsonResult = False,
) -> None:
    """Try what LeanIX does not document, by ten requests that change nothing.

    Please report the output in an issue; it does not name your workspace and tenant.
    """
    findings = []
    with as_usage_error():
        loaded_settings = load_settings(settings)
    with open_workspace(secret, get_clock(ctx)) as workspace:
        for finding in check_workspace(workspace, tenant, loaded_settings):
            findings.append(finding)
            if not json_result:
                typer.echo(f"- {finding.question} {finding.answer}")
    if json_result:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    if any(finding.failed for finding in findings):
        raise typer.Exit(ExitCode.FAILED)


@reads_leanix_secret
def stop(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run.")],
) -> None:
    """Stop a run that is waiting or active."""
    with open_workspace(secret, get_clock(ctx)) as workspace:
        workspace.stop_run(run)
        print_runs([workspace.state(run)])


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
