"""`iflow-census keystore`: key pairs and certificates of a tenant."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.tenant_admin.confirmation import confirm_requests
from iflow_census.cli.tenant_admin.output import (
    MASK,
    download_progress,
    print_rows,
    write_private_file,
)
from iflow_census.cli.tenant_admin.secret_input import PasswordFile, read_secret
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    as_usage_error,
    number_range,
    print_error,
)
from iflow_census.tenant_admin import keystore as use_cases
from iflow_census.tenant_admin.safe_paths import safe_file_name
from iflow_census.tenant_admin.write_request import WriteRequest

app = command_group(
    "keystore", "Key pairs and certificates: expiry, backup and restore, import and export."
)


class Keystore(StrEnum):
    """The keystores of a tenant."""

    SYSTEM = use_cases.SYSTEM
    BACKUP = use_cases.BACKUP
    RENEWAL = use_cases.RENEWAL


class RestoreOption(StrEnum):
    """What a restore does with existing entries."""

    OVERWRITE = "overwrite"
    REPLACE = "replace"


class ImportOption(StrEnum):
    """What an import does with existing entries."""

    OVERWRITE = "overwrite"
    MERGE = "merge"
    REPLACE = "replace"


_EFFECTS = {
    "overwrite": "entries with the same alias are replaced",
    "merge": "entries with an existing alias are not changed",
    "replace": "ALL other entries of the administrator are DELETED",
}

KeystoreOption = Annotated[
    Keystore,
    typer.Option("--keystore", metavar="NAME", help="system, backup_admin_system, KeyRenewal."),
]


@app.command("list")
@tenant_command()
def list_entries(
    session: AdminSession,
    *,
    expiring: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS",
            callback=number_range(0, 36500),
            help="Only entries that expire within DAYS days or have expired.",
        ),
    ] = None,
    keystore: KeystoreOption = Keystore.SYSTEM,
    json_result: JsonResult = False,
) -> None:
    """List the entries with their days until expiry, soonest first."""
    now = session.clock.now()
    entries = use_cases.list_entries(session.api, keystore, now, within_days=expiring)
    columns = ("Days", "ValidNotAfter", "Alias", "Type", "Owner", "KeyType", "KeySize")
    print_rows(entries, columns, json_result=json_result)


@app.command()
@tenant_command(writes=True, interrupt_note="the backup may or may not have been created")
def backup(
    session: AdminSession,
    *,
    json_result: JsonResult = False,
) -> None:
    """Back up the entries that the administrator owns. SAP keeps one backup, in the tenant."""
    request = use_cases.backup_request()
    summary = f"Back up the keystore of {session.tenant}. The previous backup is lost."
    _send(session, request, summary, json_result=json_result)


@app.command()
@tenant_command(writes=True, interrupt_note="entries may or may not have been restored")
def restore(
    session: AdminSession,
    *,
    option: Annotated[
        RestoreOption,
        typer.Option(metavar="HOW", help="overwrite; replace: delete all other entries."),
    ] = RestoreOption.OVERWRITE,
    json_result: JsonResult = False,
) -> None:
    """Restore the entries of the tenant's backup."""
    request = use_cases.restore_request(option)
    summary = f"Restore the keystore of {session.tenant} from its backup: {_EFFECTS[option]}."
    _send(session, request, summary, json_result=json_result)


@app.command("import")
@tenant_command(writes=True, interrupt_note="entries may or may not have been imported")
def import_entries(
    session: AdminSession,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A JKS or JCEKS keystore.", show_default=False),
    ],
    *,
    option: Annotated[
        ImportOption,
        typer.Option(
            metavar="HOW",
            help="overwrite; merge: only new aliases; replace: delete all other entries.",
        ),
    ] = ImportOption.OVERWRITE,
    password_file: PasswordFile = None,
    json_result: JsonResult = False,
) -> None:
    """Import the entries of a keystore file. Exit code 1 if SAP rejects an entry."""
    with as_usage_error():
        request = use_cases.import_request(file, MASK, option)
    if not session.dry_run:
        password = read_secret(
            "password of the keystore file", password_file, "--password-file", repeat=False
        )
        request = use_cases.import_request(file, password, option)
    summary = f"Import {file.name} into the keystore of {session.tenant}: {_EFFECTS[option]}."
    _send(session, request, summary, json_result=json_result)


@app.command()
@tenant_command()
def export(
    session: AdminSession,
    *,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The target file; it is replaced.", show_default=False),
    ],
    keystore: KeystoreOption = Keystore.SYSTEM,
) -> None:
    """Download the public content of a keystore as a JCEKS file. SAP exports no private keys."""
    content = use_cases.export_keystore(session.api, keystore)
    write_private_file(out, content)
    session.console.print(f"{out}: {len(content)} bytes", soft_wrap=True)


@app.command()
@tenant_command()
def certificate(
    session: AdminSession,
    alias: Annotated[
        str, typer.Argument(metavar="ALIAS", help="The alias of an entry.", show_default=False)
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The target file; it is replaced.  [default: ALIAS.cer]"),
    ] = None,
    keystore: KeystoreOption = Keystore.SYSTEM,
) -> None:
    """Download the certificate of an entry in DER format; for a key pair, the public part."""
    file = out or Path(safe_file_name(f"{alias}.cer"))
    with download_progress(session.console, alias) as progress:
        saved = use_cases.download_certificate(session.api, alias, keystore, file, progress)
    session.console.print(f"{saved.file}: {saved.size} bytes", soft_wrap=True)


def _send(
    session: AdminSession,
    request: WriteRequest,
    summary: str,
    *,
    json_result: bool,
) -> None:
    if not confirm_requests(session, [request], summary):
        return
    answer = request.send(session.api)
    entries = answer if isinstance(answer, list) else []
    print_rows(entries, ("Alias", "Type", "Owner", "Status"), json_result=json_result)
    rejected = sum(use_cases.is_rejected(entry) for entry in entries)
    if rejected:
        print_error(f"SAP rejected {rejected} of {len(entries)} entries; see Status.")
        raise typer.Exit(ExitCode.FAILED)
