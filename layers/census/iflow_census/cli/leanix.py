"""`iflow-census leanix`: declares the commands that use the LeanIX API.

They are implemented in modules of their own, which are imported only when one of them runs: these
load the LeanIX models and the HTTP client, which no other command needs.
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
ReportFile = Annotated[Path, typer.Argument(metavar="REPORT.json", help="The report.json to read.")]
DryRun = Annotated[
    bool,
    typer.Option("--test", help="Dry run: LeanIX processes everything and changes nothing."),
]
Pretty = Annotated[
    bool, typer.Option("--pretty", help="Indent the results, and escape no letters.")
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
    report: ReportFile,
    *,
    settings: SettingsFile = None,
    systems: SystemsFile = None,
    test: DryRun = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send the report even if it was sent successfully.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Save everything that LeanIX reports, in a folder per tenant.",
            show_default=False,
        ),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """Send an existing report to LeanIX.

    Each completely scanned tenant is sent in a LeanIX run of its own, four at a time.

    Exit codes: 0 success, 1 failed, 2 usage error, 3 partial success, 130 interrupted.
    """
    from iflow_census.cli import leanix_inbound  # noqa: PLC0415 - see the module's docstring

    options = leanix_inbound.InboundOptions(
        settings=settings,
        systems=systems,
        test=test,
        again=again,
        out=out,
        json_result=json_result,
    )
    raise typer.Exit(
        leanix_inbound.send_report(report, options, secret=secret, clock=get_clock(ctx))
    )


@app.command()
def unmatched(
    report: ReportFile, *, systems: SystemsFile = None, json_result: JsonResult = False
) -> None:
    """List the systems of a report that no rule applies to, by number of iFlows."""
    from iflow_census.cli import leanix_inbound  # noqa: PLC0415 - see the module's docstring

    leanix_inbound.show_unmatched(report, systems, json_result=json_result)


@app.command()
@reads_leanix_secret
def run(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.json", help="An LDIF; - is standard input.")
    ],
    *,
    test: DryRun = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the end of the run, and print its outcome.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Wait, and save everything that LeanIX reports, in a folder or "
            "s3://BUCKET/PREFIX.",
            show_default=False,
        ),
    ] = None,
    pretty: Pretty = False,
    json_result: JsonResult = False,
) -> None:
    """Start a run with any LDIF, inbound or outbound, and print its id.

    Exit codes: 0 success, 1 failed, 2 usage error, 130 interrupted.
    """
    from iflow_census.cli import leanix_export  # noqa: PLC0415 - see the module's docstring

    options = leanix_export.RunOptions(
        test=test, wait=wait, out=out, pretty=pretty, json_result=json_result
    )
    raise typer.Exit(leanix_export.run_ldif(file, options, secret=secret, clock=get_clock(ctx)))


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
def check(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    tenant: Annotated[
        str, typer.Argument(metavar="TENANT", help="A tenant that is set up.", show_default=False)
    ],
    *,
    settings: SettingsFile = None,
    json_result: JsonResult = False,
) -> None:
    """Try what LeanIX does not document, by ten requests that change nothing.

    Please report the output in an issue; it does not name your workspace and tenant.
    """
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    exit_code = leanix_commands.check(
        tenant, secret=secret, settings=settings, json_result=json_result, clock=get_clock(ctx)
    )
    raise typer.Exit(exit_code)


@app.command()
@reads_leanix_secret
def stop(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run.")],
) -> None:
    """Stop a run that is waiting or active."""
    from iflow_census.cli import leanix_commands  # noqa: PLC0415 - see the module's docstring

    leanix_commands.stop_run(run, secret=secret, clock=get_clock(ctx))


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
    pretty: Pretty = False,
) -> None:
    """Export data from LeanIX to leanixOutboundData<version>.json."""
    from iflow_census.cli import leanix_export  # noqa: PLC0415 - see the module's docstring

    options = leanix_export.OutboundOptions(
        direction="inbound" if write_to_ldif else "outbound", run_id=run, out=out, pretty=pretty
    )
    leanix_export.export(connector, options, secret=secret, clock=get_clock(ctx))
