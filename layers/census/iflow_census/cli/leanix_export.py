"""The implementation of `iflow-census leanix outbound` and `run`."""

import json
import re
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import typer

from iflow_census.cli.destination import Destination, parse_destination
from iflow_census.cli.files import decode_text, read_text
from iflow_census.cli.leanix_input import INTERRUPTED, open_workspace
from iflow_census.cli.leanix_output import print_outcomes, print_warnings, show_run_status
from iflow_census.cli.leanix_secret import LeanixSecretSource
from iflow_census.cli.terminal import (
    ExitCode,
    InvalidUsage,
    as_usage_error,
    handle_errors,
    print_error,
    stderr_console,
)
from iflow_census.clock import Clock
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundOptions:
    """The options of `outbound`.

    Attributes:
        direction: the processing direction of the connector's configuration.
        run_id: an existing run whose results are downloaded; None: start a new run.
        out: a folder, or s3://bucket/prefix.
        pretty: indent the file.
    """

    direction: str
    run_id: str | None
    out: str
    pretty: bool


def export(
    connector: str, options: OutboundOptions, *, secret: LeanixSecretSource, clock: Clock
) -> None:
    """Export data from LeanIX to a file.

    Args:
        connector: the connector's type, id and version, separated by slashes.
        options: the options of the command.
        secret: where the LeanIX secret is; its AWS account is also that of the bucket.
        clock: the clock.
    """
    console = stderr_console()
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            destination = parse_destination(options.out, secret.account)
            keys = next(split_connector(connector, options.direction), None)
        if keys is None:
            raise InvalidUsage(f"--connector {connector!r}: the format is TYPE/ID/VERSION")
        with open_workspace(secret, clock) as workspace:
            with show_run_status(console, f"export {connector}") as on_state:
                if options.run_id is None:
                    keys = find_connector(workspace, connector, options.direction)
                    # Each call is a new export.
                    state = start_export(workspace, keys, f"export-{clock.now().isoformat()}")
                else:
                    state = workspace.state(options.run_id)
                on_state(state)
                state = wait_for_run(workspace, state, on_state)
            print_warnings(workspace.warnings(state.id))
            if state.status != "FINISHED":
                raise RequestRejected(
                    f"LeanIX run {state.id} ended with status {state.status}; see its log in "
                    f"{LOG_LOCATION}"
                )
            location = destination.store(
                _results_name(keys.version),
                partial(save_results, workspace, state.id, pretty=options.pretty),
            )
            if location is None:
                raise DataError(
                    f"LeanIX run {state.id}: the results contain no LDIF; the processor "
                    "configuration needs a processor that writes one"
                )
        console.print(f"Export: {location}", soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of `run`.

    Attributes:
        test: make a dry run.
        wait: wait for the end of the run.
        out: the folder for everything that LeanIX reports, which waits as well.
        pretty: indent the results.
        json_result: print JSON.
    """

    test: bool
    wait: bool
    out: str | None
    pretty: bool
    json_result: bool


def run_ldif(
    file: Path, options: RunOptions, *, secret: LeanixSecretSource, clock: Clock
) -> ExitCode:
    """Send an LDIF to its connector; print the id of the run, or its outcome."""
    with handle_errors(interrupt_note=INTERRUPTED):
        with as_usage_error():
            ldif = parse_ldif(_read(file), source=str(file))
            destination = parse_destination(options.out or ".", secret.account)
        keys = parse_connector(ldif)
        # Each call is a new run.
        key = f"run-{clock.now().isoformat()}"
        with open_workspace(secret, clock) as workspace:
            state = start_ldif(workspace, ldif, key, test=options.test)
            if not options.wait and options.out is None:
                _print_started(state, json_result=options.json_result)
                return ExitCode.COMPLETE
            state = _wait(workspace, state)
            outcome = fetch_outcome(workspace, state, tenant=keys.id, test=options.test)
            if options.out is not None:
                _save(destination, outcome)
                if outcome.status == "FINISHED" and (
                    keys.direction == "outbound" or outcome.results
                ):
                    destination.store(
                        _results_name(keys.version),
                        partial(save_results, workspace, state.id, pretty=options.pretty),
                    )
        if options.json_result:
            typer.echo(json.dumps(outcome.to_dict()))
        else:
            print_outcomes([outcome])
        print_warnings(outcome.warnings)
        for note in outcome.notes:
            print_error(note)
        if outcome.problem:
            print_error(outcome.problem)
    return ExitCode.FAILED if outcome.problem else ExitCode.COMPLETE


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


def _print_started(state: RunState, *, json_result: bool) -> None:
    typer.echo(json.dumps(asdict(state)) if json_result else state.id)


def _results_name(version: str) -> str:
    """The name of the file in the tutorial of LeanIX; a version may be any text."""
    return f"leanixOutboundData{_UNSAFE.sub('_', version)}.json"
