"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.terminal import number_range
from iflow_census.tenant_admin.safe_paths import safe_file_name

MAX_TIMEOUT = 24 * 60 * 60

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the requests instead of sending them.")
]
IflowArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The iFlow's id.", show_default=False)
]
GuidArgument = Annotated[
    str, typer.Argument(metavar="GUID", help="The MessageGuid of a message.", show_default=False)
]
VersionOption = Annotated[
    str, typer.Option(metavar="VERSION", help="A saved version, or 'active' for the newest.")
]
ZipOut = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The target file, which is replaced, or a folder.  [default: ID.zip]",
    ),
]
FolderOut = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", help="The target folder. Existing files are not replaced."
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        callback=number_range(1, MAX_TIMEOUT),
        help="How long to wait for the result.",
    ),
]


def zip_path(out: Path | None, identity: str) -> Path:
    """Return the target file of a download: `--out`, or a file named after the id."""
    name = safe_file_name(f"{identity}.zip")
    if out is None:
        return Path(name)
    return out / name if out.is_dir() else out
