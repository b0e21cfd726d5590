"""`iflow-census iflow parameters` and `configure`: what can be set without editing an iFlow."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import read_text
from iflow_census.cli.tenant_admin.options import Iflow, Version
from iflow_census.cli.tenant_admin.output import MASK, is_secret, show, show_request, waiting
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, confirm, on_tenant
from iflow_census.cli.terminal import InvalidUsage, JsonResult, as_usage_error
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin import parameter_file
from iflow_census.tenant_admin import parameters as use_case
from iflow_census.tenant_admin.content import ACTIVE

COLUMNS = ("ParameterKey", "ParameterValue", "DataType", "Description")


@on_tenant()
def parameters(
    opened: Session,
    iflow: Iflow,
    *,
    version: Version = ACTIVE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write them to a .properties or .json file, as `configure` reads it.",
        ),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """Show an iFlow's externalised parameters."""
    if output is not None:
        with as_usage_error():
            parameter_file.check_name(output)
    found = use_case.parameters(opened.api, iflow, version=version)
    if output is None:
        show(found, COLUMNS, json_result=json_result)
        return
    values = {one["ParameterKey"]: one.get("ParameterValue") or "" for one in found}
    remarks = {
        one["ParameterKey"]: ": ".join(
            said for said in (one.get("DataType"), one.get("Description")) if said
        )
        for one in found
    }
    _save(output, parameter_file.written(values, output, remarks))
    opened.console.print(f"{iflow!r}: {len(found)} parameters in {output}", soft_wrap=True)


@on_tenant(interrupt_note="what was not written yet is as it was")
def configure(
    opened: Session,
    iflow: Iflow,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Keys and their new values, .properties or .json; other parameters stay.",
            show_default=False,
        ),
    ],
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Set an iFlow's externalised parameters: shows what differs, then writes only that."""
    with as_usage_error():
        wanted = parameter_file.read(read_text(file), file)
    if not wanted:
        raise InvalidUsage(f"{file} names no parameter")
    present = use_case.parameters(opened.api, iflow)
    with as_usage_error():
        found = use_case.differences(present, wanted)
    console = opened.console
    for one in found:
        old, new = _shown(one.key, one.old), _shown(one.key, one.new)
        console.print(f"{one.key!r}: {old} → {new}", soft_wrap=True)
    if not found:
        console.print(f"{iflow!r} is as {file} has it: nothing to write.", soft_wrap=True)
        return
    if dry_run:
        for one in found:
            change = use_case.change(iflow, one)
            body = {"ParameterValue": MASK} if is_secret(one.key) else change.body
            show_request(change.method, change.url(opened.api), body)
        return
    confirm(console, f"Write these values to {iflow!r} on {opened.tenant}.", yes=yes)
    written = 0
    try:
        with waiting(console, f"Configuring {iflow}") as state:
            for written, _ in enumerate(use_case.write(opened.api, iflow, found), start=1):
                state(f"{written} of {len(found)}")
    finally:
        console.print(
            f"Written: {written} of {len(found)}; in force after the next deployment.",
            soft_wrap=True,
        )


def _shown(key: str, value: str | None) -> str:
    return MASK if value and is_secret(key) else repr(value or "")


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
