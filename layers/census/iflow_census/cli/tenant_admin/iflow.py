"""`iflow-census iflow`: the iFlows of a tenant."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.iflow_parameters import configure, parameters
from iflow_census.cli.tenant_admin.options import (
    UNCERTAIN,
    Iflow,
    Out,
    Timeout,
    Version,
    approved,
    target,
)
from iflow_census.cli.tenant_admin.output import downloading, harmless, print_json, show, waiting
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, on_tenant
from iflow_census.cli.terminal import ExitCode, JsonResult, as_usage_error
from iflow_census.clock import Deadline
from iflow_census.http.errors import one_line
from iflow_census.tenant_admin import content, deployment

COLUMNS = ("Id", "Name", "PackageId", "Version", "ModifiedAt", "ModifiedBy")
SECONDS = 600.0

Zip = Annotated[Path, typer.Argument(metavar="FILE.zip", help="Its content.", show_default=False)]

app = typer.Typer(
    name="iflow",
    help="List, deploy, download, change and configure iFlows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command()(parameters)
app.command()(configure)


@app.command("list")
@on_tenant()
def list_iflows(
    opened: Session,
    *,
    package: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this package.  [default: all]")
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """List the iFlows of the design-time; the version of a draft is 'Active'."""
    with waiting(opened.console, "Reading") as state:
        rows = list(
            content.iflows(opened.api, package, step=lambda number: state(f"{number} packages"))
        )
    show(rows, COLUMNS, json_result=json_result)


@app.command()
@on_tenant(interrupt_note="a deployment that was begun goes on")
def deploy(
    opened: Session,
    iflow: Iflow,
    *,
    version: Version = content.ACTIVE,
    timeout: Timeout = SECONDS,
    yes: Yes = False,
    dry_run: DryRun = False,
    json_result: JsonResult = False,
) -> None:
    """Deploy an iFlow, and wait until it runs or has failed.

    Exit codes: 0 it runs, 1 failed or not done in time, 2 usage error, 130 interrupted.
    """
    change = deployment.deployment(iflow, version)
    sentence = f"Deploy {iflow!r}, version {version!r}, on {opened.tenant}."
    if not approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        return
    deadline = Deadline(opened.clock, timeout)
    with waiting(opened.console, f"Deploying {iflow}") as state:
        ended = deployment.deploy(opened.api, iflow, deadline, version=version, on_state=state)
    if ended.well:
        said = f"{iflow!r} runs on {opened.tenant} in version {ended.version}."
    else:
        said = f"The deployment of {iflow!r} on {opened.tenant} failed: {ended.status}"
    opened.console.print(one_line(said), soft_wrap=True)
    if ended.error:
        opened.console.print(harmless(ended.error), soft_wrap=True)
    if json_result:
        print_json(
            {
                "Id": iflow,
                "TaskId": ended.task,
                "Status": ended.status,
                "Version": ended.version,
                "DeployedOn": ended.deployed_on,
                "ErrorInformation": ended.error,
            }
        )
    if not ended.well:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
@on_tenant(interrupt_note="an undeployment that was begun goes on")
def undeploy(
    opened: Session,
    iflow: Iflow,
    *,
    timeout: Timeout = SECONDS,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Undeploy an iFlow, and wait until it is gone."""
    change = deployment.undeployment(iflow)
    sentence = f"Undeploy {iflow!r} from {opened.tenant}: it will take no more messages."
    if not approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        return
    with waiting(opened.console, f"Undeploying {iflow}") as state:
        deployment.undeploy(opened.api, iflow, Deadline(opened.clock, timeout), on_state=state)
    opened.console.print(f"{iflow!r} is undeployed.", soft_wrap=True)


@app.command()
@on_tenant()
def download(
    opened: Session, iflow: Iflow, *, version: Version = content.ACTIVE, out: Out = None
) -> None:
    """Download an iFlow as a zip file."""
    file = target(out, iflow)
    with downloading(opened.console, iflow) as progress:
        loaded = content.download_iflow(opened.api, iflow, file, version=version, progress=progress)
    opened.console.print(f"{iflow!r}: {loaded.size} bytes in {file}", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def create(
    opened: Session,
    iflow: Iflow,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE.zip", help="Its content.  [default: empty]", show_default=False
        ),
    ] = None,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", show_default=False)],
    package: Annotated[
        str, typer.Option(metavar="ID", help="The package it goes to.", show_default=False)
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Create an iFlow from a zip file, or an empty one."""
    with as_usage_error():
        change = content.creation(iflow, name=name, package=package, file=file)
    sentence = f"Create {iflow!r} in the package {package!r} of {opened.tenant}."
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        with waiting(opened.console, f"Creating {iflow}"):
            change.send(opened.api)
        opened.console.print(f"{iflow!r} is created; it is not deployed.", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def update(
    opened: Session,
    iflow: Iflow,
    file: Zip,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="[default: as the zip's manifest has it]")
    ] = None,
    save_as_version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Then save it as this version, such as 1.0.3."),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Replace an iFlow's content by a zip file."""
    with as_usage_error():
        changes = [content.replacement(iflow, file, name=name)]
    if save_as_version is not None:
        changes.append(content.version_of(iflow, save_as_version))
    sentence = f"Replace the content of {iflow!r} on {opened.tenant} by {file}."
    if approved(opened, changes, sentence, yes=yes, dry_run=dry_run):
        with waiting(opened.console, f"Updating {iflow}"):
            for one in changes:
                one.send(opened.api)
        opened.console.print(
            f"{iflow!r} is updated; what is deployed has not changed.", soft_wrap=True
        )


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def delete(opened: Session, iflow: Iflow, *, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Delete an iFlow from the design-time; what is deployed stays so."""
    change = content.deletion(iflow)
    sentence = (
        f"Delete {iflow!r} with all its versions from the design-time of {opened.tenant}; "
        "what is deployed stays so."
    )
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        change.send(opened.api)
        opened.console.print(f"{iflow!r} is deleted.", soft_wrap=True)
