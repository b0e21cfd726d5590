"""`iflow-census iflow parameters` and `configure`: the externalized parameters of an iFlow."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import read_text
from iflow_census.cli.tenant_admin.confirmation import confirm, print_requests
from iflow_census.cli.tenant_admin.options import IflowArgument, VersionOption
from iflow_census.cli.tenant_admin.output import (
    MASK,
    is_secret,
    print_rows,
    status_spinner,
    write_private_file,
)
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import InvalidUsage, JsonResult, as_usage_error
from iflow_census.tenant_admin import parameter_file
from iflow_census.tenant_admin.content import ACTIVE
from iflow_census.tenant_admin.parameters import (
    ParameterChange,
    find_changes,
    read_parameters,
    update_request,
    write_changes,
)
from iflow_census.tenant_admin.write_request import WriteRequest


@tenant_command()
def parameters(
    session: AdminSession,
    iflow: IflowArgument,
    *,
    version: VersionOption = ACTIVE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the parameters to a .properties or .json file for `configure`.",
        ),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """Show the externalized parameters of an iFlow."""
    if output is not None:
        with as_usage_error():
            parameter_file.check_extension(output)
    rows = read_parameters(session.api, iflow, version=version)
    if output is None:
        columns = ("ParameterKey", "ParameterValue", "DataType", "Description")
        print_rows(rows, columns, json_result=json_result)
        return
    values = {row["ParameterKey"]: row.get("ParameterValue") or "" for row in rows}
    comments = {
        row["ParameterKey"]: ": ".join(filter(None, (row.get("DataType"), row.get("Description"))))
        for row in rows
    }
    write_private_file(output, parameter_file.dumps(values, output, comments).encode())
    session.console.print(f"{output}: {len(rows)} parameters", soft_wrap=True)


@tenant_command(writes=True, interrupt_note="the remaining parameters were not changed")
def configure(
    session: AdminSession,
    iflow: IflowArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .properties or .json file with keys and new values. Other parameters are kept.",
            show_default=False,
        ),
    ],
) -> None:
    """Set externalized parameters of an iFlow: shows the changes and writes only these."""
    with as_usage_error():
        desired = parameter_file.loads(read_text(file), file)
    if not desired:
        raise InvalidUsage(f"{file}: contains no parameter")
    current = read_parameters(session.api, iflow)
    with as_usage_error():
        changes = find_changes(current, desired)
    for change in changes:
        old, new = _printable(change.key, change.old), _printable(change.key, change.new)
        session.console.print(f"{change.key!r}: {old} → {new}", soft_wrap=True)
    if not changes:
        session.console.print(f"{iflow!r} already has the values of {file}.", soft_wrap=True)
        return
    if session.dry_run:
        print_requests(session, [_printable_request(iflow, change) for change in changes])
        return
    confirm(session, f"Write these values to {iflow!r} on {session.tenant}.")
    written = 0
    try:
        with status_spinner(session.console, f"Configuring {iflow}") as update:
            for written, _ in enumerate(write_changes(session.api, iflow, changes), start=1):
                update(f"{written} of {len(changes)}")
    finally:
        session.console.print(
            f"{written} of {len(changes)} parameters written. Deploy the iFlow to apply them.",
            soft_wrap=True,
        )


def _printable(key: str, value: str | None) -> str:
    return MASK if value and is_secret(key) else repr(value or "")


def _printable_request(iflow: str, change: ParameterChange) -> WriteRequest:
    request = update_request(iflow, change)
    return replace(request, body={"ParameterValue": MASK}) if is_secret(change.key) else request
