"""`iflow-census logs`: message processing logs, one message, and its attachments."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from iflow_census.cli.tenant_admin.output import cell, harmless, print_json, show
from iflow_census.cli.tenant_admin.session import Session, on_tenant
from iflow_census.cli.terminal import InvalidUsage, JsonResult, as_usage_error
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.values import Entity
from iflow_census.http.errors import one_line
from iflow_census.tenant_admin.log_tail import follow as follow_logs
from iflow_census.tenant_admin.message_logs import (
    DETAILS,
    STATUSES,
    LogQuery,
    log_details,
    moment_of,
    newest_logs,
    save_attachments,
    with_errors,
)

COLUMNS = ("LogStart", "LogEnd", "Status", "IFlow", "MessageGuid")

app = typer.Typer(
    name="logs",
    help="Message processing logs: list and follow them, look into one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

GuidArgument = Annotated[
    str, typer.Argument(metavar="GUID", help="The message: its MessageGuid.", show_default=False)
]
OutFolder = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Where files go; none there is replaced."),
]


@app.command("list")
@on_tenant()
def list_logs(
    opened: Session,
    *,
    iflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this iFlow.")
    ] = None,
    statuses: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="S", help="Only of this status; repeatable."),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Started since: 30m, 2h, 1d ago, or ISO 8601 (UTC).")
    ] = "1h",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Started before.  [default: now]")
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="The newest N.")] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on showing what is new, newest last.")
    ] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Add the error texts.")] = False,
    json_result: JsonResult = False,
) -> None:
    """List message logs, newest first; with --follow, go on until you interrupt it.

    Followed are logs as they begin, and again when their status changes. With --json, each is a
    line of its own then.
    """
    with as_usage_error():
        if follow and until is not None:
            raise InvalidUsage("--follow has no end: leave --until out")
        now = opened.clock.now()
        query = LogQuery(
            moment_of(since, now),
            moment_of(until, now) if until is not None else None,
            iflow,
            _known(statuses or ()),
        )
    if follow:
        _follow(opened, query, errors=errors, json_result=json_result)
        return
    logs = newest_logs(opened.api, query, top)
    rows = [_row(one) for one in (with_errors(opened.api, logs) if errors else logs)]
    show(rows, (*COLUMNS, "Error") if errors else COLUMNS, json_result=json_result)
    if len(logs) == top:
        opened.console.print(f"These are the newest {top}; there may be more: see --top.")


@app.command("show")
@on_tenant()
def show_log(opened: Session, guid: GuidArgument, *, json_result: JsonResult = False) -> None:
    """Show all that is logged of one message: properties, error, adapters, headers, attachments."""
    details = log_details(opened.api, guid)
    if json_result:
        print_json(details)
        return
    _print_details(details)
    for part in DETAILS:
        if details[part] is None:
            opened.console.print(f"{part}: the service key lacks the role to read them.")


@app.command()
@on_tenant(interrupt_note="what is there is whole")
def attachments(
    opened: Session, guid: GuidArgument, *, out: OutFolder = Path(), json_result: JsonResult = False
) -> None:
    """Download the attachments of a message's log."""
    saved = [
        {**attachment, "File": str(download.file), "Size": download.size}
        for attachment, download in save_attachments(opened.api, guid, out)
    ]
    if not saved:
        opened.console.print("The message's log has no attachments.")
    if saved or json_result:
        show(saved, ("Name", "ContentType", "Size", "File"), json_result=json_result)


def _known(statuses: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(one.upper() for one in statuses))
    for one in wanted:
        if one not in STATUSES:
            raise InvalidUsage(f"{one!r} is no status: there are {', '.join(STATUSES)}")
    return wanted


def _row(log: Entity) -> dict[str, Any]:
    artifact = log.get("IntegrationArtifact")
    named = artifact.get("Id") if isinstance(artifact, dict) else None
    return {**log, "IFlow": named or log.get("IntegrationFlowName")}


def _follow(opened: Session, query: LogQuery, *, errors: bool, json_result: bool) -> None:
    columns = (*COLUMNS, "Error") if errors else COLUMNS
    for found in follow_logs(opened.api, query, opened.clock):
        for log in with_errors(opened.api, found) if errors else found:
            row = _row(log)
            if json_result:
                typer.echo(json.dumps(row, default=odata.json_default))
            else:
                typer.echo("  ".join(_aligned(name, row.get(name)) for name in columns).rstrip())


def _aligned(name: str, value: object) -> str:
    widths = {"LogStart": 19, "LogEnd": 19, "Status": max(map(len, STATUSES))}
    return cell(value).ljust(widths.get(name, 0))


def _print_details(details: Entity) -> None:
    plain = {
        f"{name}.{inner}" if inner else name: shown
        for name, value in details.items()
        if name not in ("Error", *DETAILS)
        for inner, shown in (value.items() if isinstance(value, dict) else [("", value)])
        if shown is not None
    }
    width = max(map(len, plain), default=0)
    for name, value in plain.items():
        typer.echo(f"{one_line(name).ljust(width)}  {cell(value)}".rstrip())
    if details["Error"]:
        typer.echo(f"\nError\n{harmless(details['Error'])}")
    for name in DETAILS:
        rows = details[name]
        if rows:
            typer.echo(f"\n{name}")
            show(rows, [column for column in rows[0] if column not in ("Id", "MessageGuid")])
