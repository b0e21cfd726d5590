"""The table of commands. A command's module is imported only when the command is used.

`iflow-census --help` and shell completion read names and texts from the table, so they import no
command.
"""

import shutil
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from iflow_census import __version__
from iflow_census.cli.command import HELP_OPTIONS, LazyCommand

CENSUS = "Census"
REPORTS = "Reports"
AWS = "AWS"
LEANIX = "LeanIX"
ADMIN = "Tenant administration"

MIN_HELP_COLUMNS = 52
"""Click makes no help that is narrower by itself."""


class CommandEntry(NamedTuple):
    """A command.

    Attributes:
        target: as for `LazyCommand`.
        panel: the section of `iflow-census --help` that lists the command.
        help: the first sentence of the command's own help.
    """

    target: str
    panel: str
    help: str


COMMANDS = {
    "run": CommandEntry(
        "run:run", CENSUS, "Scan tenants and write the report to a folder, without AWS."
    ),
    "report": CommandEntry(
        "report:app", REPORTS, "List, download, open and compare published reports."
    ),
    "anatomy": CommandEntry(
        "anatomy:anatomy",
        REPORTS,
        "Show what the iFlow in a zip file connects: triggers, systems, calls.",
    ),
    "invoke": CommandEntry("invoke:invoke", AWS, "Start a run in AWS and wait for its report."),
    "tenant": CommandEntry(
        "tenant:app", AWS, "Store, list and check service keys in AWS Secrets Manager."
    ),
    "leanix": CommandEntry(
        "leanix:app", LEANIX, "Send the inventory to SAP LeanIX, and export data from it."
    ),
    "api": CommandEntry("tenant_admin.api:api", ADMIN, "Send any request to a tenant's API."),
    "package": CommandEntry(
        "tenant_admin.package:app",
        ADMIN,
        "List, download, upload, change, delete and copy integration packages.",
    ),
    "iflow": CommandEntry(
        "tenant_admin.iflow:app",
        ADMIN,
        "List, deploy, download, change and configure iFlows.",
    ),
    "endpoints": CommandEntry(
        "tenant_admin.iflow:endpoints", ADMIN, "List the endpoints of deployed iFlows."
    ),
    "logs": CommandEntry(
        "tenant_admin.logs:app", ADMIN, "List, follow and show message processing logs."
    ),
    "payload": CommandEntry(
        "tenant_admin.payload:app",
        ADMIN,
        "Message-store entries: payloads that iFlows have persisted.",
    ),
    "logfiles": CommandEntry(
        "tenant_admin.logfiles:app",
        ADMIN,
        "Log files of the runtime nodes (Neo environment only).",
    ),
    "credentials": CommandEntry(
        "tenant_admin.credentials:app", ADMIN, "User credentials that iFlows use by name."
    ),
    "oauth-credentials": CommandEntry(
        "tenant_admin.oauth_credentials:app",
        ADMIN,
        "OAuth2 client credentials that iFlows use by name.",
    ),
    "keystore": CommandEntry(
        "tenant_admin.keystore:app",
        ADMIN,
        "Key pairs and certificates: expiry, backup and restore, import and export.",
    ),
    "partners": CommandEntry(
        "tenant_admin.partners:app",
        ADMIN,
        "The partner directory: parameters, alternative partners, authorized users; as CSV.",
    ),
    "jms": CommandEntry(
        "tenant_admin.stores:jms",
        ADMIN,
        "Show the capacity and the queues of the JMS message broker.",
    ),
    "datastores": CommandEntry(
        "tenant_admin.stores:datastores",
        ADMIN,
        "List the data stores with their number of entries.",
    ),
    "variables": CommandEntry(
        "tenant_admin.stores:variables",
        ADMIN,
        "List the variables of iFlows, without their values.",
    ),
}


class RootGroup(TyperGroup):
    """The program: lists the commands by panel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, entry in COMMANDS.items():
            self.add_command(LazyCommand(name, entry.target, entry.help, entry.panel))

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Start the program; its help, and that of all commands, fits on narrow terminals."""
        columns = shutil.get_terminal_size().columns
        if columns < MIN_HELP_COLUMNS:
            options["terminal_width"] = columns - 2
        return super().make_context(*args, **options)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write a section of the help for each panel."""
        width = max(map(len, COMMANDS))
        for panel in dict.fromkeys(entry.panel for entry in COMMANDS.values()):
            with formatter.section(panel):
                formatter.write_dl(
                    [
                        (name.ljust(width), entry.help)
                        for name, entry in COMMANDS.items()
                        if entry.panel == panel
                    ]
                )


app = typer.Typer(
    name="iflow-census",
    cls=RootGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP_OPTIONS,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """A census of the integration flows of SAP Cloud Integration tenants."""
