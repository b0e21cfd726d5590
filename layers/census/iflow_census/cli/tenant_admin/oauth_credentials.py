"""`iflow-census oauth-credentials`: OAuth2 client credentials."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.credentials import (
    INTERRUPTED,
    Description,
    NameArgument,
    remove,
    store,
)
from iflow_census.cli.tenant_admin.output import show
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, on_tenant
from iflow_census.cli.terminal import JsonResult
from iflow_census.tenant_admin.credentials import OAUTH2_CLIENT

app = typer.Typer(
    name="oauth-credentials",
    help="OAuth2 client credentials, which iFlows use by name; secrets are never shown.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help="Holds the client secret.  [default: it is asked for]",
        show_default=False,
    ),
]
TokenUrl = Annotated[
    str | None, typer.Option("--token-url", metavar="URL", help="The token service.")
]
ClientId = Annotated[str | None, typer.Option("--client-id", metavar="ID", help="The client.")]
SentIn = Annotated[
    str | None,
    typer.Option("--client-authentication", metavar="WHERE", help="body or header."),
]
Scope = Annotated[str | None, typer.Option(metavar="SCOPE", help="Asked for with a token.")]
ScopeContentType = Annotated[
    str | None, typer.Option("--scope-content-type", metavar="KIND", help="urlencoded or json.")
]
Resource = Annotated[str | None, typer.Option(metavar="TEXT", help="The same.")]
Audience = Annotated[str | None, typer.Option(metavar="TEXT", help="The same.")]


@app.command("list")
@on_tenant()
def list_credentials(opened: Session, *, json_result: JsonResult = False) -> None:
    """List the OAuth2 client credentials."""
    columns = ("Name", "ClientId", "TokenServiceUrl", "Scope", "Status", "DeployedOn")
    show(OAUTH2_CLIENT.list(opened.api), columns, json_result=json_result)


def _storing(help_text: str, *, new: bool) -> None:
    """`create` and `update`, which take the same."""

    @on_tenant(interrupt_note=INTERRUPTED)
    def command(
        opened: Session,
        name: NameArgument,
        *,
        client_id: ClientId = None,
        token_url: TokenUrl = None,
        client_authentication: SentIn = None,
        scope: Scope = None,
        scope_content_type: ScopeContentType = None,
        resource: Resource = None,
        audience: Audience = None,
        description: Description = None,
        secret_file: SecretFile = None,
        yes: Yes = False,
        dry_run: DryRun = False,
    ) -> None:
        given = {
            "Description": description,
            "TokenServiceUrl": token_url,
            "ClientId": client_id,
            "ClientAuthentication": client_authentication,
            "Scope": scope,
            "ScopeContentType": scope_content_type,
            "Resource": resource,
            "Audience": audience,
        }
        store(opened, OAUTH2_CLIENT, name, given, secret_file, new=new, yes=yes, dry_run=dry_run)

    app.command("create" if new else "update", help=help_text)(command)


_storing("Create OAuth2 client credentials.", new=True)
_storing("Change OAuth2 client credentials: their secret, and what the options name.", new=False)


@app.command()
@on_tenant(interrupt_note=INTERRUPTED)
def delete(
    opened: Session, name: NameArgument, *, yes: Yes = False, dry_run: DryRun = False
) -> None:
    """Delete OAuth2 client credentials."""
    remove(opened, OAUTH2_CLIENT, name, yes=yes, dry_run=dry_run)
