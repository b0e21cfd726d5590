"""`iflow-census keystore`: key pairs and certificates of a tenant."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.output import MASK, downloading, show, show_request
from iflow_census.cli.tenant_admin.secret_input import PasswordFile, read_secret
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, confirm, on_tenant
from iflow_census.cli.terminal import ExitCode, JsonResult, as_usage_error
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin import keystore as keystores
from iflow_census.tenant_admin.safe_paths import file_name
from iflow_census.tenant_admin.write_request import Change

app = typer.Typer(
    name="keystore",
    help="Key pairs and certificates: expiry, backup and restore, import and export.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Store(StrEnum):
    """The keystores of a tenant."""

    SYSTEM = keystores.SYSTEM
    BACKUP = keystores.BACKUP
    RENEWAL = keystores.RENEWAL


class RestoreOption(StrEnum):
    """What becomes of the entries that are there."""

    OVERWRITE = "overwrite"
    REPLACE = "replace"


class ImportOption(StrEnum):
    """The same for an import."""

    OVERWRITE = "overwrite"
    MERGE = "merge"
    REPLACE = "replace"


_EFFECTS = {
    "overwrite": "entries of the same alias are replaced",
    "merge": "entries whose alias is there stay as they are",
    "replace": "ALL other entries of the administrator are DELETED",
}

StoreOption = Annotated[
    Store,
    typer.Option("--keystore", metavar="NAME", help="system, backup_admin_system, KeyRenewal."),
]


@app.command("list")
@on_tenant()
def list_entries(
    opened: Session,
    *,
    expiring: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Only what expires within DAYS, or has expired."),
    ] = None,
    store: StoreOption = Store.SYSTEM,
    json_result: JsonResult = False,
) -> None:
    """List the entries with their days to expiry, the next to expire first."""
    now = opened.clock.now()
    found = keystores.entries(opened.api, store, now, within_days=expiring)
    columns = ("Days", "ValidNotAfter", "Alias", "Type", "Owner", "KeyType", "KeySize")
    show(found, columns, json_result=json_result)


@app.command()
@on_tenant(interrupt_note="the backup may or may not have been made")
def backup(
    opened: Session, *, yes: Yes = False, dry_run: DryRun = False, json_result: JsonResult = False
) -> None:
    """Back up the entries that the administrator owns, within the tenant; SAP keeps one backup."""
    sentence = f"Back up the keystore of {opened.tenant}; its backup so far is lost."
    _change(opened, keystores.backup(), sentence, yes=yes, dry_run=dry_run, as_json=json_result)


@app.command()
@on_tenant(interrupt_note="entries may or may not have been restored")
def restore(
    opened: Session,
    *,
    option: Annotated[
        RestoreOption, typer.Option(metavar="HOW", help="overwrite, or replace: delete all others.")
    ] = RestoreOption.OVERWRITE,
    yes: Yes = False,
    dry_run: DryRun = False,
    json_result: JsonResult = False,
) -> None:
    """Take the entries of the tenant's backup back."""
    sentence = f"Restore the keystore of {opened.tenant} from its backup: {_EFFECTS[option]}."
    change = keystores.restore(option)
    _change(opened, change, sentence, yes=yes, dry_run=dry_run, as_json=json_result)


@app.command("import")
@on_tenant(interrupt_note="entries may or may not have been imported")
def import_entries(
    opened: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A keystore: JKS or JCEKS.", show_default=False)
    ],
    *,
    option: Annotated[
        ImportOption,
        typer.Option(
            metavar="HOW", help="overwrite, merge: only new ones; replace: delete others."
        ),
    ] = ImportOption.OVERWRITE,
    password_file: PasswordFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json_result: JsonResult = False,
) -> None:
    """Import the entries of a keystore file. Exit code 1 where SAP refuses one."""
    with as_usage_error():
        change = keystores.import_file(file, MASK, option)
    if not dry_run:
        password = read_secret(
            "password of the keystore file", password_file, "--password-file", twice=False
        )
        change = keystores.import_file(file, password, option)
    sentence = f"Import {file.name} into the keystore of {opened.tenant}: {_EFFECTS[option]}."
    _change(opened, change, sentence, yes=yes, dry_run=dry_run, as_json=json_result)


@app.command()
@on_tenant()
def export(
    opened: Session,
    *,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Is replaced if it is there.", show_default=False)
    ],
    store: StoreOption = Store.SYSTEM,
) -> None:
    """Download the public content of a keystore, as JCEKS; SAP gives no private key out."""
    content = keystores.export(opened.api, store)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}") from error
    opened.console.print(f"{out}: {len(content)} bytes", soft_wrap=True)


@app.command()
@on_tenant()
def certificate(
    opened: Session,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="An entry.", show_default=False)],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Is replaced.  [default: ALIAS.cer]")
    ] = None,
    store: StoreOption = Store.SYSTEM,
) -> None:
    """Download the certificate of an entry, as DER; of a key pair the public part alone."""
    file = out or Path(file_name(f"{alias}.cer"))
    with downloading(opened.console, alias) as progress:
        saved = keystores.certificate(opened.api, alias, store, file, progress)
    opened.console.print(f"{saved.file}: {saved.size} bytes", soft_wrap=True)


def _change(
    opened: Session, change: Change, sentence: str, *, yes: bool, dry_run: bool, as_json: bool
) -> None:
    if dry_run:
        show_request(change.method, change.url(opened.api), change.body)
        return
    confirm(opened.console, sentence, yes=yes)
    answer = change.send(opened.api)
    entries = answer if isinstance(answer, list) else []
    show(entries, ("Alias", "Type", "Owner", "Status"), json_result=as_json)
    refused = sum(keystores.is_refused(one) for one in entries)
    if refused:
        opened.console.print(f"{refused} of {len(entries)} entries were refused: see their Status.")
        raise typer.Exit(ExitCode.FAILED)
