"""`iflow-census credentials`: user credentials."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.output import MASK, show, show_request
from iflow_census.cli.tenant_admin.secret_input import PasswordFile, read_secret
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, confirm, on_tenant
from iflow_census.cli.terminal import JsonResult
from iflow_census.tenant_admin.credentials import USER, CredentialKind
from iflow_census.tenant_admin.write_request import Change

INTERRUPTED = "the credential may or may not have been changed"

app = typer.Typer(
    name="credentials",
    help="User credentials, which iFlows use by name; passwords are never shown.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Of the credential.", show_default=False)
]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]
User = Annotated[str | None, typer.Option(metavar="USER", help="The user's name.")]
Company = Annotated[
    str | None, typer.Option("--company-id", metavar="ID", help="Of kind successfactors.")
]
KindOption = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="default, successfactors or openconnectors."),
]


@app.command("list")
@on_tenant()
def list_credentials(opened: Session, *, json_result: JsonResult = False) -> None:
    """List the user credentials."""
    columns = ("Name", "Kind", "User", "Description", "Status", "DeployedBy", "DeployedOn")
    show(USER.list(opened.api), columns, json_result=json_result)


def _storing(help_text: str, *, new: bool) -> None:
    """`create` and `update`, which take the same."""

    @on_tenant(interrupt_note=INTERRUPTED)
    def command(
        opened: Session,
        name: NameArgument,
        *,
        user: User = None,
        kind: KindOption = None,
        company_id: Company = None,
        description: Description = None,
        password_file: PasswordFile = None,
        yes: Yes = False,
        dry_run: DryRun = False,
    ) -> None:
        given = {"User": user, "Kind": kind, "CompanyId": company_id, "Description": description}
        store(opened, USER, name, given, password_file, new=new, yes=yes, dry_run=dry_run)

    app.command("create" if new else "update", help=help_text)(command)


_storing("Create a user credential.", new=True)
_storing("Change a user credential: its password, and what the options name.", new=False)


@app.command()
@on_tenant(interrupt_note=INTERRUPTED)
def delete(
    opened: Session, name: NameArgument, *, yes: Yes = False, dry_run: DryRun = False
) -> None:
    """Delete a user credential."""
    remove(opened, USER, name, yes=yes, dry_run=dry_run)


def store(
    opened: Session,
    kind: CredentialKind,
    name: str,
    given: Mapping[str, str | None],
    secret_file: Path | None,
    *,
    new: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Create or change a credential; its secret is asked for, or in a file."""
    body = kind.new(name, given) if new else kind.changed(opened.api, name, given)

    def change(secret: str) -> Change:
        whole = {**body, kind.secret: secret}
        if new:
            return Change("POST", kind.entity_set, whole)
        return Change("PUT", kind.path(name), whole)

    if dry_run:
        shown = change(MASK)
        show_request(shown.method, shown.url(opened.api), shown.body)
        return
    secret = read_secret(kind.secret_title, secret_file, kind.secret_option)
    verb = "Create" if new else "Change"
    confirm(opened.console, f"{verb} the {kind.title} {name!r} in {opened.tenant}.", yes=yes)
    change(secret).send(opened.api)
    done = "created" if new else "changed"
    opened.console.print(f"The {kind.title} {name!r} is {done}.", soft_wrap=True)


def remove(opened: Session, kind: CredentialKind, name: str, *, yes: bool, dry_run: bool) -> None:
    """Delete a credential."""
    change = Change("DELETE", kind.path(name))
    if dry_run:
        show_request(change.method, change.url(opened.api))
        return
    sentence = (
        f"Delete the {kind.title} {name!r} from {opened.tenant}; iFlows that use it will fail."
    )
    confirm(opened.console, sentence, yes=yes)
    change.send(opened.api)
    opened.console.print(f"The {kind.title} {name!r} is deleted.", soft_wrap=True)
