"""`iflow-census tenant`: the tenants whose service keys are in AWS Secrets Manager."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.secrets import list_tenant_secrets, tenant_secret_name, tenant_secret_prefix
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, KeyStack, Prefix, Profile, Region
from iflow_census.cli.command import command_group
from iflow_census.cli.keys import KEY_HELP, KeyReader, describe_source, read_secret_text
from iflow_census.cli.tables import name_cell, print_table
from iflow_census.cli.terminal import (
    ExitCode,
    InvalidUsage,
    JsonResult,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.errors import ConfigurationError
from iflow_census.scan.tenant_api import TENANT_NAME, TENANT_NAME_RULE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

app = command_group("tenant", "Store, list and check service keys in AWS Secrets Manager.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The tenant's name in the report.")],
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            help="Its service key: a JSON file, - (standard input), or env:VARIABLE.",
            show_default=False,
        ),
    ],
    *,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    kms_key: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Your own KMS key, as in the stack's KmsKeyArn."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Replace an existing key without asking.")
    ] = False,
) -> None:
    """Store a tenant's service key, or replace it."""
    from iflow_census.cloud_integration.mutual_tls import validate_service_key  # noqa: PLC0415

    console = stderr_console()
    with handle_errors(interrupt_note="the key may or may not have been stored"):
        if not TENANT_NAME.fullmatch(name):
            raise InvalidUsage(f"invalid tenant name {name!r}; {TENANT_NAME_RULE}")
        with as_usage_error():
            text = read_secret_text(key)
            validate_service_key(text, describe_source(key))
        secret = tenant_secret_name(prefix, name)
        client = _create_client(region, profile)
        exists = _exists(client, secret)
        if exists and not yes:
            question = f"Secret {secret} already contains a key. Replace it?"
            if not typer.confirm(question, err=True):
                console.print("Nothing was changed.")
                raise typer.Exit(ExitCode.FAILED)
        _store(client, secret, text, kms_key=kms_key, exists=exists)
        console.print(
            f"The key of {name} is stored as {secret}. To check it: "
            f"iflow-census tenant check {name}",
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
    """List the tenants without reading their keys."""
    console = stderr_console()
    with handle_errors():
        name_prefix = tenant_secret_prefix(prefix)
        tenants = {
            secret["Name"].removeprefix(name_prefix): secret["LastChangedDate"].isoformat()
            for secret in list_tenant_secrets(_create_client(region, profile), prefix)
        }
        rows = [(name_cell(name), tenants[name][:10]) for name in sorted(tenants)]
        if rows:
            print_table(console, ("tenant", "key stored"), rows)
        else:
            console.print(f"There is no secret {name_prefix}<name> yet.", soft_wrap=True)
        if json_result:
            entries = [{"name": name, "changed_at": tenants[name]} for name in sorted(tenants)]
            typer.echo(json.dumps(entries))


@app.command()
def check(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY",
            help=f"{KEY_HELP}  [default: all tenants in Secrets Manager]",
            show_default=False,
        ),
    ] = None,
    *,
    stack: KeyStack = None,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
    json_result: JsonResult = False,
) -> None:
    """Check each tenant's key: log on, packages, runtime artifacts, message logs.

    Exit codes: 0 no problems, 1 a check failed, 2 usage error, 130 interrupted.
    """
    from iflow_census.cli.tenant_check import check_tenants  # noqa: PLC0415 - the HTTP client

    console = stderr_console()
    with handle_errors():
        found = KeyReader(Account(profile, region), prefix, stack).read_each(keys or ())
        if not check_tenants(console, found, clock=get_clock(ctx), json_result=json_result):
            raise typer.Exit(ExitCode.FAILED)


def _create_client(region: str | None, profile: str | None) -> "SecretsManagerClient":
    session = Account(profile, region).session()
    with translate_errors("Secrets Manager"):
        return session.client("secretsmanager")


def _exists(client: "SecretsManagerClient", secret: str) -> bool:
    with translate_errors(f"secret {secret}"):
        try:
            description = client.describe_secret(SecretId=secret)
        except client.exceptions.ResourceNotFoundException:
            return False
    if description.get("DeletedDate"):
        raise ConfigurationError(
            f"secret {secret}: scheduled for deletion; run "
            f"aws secretsmanager restore-secret --secret-id {secret} and try again"
        )
    return True


def _store(
    client: "SecretsManagerClient", secret: str, text: str, *, kms_key: str | None, exists: bool
) -> None:
    with translate_errors(f"secret {secret}"):
        if exists:
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
