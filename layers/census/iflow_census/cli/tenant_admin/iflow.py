"""`iflow-census iflow` and `endpoints`: the iFlows of a tenant and their endpoints."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.model_output import print_model
from iflow_census.cli.tenant_admin.confirmation import confirm_requests
from iflow_census.cli.tenant_admin.iflow_parameters import configure, parameters
from iflow_census.cli.tenant_admin.options import (
    IflowArgument,
    Timeout,
    VersionOption,
    ZipOut,
    zip_path,
)
from iflow_census.cli.tenant_admin.output import (
    download_progress,
    escape_control,
    print_json,
    print_rows,
    status_spinner,
)
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import ExitCode, JsonResult, as_usage_error, print_error
from iflow_census.clock import Deadline
from iflow_census.cloud_integration.content import read_iflow_model
from iflow_census.errors import one_line
from iflow_census.tenant_admin import content, deployment

_DEFAULT_TIMEOUT = 600.0
_DEFAULT_UNDEPLOY_TIMEOUT = 120.0

app = command_group("iflow", "List, deploy, download, change and configure iFlows.")
app.command()(parameters)
app.command()(configure)


@app.command()
@tenant_command()
def anatomy(
    session: AdminSession, iflow: IflowArgument, *, json_result: JsonResult = False
) -> None:
    """Show what an iFlow connects: its triggers, systems and calls, in its newest version."""
    print_model(read_iflow_model(session.api, iflow), iflow, json_result=json_result)


@app.command("list")
@tenant_command()
def list_iflows(
    session: AdminSession,
    *,
    package: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only the iFlows of this package.  [default: all]"),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """List the design-time iFlows. The version of a draft is 'Active' or 'Draft'."""
    with status_spinner(session.console, "Reading") as update:
        iflows = list(
            content.list_iflows(
                session.api, package, on_package=lambda count: update(f"{count} packages")
            )
        )
    columns = ("Id", "Name", "PackageId", "Version", "ModifiedAt", "ModifiedBy")
    print_rows(iflows, columns, json_result=json_result)


@tenant_command()
def endpoints(
    session: AdminSession,
    *,
    iflow: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only the endpoints of this iFlow.  [default: all]"),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """List the endpoints of deployed iFlows."""
    rows = content.list_endpoints(session.api, iflow)
    print_rows(rows, ("Name", "Protocol", "Url", "Type"), json_result=json_result)


@app.command()
@tenant_command(writes=True, interrupt_note="SAP continues a deployment that has started")
def deploy(
    session: AdminSession,
    iflow: IflowArgument,
    *,
    version: VersionOption = content.ACTIVE,
    timeout: Timeout = _DEFAULT_TIMEOUT,
    json_result: JsonResult = False,
) -> None:
    """Deploy an iFlow and wait until it has started or failed.

    Exit codes: 0 started, 1 failed or timed out, 2 usage error, 130 interrupted.
    """
    request = deployment.deploy_request(iflow, version)
    summary = f"Deploy {iflow!r}, version {version!r}, on {session.tenant}."
    if not confirm_requests(session, [request], summary):
        return
    deadline = Deadline(session.clock, timeout)
    with status_spinner(session.console, f"Deploying {iflow}") as update:
        result = deployment.deploy(session.api, iflow, deadline, version=version, on_status=update)
    if result.succeeded:
        message = f"{iflow!r} has started on {session.tenant}, version {result.version}."
    else:
        message = f"{iflow!r} on {session.tenant}: deployment failed: {result.status}"
    if result.succeeded:
        session.console.print(one_line(message), soft_wrap=True)
    else:
        print_error(one_line(message))
    if result.error:
        print_error(escape_control(result.error))
    if json_result:
        print_json(
            {
                "Id": iflow,
                "TaskId": result.task,
                "Status": result.status,
                "Version": result.version,
                "DeployedOn": result.deployed_on,
                "ErrorInformation": result.error,
            }
        )
    if not result.succeeded:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
@tenant_command(writes=True, interrupt_note="SAP continues an undeployment that has started")
def undeploy(
    session: AdminSession,
    iflow: IflowArgument,
    *,
    timeout: Timeout = _DEFAULT_UNDEPLOY_TIMEOUT,
) -> None:
    """Undeploy an iFlow and wait until it is gone.

    Exit codes: 0 undeployed, 1 failed or still deployed, 2 usage error, 130 interrupted.
    """
    request = deployment.undeploy_request(iflow)
    summary = f"Undeploy {iflow!r} from {session.tenant}. It will no longer process messages."
    if not confirm_requests(session, [request], summary):
        return
    session.console.print(f"Waiting up to {timeout:g} seconds until it is no longer deployed.")
    deadline = Deadline(session.clock, timeout)
    with status_spinner(session.console, f"Undeploying {iflow}") as update:
        deployment.undeploy(session.api, iflow, deadline, on_status=update)
    session.console.print(f"{iflow!r} is undeployed.", soft_wrap=True)


@app.command()
@tenant_command()
def download(
    session: AdminSession,
    iflow: IflowArgument,
    *,
    version: VersionOption = content.ACTIVE,
    out: ZipOut = None,
) -> None:
    """Download an iFlow as a zip file."""
    file = zip_path(out, iflow)
    with download_progress(session.console, iflow) as progress:
        saved = content.download_iflow(session.api, iflow, file, version=version, progress=progress)
    session.console.print(f"{file}: {saved.size} bytes", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def create(
    session: AdminSession,
    iflow: IflowArgument,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE.zip", help="Its content.  [default: empty]", show_default=False
        ),
    ] = None,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Its name.", show_default=False)],
    package: Annotated[
        str, typer.Option(metavar="ID", help="The package of the iFlow.", show_default=False)
    ],
) -> None:
    """Create an iFlow from a zip file, or an empty iFlow."""
    with as_usage_error():
        request = content.create_iflow_request(iflow, name=name, package=package, file=file)
    summary = f"Create {iflow!r} in package {package!r} on {session.tenant}."
    if confirm_requests(session, [request], summary):
        with status_spinner(session.console, f"Creating {iflow}"):
            request.send(session.api)
        session.console.print(f"{iflow!r} is created, not deployed.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def update(
    session: AdminSession,
    iflow: IflowArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.zip", help="The new content.", show_default=False)
    ],
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="[default: the name in the zip's manifest]")
    ] = None,
    save_as_version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Also save it as this version, such as 1.0.3."),
    ] = None,
) -> None:
    """Replace the content of an iFlow with a zip file."""
    with as_usage_error():
        requests = [content.update_iflow_request(iflow, file, name=name)]
    if save_as_version is not None:
        requests.append(content.save_version_request(iflow, save_as_version))
    summary = f"Replace the content of {iflow!r} on {session.tenant} with {file}."
    if confirm_requests(session, requests, summary):
        with status_spinner(session.console, f"Updating {iflow}"):
            for request in requests:
                request.send(session.api)
        session.console.print(f"{iflow!r} is updated, not deployed.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def delete(session: AdminSession, iflow: IflowArgument) -> None:
    """Delete a design-time iFlow. A deployed iFlow keeps running."""
    request = content.delete_iflow_request(iflow)
    summary = (
        f"Delete {iflow!r} and all its versions from the design time of {session.tenant}. "
        "If it is deployed, it keeps running."
    )
    if confirm_requests(session, [request], summary):
        request.send(session.api)
        session.console.print(f"{iflow!r} is deleted.", soft_wrap=True)
