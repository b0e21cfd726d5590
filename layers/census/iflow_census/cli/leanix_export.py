"""`iflow-census leanix outbound` and `run`."""

import json
import re
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from iflow_census.cli.destination import Destination, parse_destination
from iflow_census.cli.files import decode_text, read_text
from iflow_census.cli.leanix_input import DryRun, open_workspace
from iflow_census.cli.leanix_output import print_outcomes, print_warnings, show_run_status
from iflow_census.cli.leanix_secret import LeanixSecretSource, reads_leanix_secret
from iflow_census.cli.terminal import (
    ExitCode,
    InvalidUsage,
    JsonResult,
    as_usage_error,
    get_clock,
    print_error,
    stderr_console,
)
from iflow_census.errors import DataError, RequestRejected
from iflow_census.leanix.ldif_file import parse_ldif, start_ldif
from iflow_census.leanix.outbound import (
    find_connector,
    save_results,
    split_connector,
    start_export,
)
from iflow_census.leanix.outcome import LOG_LOCATION, LeanixOutcome, fetch_outcome
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import wait_for_run
from iflow_census.leanix.workspace import Workspace, parse_connector

_UNSAFE = re.compile(r"[^\w.-]+")

Pretty = Annotated[
    bool, typer.Option("--pretty", help="Indent the results, and escape no letters.")
]


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
    console, clock = stderr_console(), get_clock(ctx)
    direction = "inbound" if write_to_ldif else "outbound"
    with as_usage_error():
        destination = parse_destination(out, secret.account)
        keys = next(split_connector(connector, direction), None)
    if keys is None:
        raise InvalidUsage(f"--connector {connector!r}: the format is TYPE/ID/VERSION")
    with open_workspace(secret, clock) as workspace:
        with show_run_status(console, f"export {connector}") as on_state:
            if run is None:
                keys = find_connector(workspace, connector, direction)
                # Each call is a new export.
                state = start_export(workspace, keys, f"export-{clock.now().isoformat()}")
            else:
                state = workspace.state(run)
            on_state(state)
            state = wait_for_run(workspace, state, on_state)
        print_warnings(workspace.warnings(state.id))
        if state.status != "FINISHED":
            raise RequestRejected(
                f"LeanIX run {state.id} ended with status {state.status}; see its log in "
                f"{LOG_LOCATION}"
            )
        location = destination.store(
            _results_name(keys.version), partial(save_results, workspace, state.id, pretty=pretty)
        )
        if location is None:
            raise DataError(
                f"LeanIX run {state.id}: the results contain no LDIF; the processor "
                "configuration needs a processor that writes one"
            )
    console.print(f"Export: {location}", soft_wrap=True)


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
    clock = get_clock(ctx)
    with as_usage_error():
        ldif = parse_ldif(_read(file), source=str(file))
        destination = parse_destination(out or ".", secret.account)
    keys = parse_connector(ldif)
    with open_workspace(secret, clock) as workspace:
        # Each call is a new run.
        state = start_ldif(workspace, ldif, f"run-{clock.now().isoformat()}", test=test)
        if not wait and out is None:
            typer.echo(json.dumps(asdict(state)) if json_result else state.id)
            return
        state = _wait(workspace, state)
        outcome = fetch_outcome(workspace, state, tenant=keys.id, test=test)
        if out is not None:
            _save(destination, outcome)
            if outcome.status == "FINISHED" and (keys.direction == "outbound" or outcome.results):
                destination.store(
                    _results_name(keys.version),
                    partial(save_results, workspace, state.id, pretty=pretty),
                )
    if json_result:
        typer.echo(json.dumps(outcome.to_dict()))
    else:
        print_outcomes([outcome])
    print_warnings(outcome.warnings)
    for note in outcome.notes:
        print_error(note)
    if outcome.problem:
        print_error(outcome.problem)
        raise typer.Exit(ExitCode.FAILED)


def _read(file: Path) -> str:
    if str(file) != "-":
        return read_text(file)
    return decode_text(typer.get_binary_stream("stdin").read(), "standard input")


def _wait(workspace: Workspace, state: RunState) -> RunState:
    with show_run_status(stderr_console(), "LeanIX") as on_state:
        on_state(state)
        return wait_for_run(workspace, state, on_state)


def _save(destination: Destination, outcome: LeanixOutcome) -> None:
    files = {**outcome.evidence(), "outcome.json": json.dumps(outcome.to_dict()).encode()}
    files.pop("results.json", None)  # saved under a name of its own, once they are ready
    for name, body in files.items():
        destination.store(name, partial(_write, body))


def _write(body: bytes, file: BinaryIO) -> bool:
    file.write(body)
    return True


def _results_name(version: str) -> str:
    """The name of the file in the tutorial of LeanIX; a version may be any text."""
    return f"leanixOutboundData{_UNSAFE.sub('_', version)}.json"
