"""`iflow-census oauth-credentials`: OAuth2 client credentials."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.completion import complete
from iflow_census.cli.signature import hide_parameter
from iflow_census.cli.tenant_admin.credentials import (
    INTERRUPT_NOTE,
    Description,
    NameArgument,
    delete_credential,
    save_credential,
)
from iflow_census.cli.tenant_admin.output import print_rows
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import JsonResult
from iflow_census.tenant_admin.credentials import OAUTH2_CLIENT

app = command_group(
    "oauth-credentials",
    "OAuth2 client credentials that iFlows use by name. Secrets are never shown.",
)

SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help="A file with the client secret.  [default: prompt for it]",
        show_default=False,
    ),
]
TokenUrl = Annotated[
    str | None, typer.Option("--token-url", metavar="URL", help="The URL of the token service.")
]
ClientId = Annotated[str | None, typer.Option("--client-id", metavar="ID", help="The client id.")]
ClientAuthentication = Annotated[
    str | None,
    typer.Option(
        "--client-authentication",
        metavar="WHERE",
        autocompletion=complete(("body", "header")),
        help="Where to send the client id: body or header.",
    ),
]
Scope = Annotated[str | None, typer.Option(metavar="SCOPE", help="The scope of the token request.")]
ScopeContentType = Annotated[
    str | None,
    typer.Option(
        "--scope-content-type",
        metavar="KIND",
        autocompletion=complete(("urlencoded", "json")),
        help="urlencoded or json.",
    ),
]
Resource = Annotated[
    str | None, typer.Option(metavar="TEXT", help="The resource of the token request.")
]
Audience = Annotated[
    str | None, typer.Option(metavar="TEXT", help="The audience of the token request.")
]
DropCustomParameters = Annotated[
    bool,
    typer.Option(
        "--drop-custom-parameters",
        help="Allow SAP to delete the custom parameters, which every update does.",
    ),
]


@app.command("list")
@tenant_command()
def list_credentials(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """List the OAuth2 client credentials."""
    columns = ("Name", "ClientId", "TokenServiceUrl", "Scope", "Status", "DeployedOn")
    print_rows(OAUTH2_CLIENT.list(session.api), columns, json_result=json_result)


def _add_command(help_text: str, *, is_new: bool) -> None:
    """Add `create` or `update`, which have the same options except for one."""

    @tenant_command(writes=True, interrupt_note=INTERRUPT_NOTE)
    def command(
        session: AdminSession,
        name: NameArgument,
        *,
        client_id: ClientId = None,
        token_url: TokenUrl = None,
        client_authentication: ClientAuthentication = None,
        scope: Scope = None,
        scope_content_type: ScopeContentType = None,
        resource: Resource = None,
        audience: Audience = None,
        description: Description = None,
        drop_custom_parameters: DropCustomParameters = False,
        secret_file: SecretFile = None,
    ) -> None:
        properties = {
            "Description": description,
            "TokenServiceUrl": token_url,
            "ClientId": client_id,
            "ClientAuthentication": client_authentication,
            "Scope": scope,
            "ScopeContentType": scope_content_type,
            "Resource": resource,
            "Audience": audience,
        }
        save_credential(
            session,
            OAUTH2_CLIENT,
            name,
            properties,
            secret_file,
            is_new=is_new,
            drop_custom_parameters=drop_custom_parameters,
        )

    if is_new:
        hide_parameter(command, "drop_custom_parameters")
    app.command("create" if is_new else "update", help=help_text)(command)


_add_command("Create OAuth2 client credentials.", is_new=True)
_add_command("Change the secret and other properties of OAuth2 client credentials.", is_new=False)


@app.command()
@tenant_command(writes=True, interrupt_note=INTERRUPT_NOTE)
def delete(session: AdminSession, name: NameArgument) -> None:
    """Delete OAuth2 client credentials."""
    delete_credential(session, OAUTH2_CLIENT, name)
