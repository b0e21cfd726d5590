"""What the commands of `iflow-census leanix` share: options, the secret, settings, systems.csv."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.files import read_text, reading
from iflow_census.cli.leanix_secret import LeanixSecretSource
from iflow_census.cli.terminal import DEFAULT_FOLDER, FOLDER_VARIABLE, as_usage_error, print_error
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import one_line
from iflow_census.leanix.settings import LeanixSettings, parse_leanix_settings
from iflow_census.leanix.workspace import Workspace, workspace_opener
from iflow_census.scan.systems import SYSTEMS_FILE, SystemRules, parse_systems

MAX_SECONDS = 6 * 60 * 60
"""A command stops waiting for LeanIX after this time."""

SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="JSON file with LeanIX settings.  [default: see docs/leanix.md]",
    ),
]
SystemsFile = Annotated[
    Path | None,
    typer.Option(
        "--systems",
        metavar="FILE",
        help="Rules that say which application each system is.  [default: systems.csv in the "
        "folder that the report is in, or in that of `iflow-census run`, if it exists]",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--test", help="Dry run: LeanIX processes everything and changes nothing."),
]


@contextmanager
def open_workspace(secret: LeanixSecretSource, clock: Clock) -> Iterator[Workspace]:
    """Open the workspace of the secret."""
    text, source = secret.read()
    with as_usage_error():
        opener = workspace_opener(text, source)
    with opener(Deadline(clock, MAX_SECONDS)) as workspace:
        yield workspace


def load_settings(path: Path | None) -> LeanixSettings:
    """Read a file with settings; without one, the defaults. Raises `ConfigurationError`."""
    if path is None:
        return LeanixSettings()
    return parse_leanix_settings(read_text(path), source=str(path))


def load_systems(path: Path | None, folder: Path | None) -> SystemRules:
    """Read systems.csv, by default that of the folder of `iflow-census run`, if there is one.

    Lines that cannot be used are printed. Raises `ConfigurationError` if a named file is missing.
    """
    if path is None:
        folder = folder or Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER)
        path = folder / SYSTEMS_FILE
        if not path.is_file():
            return SystemRules()
    with reading(path):
        rules = parse_systems(path.read_bytes(), str(path))
    for problem in rules.problems:
        print_error(one_line(problem))
    return rules
