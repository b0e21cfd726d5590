"""`iflow-census payload`: message-store entries."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.tenant_admin.options import FolderOut, GuidArgument
from iflow_census.cli.tenant_admin.output import print_rows
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import InvalidUsage, JsonResult
from iflow_census.tenant_admin import message_store

app = command_group("payload", "Message-store entries: payloads that iFlows have persisted.")


@app.command("list")
@tenant_command()
def list_entries(
    session: AdminSession, guid: GuidArgument, *, json_result: JsonResult = False
) -> None:
    """List the message-store entries of a message."""
    entries = message_store.list_entries(session.api, guid)
    columns = ("Id", "MessageStoreId", "TimeStamp", "HasAttachments")
    print_rows(entries, columns, json_result=json_result)


@app.command()
@tenant_command(interrupt_note="the last folder may be incomplete")
def get(
    session: AdminSession,
    guid: GuidArgument,
    *,
    entry: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this entry.  [default: all]")
    ] = None,
    out: FolderOut = Path(),
    json_result: JsonResult = False,
) -> None:
    """Download payloads, headers and attachments, each entry into its own folder."""
    entries = message_store.list_entries(session.api, guid)
    if entry is not None:
        entries = [candidate for candidate in entries if candidate["Id"] == entry]
        if not entries:
            raise InvalidUsage(
                f"message {guid} has no entry {entry!r}; see `iflow-census payload list`"
            )
    if not entries:
        session.console.print("The message has no message-store entries.")
    rows = [
        {**saved, "Folder": str(folder)}
        for saved, folder in message_store.download_entries(session.api, entries, out)
    ]
    if rows or json_result:
        print_rows(rows, ("MessageStoreId", "TimeStamp", "Folder"), json_result=json_result)
