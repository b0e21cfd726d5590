"""`iflow-census partners`: the partner directory, to and from CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from iflow_census.cli.tenant_admin.output import MASK, is_secret, show, show_request
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, confirm, on_tenant
from iflow_census.cli.terminal import JsonResult, as_usage_error
from iflow_census.errors import CensusError, ConfigurationError
from iflow_census.tenant_admin.partner_csv import dump, load
from iflow_census.tenant_admin.partner_directory import (
    Action,
    Kind,
    PartnerChange,
    PartnerEntry,
    changes,
    of_partners,
    read_entries,
)

app = typer.Typer(
    name="partners",
    help="The partner directory: parameters, alternative partners, authorized users; as CSV.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

CsvFile = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file.", show_default=False)]
Partners = Annotated[
    list[str] | None,
    typer.Option("--partner", metavar="ID", help="Only entries of this partner; repeatable."),
]


@app.command("export")
@on_tenant()
def export_entries(opened: Session, file: CsvFile, *, partners: Partners = None) -> None:
    """Write the entries of the partner directory to a CSV file; one that is there is replaced."""
    entries = read_entries(opened.api, partners or ())
    try:
        file.write_bytes(dump(entries))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
    opened.console.print(f"{file}: {len(entries)} entries", soft_wrap=True)


@app.command("import")
@on_tenant(interrupt_note="a part may have been changed: import again to make it whole")
def import_entries(
    opened: Session,
    file: CsvFile,
    *,
    partners: Partners = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete entries that are not in the file.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json_result: JsonResult = False,
) -> None:
    """Make the partner directory what a CSV file says; shows the difference first.

    Entries that are not in the file stay, unless --delete; with --partner, other partners' entries
    are left alone on both sides.
    """
    with as_usage_error():
        wanted = of_partners(load(_content(file), file.name), partners or ())
    present = read_entries(opened.api, partners or ())
    planned = changes(present, wanted, delete=delete)
    if dry_run:
        for one in planned:
            request = one.request
            body = None if one.action is Action.DELETE else _masked(one.entry, request.body)
            show_request(request.method, request.url(opened.api), body)
        return
    if planned or json_result:
        show(map(_row, planned), COLUMNS, json_result=json_result)
    if not planned:
        opened.console.print(f"{opened.tenant} is as the file says: nothing to change.")
        return
    confirm(opened.console, _sentence(opened, planned), yes=yes)
    _carry_out(opened, planned)


COLUMNS = ("action", "kind", "partner", "id", "before", "after")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error


def _row(change: PartnerChange) -> dict[str, str | None]:
    entry, before = change.entry, change.before
    alternative = [part for part in (entry.agency, entry.scheme) if part]
    return {
        "action": change.action,
        "kind": entry.kind,
        "partner": entry.partner,
        "id": "/".join([*alternative, entry.id]),
        "before": _shown(before) if before else None,
        "after": _shown(entry) if change.action is not Action.DELETE else None,
    }


def _shown(entry: PartnerEntry) -> str:
    """Passwords have no place among parameters, but may be there."""
    return MASK if entry.kind is Kind.STRING and is_secret(entry.id) else entry.content


def _masked(entry: PartnerEntry, body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "Value": _shown(entry)} if entry.kind is Kind.STRING else dict(body)


def _sentence(opened: Session, planned: Sequence[PartnerChange]) -> str:
    numbers = {action: sum(one.action is action for one in planned) for action in Action}
    said = ", ".join(f"{action} {number}" for action, number in numbers.items() if number)
    return f"In the partner directory of {opened.tenant}: {said}."


def _carry_out(opened: Session, planned: Sequence[PartnerChange]) -> None:
    done = 0
    try:
        for one in planned:
            one.request.send(opened.api)
            done += 1
    except CensusError:
        opened.console.print(f"{done} of {len(planned)} changes were made; import again to go on.")
        raise
    opened.console.print(f"{done} changes were made.")
