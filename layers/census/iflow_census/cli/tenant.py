"""`iflow-census tenant`: the tenants whose service keys lie in AWS Secrets Manager."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.secrets import (
    read_tenant_keys,
    tenant_secret_name,
    tenant_secret_prefix,
)
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, Prefix, Profile, Region
from iflow_census.cli.files import read_text
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.access_check import CHECKS, AccessCheck, check_access
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.mutual_tls import validate_service_key
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.errors import CensusError, ConfigurationError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.scan.tenant_api import TENANT_NAME

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import SecretListEntryTypeDef

SECONDS = 120
"""How long the check of one tenant may take."""

RETRY_POLICY = RetryPolicy(read=20, retries=2)

app = typer.Typer(
    name="tenant",
    help="Store, list and try the service keys of tenants in AWS Secrets Manager.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The tenant's name in the report.")],
    key: Annotated[Path, typer.Argument(metavar="KEYFILE", help="Its service key, a JSON file.")],
    *,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    kms_key: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Your own KMS key, as in the stack's KmsKeyArn."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Replace a key that is there, without a question.")
    ] = False,
) -> None:
    """Store a tenant's service key; one that is there already is replaced."""
    console = stderr_console()
    with handle_errors(console, interrupt_note="the key may or may not have been stored"):
        with as_usage_error():
            if not TENANT_NAME.fullmatch(name):
                raise ConfigurationError(
                    f"{name!r} names no tenant: use letters, digits, '_', '.' and '-'"
                )
            text = read_text(key)
            validate_service_key(text, str(key))
        secret = tenant_secret_name(prefix, name)
        client = _client(region, profile)
        present = _is_there(client, secret)
        if present and not yes:
            question = f"{secret} holds a key already. Replace it?"
            if not typer.confirm(question, err=True):
                console.print("Nothing was changed.")
                raise typer.Exit(ExitCode.FAILED)
        _store(client, secret, text, kms_key=kms_key, present=present)
        console.print(
            f"The key of {name} is stored as {secret}. Try it: iflow-census tenant check {name}",
            soft_wrap=True,
        )


@app.command("list")
def list_tenants(
    *,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    json_result: JsonResult = False,
) -> None:
    """List the tenants; no key is read."""
    console = stderr_console()
    with handle_errors(console):
        name_prefix = tenant_secret_prefix(prefix)
        tenants = {
            secret["Name"].removeprefix(name_prefix): secret["LastChangedDate"].isoformat()
            for secret in _secrets(_client(region, profile), name_prefix)
        }
        table = Table("tenant", "key stored")
        for name in sorted(tenants):
            table.add_row(name, tenants[name][:10])
        console.print(table if tenants else f"There is no secret {name_prefix}<name> yet.")
        if json_result:
            content = [{"name": name, "changed_at": tenants[name]} for name in sorted(tenants)]
            typer.echo(json.dumps(content, ensure_ascii=False))


@app.command()
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help="Tenants.  [default: all]", show_default=False),
    ] = None,
    *,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    json_result: JsonResult = False,
) -> None:
    """Try each tenant's key: log on, packages, runtime artifacts, message logs.

    Exit codes: 0 all well, 1 a tenant fails, 2 usage error, 130 interrupted.
    """
    console = stderr_console()
    with handle_errors(console):
        keys = read_tenant_keys(_client(region, profile), prefix)
        with as_usage_error():
            for name in names or ():
                if name not in keys:
                    known = ", ".join(keys)
                    raise ConfigurationError(f"unknown tenant {name!r}; known tenants: {known}")
        findings = {
            name: list(
                _findings(keys[name], f"secret {tenant_secret_name(prefix, name)}", get_clock(ctx))
            )
            for name in names or keys
        }
        table = Table("tenant", *CHECKS)
        for name, found in findings.items():
            table.add_row(name, *("ok" if one.problem is None else "FAILS" for one in found))
        console.print(table)
        problems = {
            name: [one.problem for one in found if one.problem] for name, found in findings.items()
        }
        for name, said in problems.items():
            for problem in dict.fromkeys(said):
                console.print(f"{name}: {problem}", soft_wrap=True)
        if json_result:
            content = [
                {"name": name, "ok": not problems[name], "problems": problems[name]}
                for name in findings
            ]
            typer.echo(json.dumps(content, ensure_ascii=False))
        if any(problems.values()):
            raise typer.Exit(ExitCode.FAILED)


def _client(region: str | None, profile: str | None) -> "SecretsManagerClient":
    session = Account(profile, region).session()
    with translate_errors("Secrets Manager"):
        return session.client("secretsmanager")


def _is_there(client: "SecretsManagerClient", secret: str) -> bool:
    with translate_errors(f"secret {secret}"):
        try:
            found = client.describe_secret(SecretId=secret)
        except client.exceptions.ResourceNotFoundException:
            return False
    if found.get("DeletedDate"):
        raise ConfigurationError(
            f"secret {secret} was deleted lately and blocks its name: "
            f"aws secretsmanager restore-secret --secret-id {secret}, then try again"
        )
    return True


def _store(
    client: "SecretsManagerClient", secret: str, text: str, *, kms_key: str | None, present: bool
) -> None:
    with translate_errors(f"secret {secret}"):
        if present:
            if kms_key:
                client.update_secret(SecretId=secret, SecretString=text, KmsKeyId=kms_key)
            else:
                client.put_secret_value(SecretId=secret, SecretString=text)
            return
        description = "Service key (plan api) of an SAP Cloud Integration tenant, for iflow-census"
        if kms_key:
            client.create_secret(
                Name=secret, SecretString=text, Description=description, KmsKeyId=kms_key
            )
        else:
            client.create_secret(Name=secret, SecretString=text, Description=description)


def _secrets(
    client: "SecretsManagerClient", name_prefix: str
) -> "Iterator[SecretListEntryTypeDef]":
    with translate_errors(f"secrets {name_prefix}*"):
        pages = client.get_paginator("list_secrets")
        # A filter on the name matches prefixes.
        for page in pages.paginate(Filters=[{"Key": "name", "Values": [name_prefix]}]):
            yield from page["SecretList"]


def _findings(key: str | CensusError, source: str, clock: Clock) -> Iterator[AccessCheck]:
    try:
        if isinstance(key, CensusError):
            raise key
        service_key = parse_service_key(key, source=source)
        with SapConnection(
            service_key, Deadline(clock, SECONDS), retry_policy=RETRY_POLICY
        ) as connection:
            yield from check_access(connection, clock.now())
    except CensusError as error:
        yield AccessCheck(CHECKS[0], str(error))
