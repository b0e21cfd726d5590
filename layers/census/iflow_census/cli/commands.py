"""The commands, one function each."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census import __version__
from iflow_census.cli import leanix as leanix_command
from iflow_census.cli import report as report_command
from iflow_census.cli import run as run_command
from iflow_census.cli import tenant as tenant_command
from iflow_census.cli.invoke import invoke
from iflow_census.cli.tenant_admin import credentials as credentials_command
from iflow_census.cli.tenant_admin import iflow as iflow_command
from iflow_census.cli.tenant_admin import keystore as keystore_command
from iflow_census.cli.tenant_admin import logfiles as logfiles_command
from iflow_census.cli.tenant_admin import logs as logs_command
from iflow_census.cli.tenant_admin import oauth_credentials as oauth_credentials_command
from iflow_census.cli.tenant_admin import package as package_command
from iflow_census.cli.tenant_admin import partners as partners_command
from iflow_census.cli.tenant_admin import payload as payload_command
from iflow_census.cli.tenant_admin.api import api
from iflow_census.cli.tenant_admin.iflow import endpoints
from iflow_census.cli.tenant_admin.stores import datastores, jms, variables

app = typer.Typer(
    name="iflow-census",
    help="A census of the integration flows of SAP Cloud Integration tenants.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(credentials_command.app)
app.add_typer(iflow_command.app)
app.add_typer(keystore_command.app)
app.add_typer(leanix_command.app)
app.add_typer(logfiles_command.app)
app.add_typer(logs_command.app)
app.add_typer(oauth_credentials_command.app)
app.add_typer(package_command.app)
app.add_typer(partners_command.app)
app.add_typer(payload_command.app)
app.add_typer(report_command.app)
app.add_typer(tenant_command.app)
app.command()(api)
app.command()(datastores)
app.command()(endpoints)
app.command()(invoke)
app.command()(jms)
app.command()(variables)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A census of the integration flows of SAP Cloud Integration tenants."""


@app.command()
def run(
    keys: Annotated[
        list[str],
        typer.Argument(metavar="KEY…", help="Service key files, or name=file.", show_default=False),
    ],
    period: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The month to count.  [default: last month]"),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes.")] = Path(),
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="NAME", help="A format; repeatable.  [default: csv, json]"
        ),
    ] = None,
    json_result: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.")
    ] = False,
) -> None:
    """Scan tenants and write their report into a folder, without AWS.

    Exit codes: 0 complete, 1 failed, 2 usage error, 3 partial, 130 interrupted.
    """
    raise typer.Exit(
        run_command.run(
            keys,
            period=period,
            out=out,
            formats=formats or ["csv", "json"],
            json_result=json_result,
        )
    )
