"""`iflow-census payload`: what iFlows have persisted of a message."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.logs import GuidArgument, OutFolder
from iflow_census.cli.tenant_admin.output import show
from iflow_census.cli.tenant_admin.session import Session, on_tenant
from iflow_census.cli.terminal import InvalidUsage, JsonResult
from iflow_census.tenant_admin.message_store import entries_of, save_entries

app = typer.Typer(
    name="payload",
    help="Message-store entries: what iFlows have persisted of a message.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
@on_tenant()
def list_entries(opened: Session, guid: GuidArgument, *, json_result: JsonResult = False) -> None:
    """List the entries of a message."""
    entries = entries_of(opened.api, guid)
    show(
        entries,
        ("Id", "MessageStoreId", "TimeStamp", "HasAttachments"),
        json_result=json_result,
    )


@app.command()
@on_tenant(interrupt_note="the last folder may not be whole")
def get(
    opened: Session,
    guid: GuidArgument,
    *,
    entry: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this entry.  [default: all]")
    ] = None,
    out: OutFolder = Path(),
    json_result: JsonResult = False,
) -> None:
    """Download payload, headers and attachments, each entry into a folder of its own."""
    entries = entries_of(opened.api, guid)
    if entry is not None:
        entries = [one for one in entries if one["Id"] == entry]
        if not entries:
            raise InvalidUsage(
                f"the message has no entry {entry!r}: see `iflow-census payload list`"
            )
    if not entries:
        opened.console.print("Nothing of this message was persisted.")
    saved = [
        {**one, "Folder": str(folder)} for one, folder in save_entries(opened.api, entries, out)
    ]
    if saved or json_result:
        show(saved, ("MessageStoreId", "TimeStamp", "Folder"), json_result=json_result)
