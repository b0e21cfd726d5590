"""Confirming a write: the question at the terminal, --yes and --dry-run."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from iflow_census.cli.tenant_admin.output import print_request
from iflow_census.cli.tenant_admin.session import AdminSession
from iflow_census.cli.terminal import ExitCode, InvalidUsage, print_error
from iflow_census.tenant_admin.write_request import WriteRequest


def confirm_requests(session: AdminSession, requests: Sequence[WriteRequest], summary: str) -> bool:
    """Return whether to send the requests: print them in a dry run, otherwise ask the user.

    They are printed in the order in which they will be sent; `summary` is as for `confirm`.
    """
    if session.dry_run:
        print_requests(session, requests)
        return False
    confirm(session, summary)
    return True


def print_requests(session: AdminSession, requests: Sequence[WriteRequest]) -> None:
    """Print requests on standard output, with masked secrets."""
    for request in requests:
        print_request(request.method, request.url(session.api), _printable_body(request) or None)


def confirm(session: AdminSession, summary: str) -> None:
    """Print what will be changed, and return only if the user confirms, or has with --yes.

    `summary` is a sentence such as "Undeploy 'Orders' from prod."

    Raises:
        InvalidUsage: standard input is not a terminal.
        Exit: the user declined.
    """
    if session.yes:
        session.console.print(summary, soft_wrap=True)
        return
    print_error(summary)
    if not is_interactive():
        raise InvalidUsage(
            "cannot ask for confirmation without a terminal; add --yes, or --dry-run to see the "
            "request"
        )
    try:
        confirmed = typer.confirm("Continue?", err=True)
    except typer.Abort:
        confirmed = False
    if not confirmed:
        session.console.print("Nothing was changed.")
        raise typer.Exit(ExitCode.FAILED)


def is_interactive() -> bool:
    """Whether standard input is a terminal: input from a pipe is data, not an answer."""
    return sys.stdin.isatty()


def _printable_body(request: WriteRequest) -> Mapping[str, Any]:
    if request.file is None:
        return request.body
    size = request.file.stat().st_size
    return {**request.body, request.content_property: f"({request.file}, {size} bytes, in base64)"}
