"""Opening a tenant: the TENANT argument, its service key, and the session of a command."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate

import typer
from rich.console import Console

from iflow_census.cli.aws import DEFAULT_PREFIX, Account, Prefix, Profile, Region
from iflow_census.cli.keys import KEY_HELP, KeyReader
from iflow_census.cli.signature import hide_parameter, merge_signatures
from iflow_census.cli.tenant_admin.options import DryRun, Yes
from iflow_census.cli.terminal import (
    NOTHING_CHANGED,
    InvalidUsage,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey

SESSION_TIMEOUT = 6 * 60 * 60
"""How long a command may run, in seconds."""

LAST_REQUEST_UNCERTAIN = "the last request may or may not have taken effect"

SANDBOX = "sandbox"
SANDBOX_URL = "https://sandbox.api.sap.com/cpi"
SANDBOX_KEY = "SAP_API_KEY"

TENANT_HELP = (
    f"{KEY_HELP} '{SANDBOX}' is SAP's API sandbox (API key in the environment variable "
    f"{SANDBOX_KEY})."
)

TenantArgument = Annotated[
    str, typer.Argument(metavar="TENANT", help=TENANT_HELP, show_default=False)
]


@dataclass(frozen=True, slots=True)
class AdminSession:
    """An open tenant; `yes` and `dry_run` are the options of a command that writes."""

    api: Api
    tenant: str
    console: Console
    clock: Clock
    yes: bool
    dry_run: bool


Command = Callable[Concatenate[AdminSession, ...], None]


def tenant_command(
    *, writes: bool = False, interrupt_note: str | None = None
) -> Callable[[Command], Callable[..., None]]:
    """Make a typer command from a function that takes an open session.

    Adds the argument TENANT and the options --prefix, --region and --profile, and opens the
    tenant. A command that writes also has the options --yes and --dry-run.
    """

    def decorate(command: Command) -> Callable[..., None]:
        def run(
            ctx: typer.Context,
            tenant: TenantArgument,
            *,
            yes: Yes = False,
            dry_run: DryRun = False,
            prefix: Prefix = DEFAULT_PREFIX,
            region: Region = None,
            profile: Profile = None,
            **options: Any,
        ) -> None:
            with open_tenant(
                ctx,
                tenant,
                account=Account(profile, region),
                prefix=prefix,
                writes=writes,
                yes=yes,
                dry_run=dry_run,
                interrupt_note=interrupt_note,
            ) as session:
                command(session, **options)

        merged = merge_signatures(run, command)
        for name in () if writes else ("yes", "dry_run"):
            hide_parameter(merged, name)
        return merged

    return decorate


@contextmanager
def open_tenant(
    ctx: typer.Context,
    tenant: str,
    *,
    account: Account,
    prefix: str,
    writes: bool = False,
    yes: bool = False,
    dry_run: bool = False,
    interrupt_note: str | None = None,
) -> Iterator[AdminSession]:
    """Open a tenant for the block; an error in the block ends the command with one line.

    A command that writes ends for SAP's sandbox, which is read-only. `interrupt_note` is the state
    of the work, printed after Ctrl-C; by default it says whether the last request is uncertain.
    """
    console = stderr_console()
    note = interrupt_note or (LAST_REQUEST_UNCERTAIN if writes else NOTHING_CHANGED)
    with handle_errors(interrupt_note=note):
        if tenant == SANDBOX:
            name, key = tenant, _sandbox_key()
        else:
            found = KeyReader(account, prefix).read(tenant)
            name, key = found.tenant, found.parse()
        clock = get_clock(ctx)
        with SapConnection(key, Deadline(clock, SESSION_TIMEOUT)) as connection:
            if writes and not dry_run and connection.read_only:
                raise InvalidUsage(
                    f"{tenant}: SAP's API sandbox is read-only; use the service key of a tenant"
                )
            yield AdminSession(Api(connection), name, console, clock, yes, dry_run)


def _sandbox_key() -> ServiceKey:
    text = os.environ.get(SANDBOX_KEY, "").strip()
    if not text:
        raise InvalidUsage(
            f"{SANDBOX}: the environment variable {SANDBOX_KEY} is not set; copy your API key from "
            "the settings of SAP Business Accelerator Hub"
        )
    if not (text.isascii() and text.isprintable()):
        raise InvalidUsage(f"{SANDBOX_KEY}: not an API key; copy it again")
    return ServiceKey(SANDBOX_URL, ApiKey(text))
