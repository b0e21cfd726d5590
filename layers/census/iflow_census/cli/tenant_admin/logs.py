"""`iflow-census logs`: message processing logs, their details and attachments."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.completion import complete
from iflow_census.cli.tenant_admin.options import FolderOut, GuidArgument
from iflow_census.cli.tenant_admin.output import (
    escape_control,
    format_cell,
    print_json,
    print_rows,
)
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import (
    InvalidUsage,
    JsonResult,
    as_usage_error,
    number_range,
    print_error,
)
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import one_line
from iflow_census.tenant_admin.log_tail import tail_logs
from iflow_census.tenant_admin.message_logs import (
    DETAIL_LISTS,
    STATUSES,
    LogFilter,
    add_error_texts,
    download_attachments,
    parse_time,
    read_log_details,
    read_newest_logs,
)

_COLUMNS = ("LogStart", "LogEnd", "Status", "IFlow", "MessageGuid")
_WIDTHS = {"LogStart": 19, "LogEnd": 19, "Status": max(map(len, STATUSES))}
"""The column widths of followed logs, which are printed one by one."""

app = command_group("logs", "List, follow and show message processing logs.")


@app.command("list")
@tenant_command()
def list_logs(
    session: AdminSession,
    *,
    iflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Only the logs of this iFlow.")
    ] = None,
    statuses: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            autocompletion=complete(STATUSES),
            help=f"Only this status; repeatable: {', '.join(STATUSES)}.",
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(metavar="TIME", help="Started since: 30m, 2h, 1d ago, or ISO 8601 (UTC)."),
    ] = "1h",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Started before.  [default: now]")
    ] = None,
    top: Annotated[
        int,
        typer.Option(callback=number_range(1, 1_000_000), metavar="N", help="Only the newest N."),
    ] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep printing new logs, newest last.")
    ] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Add the error texts.")] = False,
    json_result: JsonResult = False,
) -> None:
    """List message processing logs, newest first.

    With --follow, logs are printed when they start and when their status changes, until you press
    Ctrl-C; with --json, as one JSON object per line.
    """
    with as_usage_error():
        if follow and until is not None:
            raise InvalidUsage("--follow cannot be combined with --until")
        now = session.clock.now()
        query = LogFilter(
            parse_time(since, now),
            parse_time(until, now) if until is not None else None,
            iflow,
            _parse_statuses(statuses or ()),
        )
        if query.until is not None and query.since >= query.until:
            raise InvalidUsage("--since must be before --until")
    if follow:
        _follow(session, query, errors=errors, json_result=json_result)
        return
    logs = read_newest_logs(session.api, query, top)
    rows = [_to_row(log) for log in (add_error_texts(session.api, logs) if errors else logs)]
    print_rows(rows, (*_COLUMNS, "Error") if errors else _COLUMNS, json_result=json_result)
    if len(logs) == top:
        session.console.print(f"Only the newest {top} logs are shown; use --top to see more.")


@app.command("show")
@tenant_command()
def show_log(session: AdminSession, guid: GuidArgument, *, json_result: JsonResult = False) -> None:
    """Show the log of a message: properties, error, adapters, custom headers, attachments."""
    details = read_log_details(session.api, guid)
    if json_result:
        print_json(details)
        return
    _print_details(details)
    for name in DETAIL_LISTS:
        if details[name] is None:
            print_error(f"{name}: the service key lacks the role to read them.")


@app.command()
@tenant_command(interrupt_note="the files that were written are complete")
def attachments(
    session: AdminSession,
    guid: GuidArgument,
    *,
    out: FolderOut = Path(),
    json_result: JsonResult = False,
) -> None:
    """Download the attachments of a message's log."""
    rows = [
        {**attachment, "File": str(saved.file), "Size": saved.size}
        for attachment, saved in download_attachments(session.api, guid, out)
    ]
    if not rows:
        session.console.print("The log has no attachments.")
    if rows or json_result:
        print_rows(rows, ("Name", "ContentType", "Size", "File"), json_result=json_result)


def _parse_statuses(statuses: Sequence[str]) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys(status.upper() for status in statuses))
    for status in unique:
        if status not in STATUSES:
            raise InvalidUsage(f"unknown status {status!r}; use one of {', '.join(STATUSES)}")
    return unique


def _to_row(log: Entity) -> dict[str, Any]:
    artifact = log.get("IntegrationArtifact")
    iflow = artifact.get("Id") if isinstance(artifact, dict) else None
    return {**log, "IFlow": iflow or log.get("IntegrationFlowName")}


def _follow(session: AdminSession, query: LogFilter, *, errors: bool, json_result: bool) -> None:
    columns = (*_COLUMNS, "Error") if errors else _COLUMNS
    for logs in tail_logs(session.api, query, session.clock):
        for log in add_error_texts(session.api, logs) if errors else logs:
            row = _to_row(log)
            if json_result:
                typer.echo(json.dumps(row, default=odata.json_default))
            else:
                cells = (format_cell(row.get(name)).ljust(_WIDTHS.get(name, 0)) for name in columns)
                typer.echo("  ".join(cells).rstrip())


def _print_details(details: Entity) -> None:
    properties = {
        f"{name}.{inner_name}" if inner_name else name: inner_value
        for name, value in details.items()
        if name not in ("Error", *DETAIL_LISTS)
        for inner_name, inner_value in (value.items() if isinstance(value, dict) else [("", value)])
        if inner_value is not None
    }
    width = max(map(len, properties), default=0)
    for name, value in properties.items():
        typer.echo(f"{one_line(name).ljust(width)}  {format_cell(value)}".rstrip())
    if details["Error"]:
        typer.echo(f"\nError\n{escape_control(details['Error'])}")
    for name in DETAIL_LISTS:
        rows = details[name]
        if rows:
            typer.echo(f"\n{name}")
            print_rows(rows, [column for column in rows[0] if column not in ("Id", "MessageGuid")])
