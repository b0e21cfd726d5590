"""A session with one tenant's API, as the commands of the daily work open it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate

import typer
from rich.console import Console

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.secrets import read_tenant_key, tenant_secret_name
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, Prefix, Profile, Region
from iflow_census.cli.files import read_text
from iflow_census.cli.signature import merge_signatures
from iflow_census.cli.terminal import (
    NOTHING_CHANGED,
    ExitCode,
    InvalidUsage,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.mutual_tls import validate_service_key
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey, parse_service_key
from iflow_census.scan.tenant_api import TENANT_NAME

SECONDS = 6 * 60 * 60
"""A person who waits longer has forgotten the command."""

SANDBOX = "sandbox"
SANDBOX_URL = "https://sandbox.api.sap.com/cpi"
SANDBOX_KEY = "SAP_API_KEY"

TenantArgument = Annotated[
    str,
    typer.Argument(
        metavar="TENANT",
        help="A service key file, the name of a tenant whose key is in Secrets Manager, or "
        f"'{SANDBOX}': SAP's API sandbox, its API key in the variable {SANDBOX_KEY}.",
        show_default=False,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Change it without a question.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show the requests that would change something.")
]


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with.

    Attributes:
        api: the tenant's API.
        tenant: what to call the tenant in a sentence.
        console: standard error.
        clock: the caller of the command may have brought one along.
    """

    api: Api
    tenant: str
    console: Console
    clock: Clock


Command = Callable[Concatenate[Session, ...], None]


def on_tenant(*, interrupt_note: str = NOTHING_CHANGED) -> Callable[[Command], Callable[..., None]]:
    """Make a command of a function that works with an open session.

    How a person names a tenant and the AWS account that has its key is the same for every command,
    and is said here alone. Typer sees TENANT, then what the function itself takes behind its
    session, then --prefix, --region and --profile. A function that takes `dry_run` is one that
    writes, except in a dry run.

    Args:
        interrupt_note: what to print after Ctrl-C about the state of the work.
    """

    def decorated(command: Command) -> Callable[..., None]:
        def run(
            ctx: typer.Context,
            tenant: TenantArgument,
            *,
            prefix: Prefix = DEFAULT_PREFIX,
            region: Region = None,
            profile: Profile = None,
            **given: Any,
        ) -> None:
            writes = not given.get("dry_run", True)
            with session(
                ctx,
                tenant,
                prefix=prefix,
                region=region,
                profile=profile,
                writes=writes,
                interrupt_note=interrupt_note,
            ) as opened:
                command(opened, **given)

        return merge_signatures(run, command)

    return decorated


@contextmanager
def session(
    ctx: typer.Context,
    tenant: str,
    *,
    prefix: str = DEFAULT_PREFIX,
    region: str | None = None,
    profile: str | None = None,
    writes: bool = False,
    interrupt_note: str = NOTHING_CHANGED,
) -> Iterator[Session]:
    """Open a tenant for the block, and end the command with one line where something goes wrong.

    Args:
        ctx: of the command.
        tenant: as the person named it: see `TenantArgument`.
        prefix: in front of `/tenants/NAME` in Secrets Manager.
        region: of AWS.
        profile: of AWS.
        writes: the block will change something, which SAP's sandbox does not allow: the command
            ends before it asks anybody.
        interrupt_note: what to print after Ctrl-C about the state of the work.
    """
    console = stderr_console()
    with handle_errors(console, interrupt_note=interrupt_note):
        key = _service_key(tenant, prefix, Account(profile, region))
        clock = get_clock(ctx)
        with SapConnection(key, Deadline(clock, SECONDS)) as connection:
            if writes and connection.read_only:
                raise InvalidUsage(f"{tenant} is SAP's API sandbox, which can only be read")
            path = Path(tenant)
            name = path.stem if path.is_file() else tenant
            yield Session(Api(connection), name, console, clock)


def confirm(console: Console, sentence: str, *, yes: bool) -> None:
    """Say what will be done, and go on only if the person agrees.

    Args:
        console: of the session.
        sentence: such as "Undeploy 'Orders' from prod."; what the person would regret not to know.
        yes: the person has agreed already.

    Raises:
        InvalidUsage: there is nobody to ask.
        Exit: the person said no.
    """
    console.print(sentence, soft_wrap=True)
    if yes:
        return
    if not is_interactive():
        raise InvalidUsage("nobody is there to agree: add --yes, or --dry-run to see the request")
    try:
        go_on = typer.confirm("Go on?", err=True)
    except typer.Abort:
        go_on = False
    if not go_on:
        console.print("Nothing was changed.")
        raise typer.Exit(ExitCode.FAILED)


def is_interactive() -> bool:
    """What comes through a pipe is data, and no answer."""
    return sys.stdin.isatty()


def _service_key(tenant: str, prefix: str, account: Account) -> ServiceKey:
    if tenant == SANDBOX:
        return _sandbox_key()
    path = Path(tenant)
    if not path.is_file() and _is_name(tenant):
        source = f"secret {tenant_secret_name(prefix, tenant)}"
        return parse_service_key(_stored_key(tenant, prefix, account), source=source)
    with as_usage_error():
        text = read_text(path)
        validate_service_key(text, tenant)
        return parse_service_key(text, source=tenant)


def _is_name(tenant: str) -> bool:
    return bool(TENANT_NAME.fullmatch(tenant)) and not tenant.endswith(".json")


def _sandbox_key() -> ServiceKey:
    text = os.environ.get(SANDBOX_KEY, "").strip()
    if not text:
        raise InvalidUsage(
            f"the sandbox needs an API key in the variable {SANDBOX_KEY}: "
            "SAP Business Accelerator Hub shows yours under Settings"
        )
    if not (text.isascii() and text.isprintable()):
        raise InvalidUsage(f"{SANDBOX_KEY} has characters that no API key has")
    return ServiceKey(SANDBOX_URL, ApiKey(text))


def _stored_key(tenant: str, prefix: str, account: Account) -> str:
    session = account.session()
    with translate_errors("Secrets Manager"):
        client = session.client("secretsmanager")
    text = read_tenant_key(client, prefix, tenant)
    if text is None:
        raise InvalidUsage(
            f"there is neither a file {tenant} nor a secret {tenant_secret_name(prefix, tenant)}; "
            "list the stored keys with `iflow-census tenant list`"
        )
    return text
