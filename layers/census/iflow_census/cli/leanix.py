"""`iflow-census leanix`: declares the commands that use the LeanIX API.

They are implemented in `leanix_commands`, which is imported only when one of them runs: it loads
the LeanIX models and the HTTP client, which no other command needs.
"""

from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.leanix_secret import LeanixSecretSource, reads_leanix_secret
from iflow_census.cli.terminal import JsonResult, get_clock

app = command_group("leanix", "Send the inventory to SAP LeanIX, and export data from it.")

SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="JSON file with LeanIX settings.  [default: see docs/leanix.md]",
    ),
]


@app.command()
@reads_leanix_secret
def setup(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    tenants: Annotated[
        list[str],
        typer.Argument(metavar="TENANT", help="Names of tenants.", show_default=False),
    ],
    *,
    settings: SettingsFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """Create or update the processor configuration of each tenant."""
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    leanix_commands.set_up_tenants(
        tenants,
        secret=secret,
        settings=settings,
        dry_run=dry_run,
        json_result=json_result,
        clock=get_clock(ctx),
    )


@app.command()
@reads_leanix_secret
def inbound(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="REPORT.json", help="The report.json to send.")],
    *,
    settings: SettingsFile = None,
    test: Annotated[
        bool,
        typer.Option("--test", help="Dry run: LeanIX processes everything and changes nothing."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send the report even if it was sent before.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """Send an existing report to LeanIX.

    Each completely scanned tenant is sent in a LeanIX run of its own.

    Exit codes: 0 success, 1 failed, 2 usage error, 3 partial success, 130 interrupted.
    """
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    exit_code = leanix_commands.send_report(
        report,
        secret=secret,
        settings=settings,
        test=test,
        again=again,
        json_result=json_result,
        clock=get_clock(ctx),
    )
    raise typer.Exit(exit_code)


@app.command()
@reads_leanix_secret
def status(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The id of a run.", show_default=False)
    ] = None,
    *,
    json_result: JsonResult = False,
) -> None:
    """Show the status of a run, or list all runs."""
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    exit_code = leanix_commands.show_status(
        run, secret=secret, json_result=json_result, clock=get_clock(ctx)
    )
    raise typer.Exit(exit_code)


@app.command()
@reads_leanix_secret
def outbound(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    *,
    connector: Annotated[
        str,
        typer.Option(
            metavar="TYPE/ID/VERSION",
            help="The connector of a processor configuration.",
            show_default=False,
        ),
    ],
    write_to_ldif: Annotated[
        bool,
        typer.Option("--inbound", help="The connector is inbound and has a writeToLdif processor."),
    ] = False,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="RUN", help="Download the results of this run; start no new run."
        ),
    ] = None,
    out: Annotated[
        str, typer.Option(metavar="DIR", help="The target folder, or s3://BUCKET/PREFIX.")
    ] = ".",
) -> None:
    """Export data from LeanIX to leanixOutboundData<version>.json."""
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    leanix_commands.export(
        connector,
        secret=secret,
        direction="inbound" if write_to_ldif else "outbound",
        run_id=run,
        out=out,
        clock=get_clock(ctx),
    )
