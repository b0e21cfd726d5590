"""`iflow-census credentials`: user credentials."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.tenant_admin.confirmation import confirm_requests
from iflow_census.cli.tenant_admin.output import MASK, print_rows
from iflow_census.cli.tenant_admin.secret_input import PasswordFile, read_secret
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import JsonResult, as_usage_error
from iflow_census.tenant_admin.credentials import USER, CredentialKind, CredentialType

INTERRUPT_NOTE = "the credential may or may not have been changed"

app = command_group(
    "credentials", "User credentials that iFlows use by name. Passwords are never shown."
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The credential's name.", show_default=False)
]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="A description.")]
User = Annotated[str | None, typer.Option(metavar="USER", help="The user name.")]
CompanyId = Annotated[
    str | None,
    typer.Option("--company-id", metavar="ID", help="The company id; only for successfactors."),
]
KindOption = Annotated[
    CredentialKind | None,
    typer.Option(
        case_sensitive=False,
        show_default=False,
        help="The kind of credential.  [default: default, or unchanged]",
    ),
]


@app.command("list")
@tenant_command()
def list_credentials(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """List the user credentials."""
    columns = ("Name", "Kind", "User", "Description", "Status", "DeployedBy", "DeployedOn")
    print_rows(USER.list(session.api), columns, json_result=json_result)


def _add_command(help_text: str, *, is_new: bool) -> None:
    """Add `create` or `update`, which have the same options."""

    @tenant_command(writes=True, interrupt_note=INTERRUPT_NOTE)
    def command(
        session: AdminSession,
        name: NameArgument,
        *,
        user: User = None,
        kind: KindOption = None,
        company_id: CompanyId = None,
        description: Description = None,
        password_file: PasswordFile = None,
    ) -> None:
        properties = {
            "User": user,
            "Kind": kind,
            "CompanyId": company_id,
            "Description": description,
        }
        save_credential(session, USER, name, properties, password_file, is_new=is_new)

    app.command("create" if is_new else "update", help=help_text)(command)


_add_command("Create a user credential.", is_new=True)
_add_command("Change the password and other properties of a user credential.", is_new=False)


@app.command()
@tenant_command(writes=True, interrupt_note=INTERRUPT_NOTE)
def delete(session: AdminSession, name: NameArgument) -> None:
    """Delete a user credential."""
    delete_credential(session, USER, name)


def save_credential(
    session: AdminSession,
    credential: CredentialType,
    name: str,
    properties: Mapping[str, str | None],
    secret_file: Path | None,
    *,
    is_new: bool,
    drop_custom_parameters: bool = False,
) -> None:
    """Create or change a credential; its secret is read from a file or a prompt."""
    current = {} if is_new else credential.read(session.api, name)
    dropped: Sequence[str] = ()
    if not is_new:
        with as_usage_error():
            dropped = credential.check_update(
                name, current, drop_custom_parameters=drop_custom_parameters
            )
    secret = (
        MASK
        if session.dry_run
        else read_secret(credential.secret_title, secret_file, credential.secret_option)
    )
    if is_new:
        request = credential.create_request(name, properties, secret)
    else:
        request = credential.update_request(name, current, properties, secret)
    summary = f"{'Create' if is_new else 'Change'} {credential.title} {name!r} on {session.tenant}."
    if dropped:
        summary += f" Its custom parameters ({', '.join(dropped)}) are deleted."
    if confirm_requests(session, [request], summary):
        request.send(session.api)
        result = "Created" if is_new else "Changed"
        session.console.print(f"{result} {credential.title} {name!r}.", soft_wrap=True)


def delete_credential(session: AdminSession, credential: CredentialType, name: str) -> None:
    """Delete a credential."""
    request = credential.delete_request(name)
    summary = (
        f"Delete {credential.title} {name!r} from {session.tenant}. iFlows that use it will fail."
    )
    if confirm_requests(session, [request], summary):
        request.send(session.api)
        session.console.print(f"Deleted {credential.title} {name!r}.", soft_wrap=True)
