"""What the commands for packages and iFlows have in common: options, agreement, file names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from iflow_census.cli.tenant_admin.output import show_request
from iflow_census.cli.tenant_admin.session import Session, confirm
from iflow_census.tenant_admin.safe_paths import file_name
from iflow_census.tenant_admin.write_request import Change

ZIP = ".zip"
UNCERTAIN = "what was asked for last may or may not have been carried out"

Iflow = Annotated[str, typer.Argument(metavar="ID", help="The iFlow's id.", show_default=False)]
Version = Annotated[
    str, typer.Option(metavar="VERSION", help="A saved version, or 'active': the newest.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where the zip goes, replacing what is there; also a folder.  [default: ID.zip]",
    ),
]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", min=1, help="How long to wait for the end.")
]


def approved(
    opened: Session, changes: Sequence[Change], sentence: str, *, yes: bool, dry_run: bool
) -> bool:
    """Whether to send changes: a dry run only shows them, otherwise the person is asked.

    Args:
        opened: the session.
        changes: in the order in which they will be sent.
        sentence: as for `confirm`.
        yes: the person has agreed already.
        dry_run: the person wants to see the requests.
    """
    if not dry_run:
        confirm(opened.console, sentence, yes=yes)
        return True
    for one in changes:
        show_request(one.method, one.url(opened.api), _body(one) or None)
    return False


def target(out: Path | None, identity: str) -> Path:
    """The file that a download goes to."""
    name = file_name(f"{identity}{ZIP}")
    if out is None:
        return Path(name)
    return out / name if out.is_dir() else out


def _body(change: Change) -> Mapping[str, Any]:
    if change.file is None:
        return change.body
    size = change.file.stat().st_size
    return {**change.body, change.content_property: f"({change.file}, {size} bytes, in base64)"}
