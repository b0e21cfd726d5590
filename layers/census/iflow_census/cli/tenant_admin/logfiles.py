"""`iflow-census logfiles`: the log files of a tenant's runtime nodes."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.logs import OutFolder
from iflow_census.cli.tenant_admin.output import downloading, show
from iflow_census.cli.tenant_admin.session import Session, on_tenant
from iflow_census.cli.terminal import InvalidUsage, JsonResult
from iflow_census.tenant_admin.log_files import log_files, save_archive, save_log_file

KINDS = ("http", "trace")
SCOPES = ("latest", "all")

app = typer.Typer(
    name="logfiles",
    help="Log files of the runtime nodes; SAP has them in the Neo environment alone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
@on_tenant()
def list_files(opened: Session, *, json_result: JsonResult = False) -> None:
    """List the log files."""
    columns = ("Name", "Application", "LogFileType", "LastModified", "Size")
    show(log_files(opened.api), columns, json_result=json_result)


@app.command()
@on_tenant()
def get(
    opened: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A log file's name.", show_default=False),
    ] = None,
    *,
    application: Annotated[
        str | None, typer.Option(metavar="APP", help="Where several have a file of this name.")
    ] = None,
    archive: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="In place of one file, all of http or trace, as a zip."),
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="SCOPE", help="Of an archive: latest or all.")
    ] = "latest",
    out: OutFolder = Path(),
) -> None:
    """Download a log file, or all of a kind."""
    if (name is None) == (archive is None):
        raise InvalidUsage("name a log file, or an --archive")
    if archive not in (None, *KINDS) or scope not in SCOPES:
        raise InvalidUsage("--archive is http or trace, and --scope latest or all")
    with downloading(opened.console, name or f"{archive} logs") as progress:
        if name is not None:
            saved = save_log_file(opened.api, name, application, out, progress)
        else:
            saved = save_archive(opened.api, archive or "", scope, out, progress)
    opened.console.print(f"{saved.file}: {saved.size} bytes", soft_wrap=True)
