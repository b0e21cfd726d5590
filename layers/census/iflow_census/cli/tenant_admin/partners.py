"""`iflow-census partners`: export and import of the partner directory as CSV."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.files import reading
from iflow_census.cli.tenant_admin.confirmation import confirm, print_requests
from iflow_census.cli.tenant_admin.output import MASK, is_secret, print_rows, write_private_file
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import JsonResult, as_usage_error
from iflow_census.errors import CensusError
from iflow_census.tenant_admin import partner_csv
from iflow_census.tenant_admin.partner_directory import (
    EntryKind,
    PartnerAction,
    PartnerChange,
    PartnerEntry,
    filter_by_partner,
    plan_changes,
    read_entries,
)
from iflow_census.tenant_admin.write_request import WriteRequest

app = command_group(
    "partners", "The partner directory: parameters, alternative partners, authorized users; as CSV."
)

CsvFile = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file.", show_default=False)]
Partners = Annotated[
    list[str] | None,
    typer.Option("--partner", metavar="ID", help="Only the entries of this partner; repeatable."),
]


@app.command("export")
@tenant_command()
def export_entries(session: AdminSession, file: CsvFile, *, partners: Partners = None) -> None:
    """Write the entries of the partner directory to a CSV file, which is replaced."""
    entries = read_entries(session.api, partners or ())
    write_private_file(file, partner_csv.dumps(entries))
    session.console.print(f"{file}: {len(entries)} entries", soft_wrap=True)


@app.command("import")
@tenant_command(
    writes=True, interrupt_note="some entries may have been changed; import again to complete"
)
def import_entries(
    session: AdminSession,
    file: CsvFile,
    *,
    partners: Partners = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete entries that are not in the file.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """Update the partner directory from a CSV file: shows the changes and writes only these.

    Entries that are not in the file are kept, unless --delete is set. With --partner, the entries
    of other partners are ignored in the file and in the tenant.
    """
    with as_usage_error():
        with reading(file):
            content = file.read_bytes()
        desired = filter_by_partner(partner_csv.loads(content, file.name), partners or ())
    current = read_entries(session.api, partners or ())
    changes = plan_changes(current, desired, delete=delete)
    if session.dry_run:
        print_requests(session, [_printable_request(change) for change in changes])
        return
    if changes or json_result:
        columns = ("action", "kind", "partner", "id", "before", "after")
        print_rows(map(_to_row, changes), columns, json_result=json_result)
    if not changes:
        session.console.print(f"{session.tenant} already has the entries of the file.")
        return
    confirm(session, _summary(session.tenant, changes))
    _send(session, changes)


def _to_row(change: PartnerChange) -> dict[str, str | None]:
    entry, before = change.entry, change.before
    alternative = [part for part in (entry.agency, entry.scheme) if part]
    return {
        "action": change.action,
        "kind": entry.kind,
        "partner": entry.partner,
        "id": "/".join([*alternative, entry.id]),
        "before": _printable_content(before) if before else None,
        "after": None if change.action is PartnerAction.DELETE else _printable_content(entry),
    }


def _printable_content(entry: PartnerEntry) -> str:
    """Return the content of an entry, masked if its id looks like that of a password."""
    return MASK if _is_secret_parameter(entry) else entry.content


def _printable_request(change: PartnerChange) -> WriteRequest:
    request = change.request()
    if request.body and _is_secret_parameter(change.entry):
        return replace(request, body={**request.body, "Value": MASK})
    return request


def _is_secret_parameter(entry: PartnerEntry) -> bool:
    return entry.kind is EntryKind.STRING and is_secret(entry.id)


def _summary(tenant: str, changes: Sequence[PartnerChange]) -> str:
    counts = {
        action: sum(change.action is action for change in changes) for action in PartnerAction
    }
    summary = ", ".join(f"{action} {count}" for action, count in counts.items() if count)
    return f"Change the partner directory of {tenant}: {summary}."


def _send(session: AdminSession, changes: Sequence[PartnerChange]) -> None:
    done = 0
    try:
        for change in changes:
            change.request().send(session.api)
            done += 1
    except CensusError:
        session.console.print(
            f"{done} of {len(changes)} changes were made; import again to continue."
        )
        raise
    session.console.print(f"{done} changes were made.")
