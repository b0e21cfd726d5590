"""`iflow-census logfiles`: the log files of a tenant's runtime nodes."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.completion import complete
from iflow_census.cli.tenant_admin.options import FolderOut
from iflow_census.cli.tenant_admin.output import download_progress, print_rows
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import InvalidUsage, JsonResult
from iflow_census.tenant_admin.log_files import (
    download_archive,
    download_log_file,
    list_log_files,
)

_KINDS = ("http", "trace")
_SCOPES = ("latest", "all")

app = command_group("logfiles", "Log files of the runtime nodes (Neo environment only).")


@app.command("list")
@tenant_command()
def list_files(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """List the log files."""
    columns = ("Name", "Application", "LogFileType", "LastModified", "Size")
    print_rows(list_log_files(session.api), columns, json_result=json_result)


@app.command()
@tenant_command()
def get(
    session: AdminSession,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The name of a log file.", show_default=False),
    ] = None,
    *,
    application: Annotated[
        str | None,
        typer.Option(
            metavar="APP", help="Needed if several applications have a file of this name."
        ),
    ] = None,
    archive: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            autocompletion=complete(("http", "trace")),
            help="Download all http or trace files as a zip file.",
        ),
    ] = None,
    scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE",
            autocompletion=complete(("latest", "all")),
            help="The files in an archive: latest or all.",
        ),
    ] = "latest",
    out: FolderOut = Path(),
) -> None:
    """Download a log file, or all log files of a kind."""
    if (name is None) == (archive is None):
        raise InvalidUsage("name either a log file or an --archive")
    if archive not in (None, *_KINDS) or scope not in _SCOPES:
        raise InvalidUsage("--archive must be http or trace, and --scope latest or all")
    with download_progress(session.console, name or f"{archive} logs") as progress:
        if name is not None:
            saved = download_log_file(session.api, name, application, out, progress)
        else:
            saved = download_archive(session.api, archive or "", scope, out, progress)
    session.console.print(f"{saved.file}: {saved.size} bytes", soft_wrap=True)
