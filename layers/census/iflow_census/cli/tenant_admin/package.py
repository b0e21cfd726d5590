"""`iflow-census package`: the integration packages of a tenant."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.tenant_admin.confirmation import confirm_requests
from iflow_census.cli.tenant_admin.options import ZipOut, zip_path
from iflow_census.cli.tenant_admin.output import download_progress, print_rows, status_spinner
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import InvalidUsage, JsonResult, as_usage_error
from iflow_census.cloud_integration.api import ApiResult
from iflow_census.errors import RequestRejected
from iflow_census.tenant_admin import content
from iflow_census.tenant_admin.content import ImportMode

_COPY_EFFECTS = {
    None: "if it is not there yet",
    ImportMode.CREATE_COPY: "as an additional copy with a suffix",
    ImportMode.OVERWRITE: "replacing the existing one; its changes and parameters are lost",
    ImportMode.OVERWRITE_MERGE: "replacing the existing one; its changes are lost and its "
    "parameters are kept",
}

PackageArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The package's id.", show_default=False)
]
Text = str | None

app = command_group(
    "package", "List, download, upload, change, delete and copy integration packages."
)


@app.command("list")
@tenant_command()
def list_packages(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """List the packages. A package with the mode READ_ONLY is configure-only."""
    columns = ("Id", "Name", "Version", "Vendor", "Mode", "ModifiedDate")
    print_rows(content.list_packages(session.api), columns, json_result=json_result)


@app.command()
@tenant_command()
def download(session: AdminSession, package: PackageArgument, *, out: ZipOut = None) -> None:
    """Download a package as a zip file. SAP rejects this if it contains a draft."""
    file = zip_path(out, package)
    with download_progress(session.console, package) as progress:
        saved = content.download_package(session.api, package, file, progress=progress)
    session.console.print(f"{file}: {saved.size} bytes", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def upload(
    session: AdminSession,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.zip", help="A downloaded package.", show_default=False),
    ],
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing package.")
    ] = False,
) -> None:
    """Create a package from a zip file that was downloaded."""
    with as_usage_error():
        request = content.upload_package_request(file, overwrite=overwrite)
    effect = ", replacing an existing package" if overwrite else ""
    summary = f"Create the package in {file} on {session.tenant}{effect}."
    if confirm_requests(session, [request], summary):
        with status_spinner(session.console, f"Uploading {file}"):
            answer = request.send(session.api)
        session.console.print(f"{_created_id(answer, str(file))} is created.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def create(
    session: AdminSession,
    package: PackageArgument,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Its name.", show_default=False)],
    short_text: Annotated[
        Text, typer.Option(metavar="TEXT", help="A short description.  [default: the name]")
    ] = None,
    description: Annotated[Text, typer.Option(metavar="TEXT", help="A description.")] = None,
    version: Annotated[Text, typer.Option(metavar="VERSION", help="Such as 1.0.0.")] = None,
) -> None:
    """Create an empty package."""
    properties = {
        "Name": name,
        "ShortText": short_text or name,
        "Description": description,
        "Version": version,
    }
    with as_usage_error():
        request = content.create_package_request(package, properties)
    summary = f"Create package {package!r} on {session.tenant}."
    if confirm_requests(session, [request], summary):
        answer = request.send(session.api)
        session.console.print(f"{_created_id(answer, package)} is created.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def update(
    session: AdminSession,
    package: PackageArgument,
    *,
    name: Annotated[Text, typer.Option(metavar="NAME", help="A new name.")] = None,
    short_text: Annotated[Text, typer.Option(metavar="TEXT", help="A short description.")] = None,
    description: Annotated[Text, typer.Option(metavar="TEXT", help="A description.")] = None,
    version: Annotated[Text, typer.Option(metavar="VERSION", help="Such as 1.0.0.")] = None,
    vendor: Annotated[Text, typer.Option(metavar="NAME", help="A vendor.")] = None,
) -> None:
    """Change the properties of a package. Its artifacts are not changed."""
    changes = {
        "Name": name,
        "ShortText": short_text,
        "Description": description,
        "Version": version,
        "Vendor": vendor,
    }
    changed = [key for key, value in changes.items() if value is not None]
    if not changed:
        raise InvalidUsage("nothing to change; add --name, --short-text, --description, …")
    request = content.update_package_request(session.api, package, changes)
    summary = f"Change {', '.join(changed)} of package {package!r} on {session.tenant}."
    if confirm_requests(session, [request], summary):
        request.send(session.api)
        session.console.print(f"{package!r} is changed.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def delete(session: AdminSession, package: PackageArgument) -> None:
    """Delete a package with all its artifacts. Deployed iFlows keep running."""
    iflow_count = sum(1 for _ in content.list_iflows(session.api, package))
    request = content.delete_package_request(package)
    summary = (
        f"Delete package {package!r} from {session.tenant} with all its artifacts "
        f"(iFlows: {iflow_count}). Deployed iFlows keep running."
    )
    if confirm_requests(session, [request], summary):
        request.send(session.api)
        session.console.print(f"{package!r} is deleted.", soft_wrap=True)


@app.command()
@tenant_command(writes=True)
def copy(
    session: AdminSession,
    package: Annotated[
        str,
        typer.Argument(metavar="ID", help="The package's id in Discover.", show_default=False),
    ],
    *,
    mode: Annotated[
        ImportMode | None,
        typer.Option(
            case_sensitive=False,
            show_default=False,
            help="What to do if the package exists.  [default: stop]",
        ),
    ] = None,
    suffix: Annotated[
        Text,
        typer.Option(
            metavar="TEXT",
            help="Make an additional copy, with this text appended to its name and ids.",
        ),
    ] = None,
) -> None:
    """Copy a package from Discover, SAP's catalog of published content."""
    with as_usage_error():
        request = content.copy_package_request(package, mode=mode, suffix=suffix)
    effect = _COPY_EFFECTS[ImportMode.CREATE_COPY if suffix else mode]
    summary = f"Copy {package!r} from Discover to {session.tenant}, {effect}."
    if confirm_requests(session, [request], summary):
        with status_spinner(session.console, f"Copying {package}"):
            try:
                answer = request.send(session.api)
            except RequestRejected as error:
                if mode is None and suffix is None:
                    raise RequestRejected(f"{error}; see --suffix and --mode") from error
                raise
        session.console.print(f"{_created_id(answer, package)} is copied.", soft_wrap=True)


def _created_id(answer: ApiResult, default: str) -> str:
    """Return the quoted id in SAP's answer."""
    identity = answer.get("Id") if isinstance(answer, dict) else None
    return repr(identity or default)
