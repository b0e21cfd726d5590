"""`iflow-census package`: the integration packages of a tenant."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.options import UNCERTAIN, Out, approved, target
from iflow_census.cli.tenant_admin.output import downloading, show, waiting
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, on_tenant
from iflow_census.cli.terminal import InvalidUsage, JsonResult, as_usage_error
from iflow_census.cloud_integration.api import ApiResult
from iflow_census.errors import RequestRejected
from iflow_census.tenant_admin import content
from iflow_census.tenant_admin.content import ImportMode

COLUMNS = ("Id", "Name", "Version", "Vendor", "Mode", "ModifiedDate")
WHAT_BECOMES_OF_IT = {
    None: "if it is not there yet",
    ImportMode.CREATE_COPY: "as a further copy with a suffix",
    ImportMode.OVERWRITE: "over the one that is there, whose changes and parameters are lost",
    ImportMode.OVERWRITE_MERGE: "over the one that is there, whose changes are lost and whose "
    "parameters are kept",
}

Package = Annotated[str, typer.Argument(metavar="ID", help="The package's id.", show_default=False)]
Text = str | None

app = typer.Typer(
    name="package",
    help="List, download, upload, change, delete and copy integration packages.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
@on_tenant()
def list_packages(opened: Session, *, json_result: JsonResult = False) -> None:
    """List the packages; those with the mode READ_ONLY can only be configured."""
    show(content.packages(opened.api), COLUMNS, json_result=json_result)


@app.command()
@on_tenant()
def download(opened: Session, package: Package, *, out: Out = None) -> None:
    """Download a package as a zip file; SAP refuses while one of its artifacts is a draft."""
    file = target(out, package)
    with downloading(opened.console, package) as progress:
        loaded = content.download_package(opened.api, package, file, progress=progress)
    opened.console.print(f"{package!r}: {loaded.size} bytes in {file}", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def upload(
    opened: Session,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.zip", help="A package that was downloaded.", show_default=False
        ),
    ],
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a package that is there.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Create a package from the zip file of a download."""
    with as_usage_error():
        change = content.package_upload(file, overwrite=overwrite)
    replaced = ", in place of the package that may be there" if overwrite else ""
    sentence = f"Create the package in {file} on {opened.tenant}{replaced}."
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        with waiting(opened.console, f"Uploading {file}"):
            answer = change.send(opened.api)
        opened.console.print(f"{_id(answer, str(file))} is there.", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def create(
    opened: Session,
    package: Package,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", show_default=False)],
    short_text: Annotated[Text, typer.Option(metavar="TEXT", help="[default: the name]")] = None,
    description: Annotated[Text, typer.Option(metavar="TEXT")] = None,
    version: Annotated[Text, typer.Option(metavar="VERSION", help="Such as 1.0.0.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Create an empty package."""
    properties = {
        "Name": name,
        "ShortText": short_text or name,
        "Description": description,
        "Version": version,
    }
    change = content.package_creation(package, properties)
    sentence = f"Create the package {package!r} on {opened.tenant}."
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        answer = change.send(opened.api)
        opened.console.print(f"{_id(answer, package)} is there.", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def update(
    opened: Session,
    package: Package,
    *,
    name: Annotated[Text, typer.Option(metavar="NAME")] = None,
    short_text: Annotated[Text, typer.Option(metavar="TEXT")] = None,
    description: Annotated[Text, typer.Option(metavar="TEXT")] = None,
    version: Annotated[Text, typer.Option(metavar="VERSION")] = None,
    vendor: Annotated[Text, typer.Option(metavar="NAME")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Change what a package says of itself; its artifacts stay as they are."""
    changes = {
        "Name": name,
        "ShortText": short_text,
        "Description": description,
        "Version": version,
        "Vendor": vendor,
    }
    named = [key for key, value in changes.items() if value is not None]
    if not named:
        raise InvalidUsage("nothing to change: name --name, --short-text, --description, …")
    change = content.package_update(opened.api, package, changes)
    sentence = f"Change {', '.join(named)} of the package {package!r} on {opened.tenant}."
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        change.send(opened.api)
        opened.console.print(f"{package!r} is changed.", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def delete(opened: Session, package: Package, *, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Delete a package with all that lies in it; what is deployed stays so."""
    number = sum(1 for _ in content.iflows(opened.api, package))
    change = content.package_deletion(package)
    sentence = (
        f"Delete the package {package!r} from {opened.tenant} with all that lies in it "
        f"(iFlows: {number}); what is deployed stays so."
    )
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        change.send(opened.api)
        opened.console.print(f"{package!r} is deleted.", soft_wrap=True)


@app.command()
@on_tenant(interrupt_note=UNCERTAIN)
def copy(
    opened: Session,
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
            help="What to do where it is there already.  [default: copy what is not there]",
        ),
    ] = None,
    suffix: Annotated[
        Text,
        typer.Option(
            metavar="TEXT", help="Make a further copy, with this behind its name and its ids."
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Copy a package from Discover, SAP's published content."""
    with as_usage_error():
        change = content.package_copy(package, mode=mode, suffix=suffix)
    how = WHAT_BECOMES_OF_IT[ImportMode.CREATE_COPY if suffix else mode]
    sentence = f"Copy {package!r} from Discover to {opened.tenant}, {how}."
    if approved(opened, [change], sentence, yes=yes, dry_run=dry_run):
        with waiting(opened.console, f"Copying {package}"):
            try:
                answer = change.send(opened.api)
            except RequestRejected as error:
                if mode is None and suffix is None:
                    raise RequestRejected(f"{error}; see --suffix and --mode") from error
                raise
        opened.console.print(f"{_id(answer, package)} is there.", soft_wrap=True)


def _id(answer: ApiResult, otherwise: str) -> str:
    """What SAP calls what it made."""
    found = answer.get("Id") if isinstance(answer, dict) else None
    return repr(found or otherwise)
