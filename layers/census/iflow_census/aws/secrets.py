"""Secrets in AWS Secrets Manager: one service key per tenant, and the LeanIX secret."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from iflow_census.aws.errors import translate_errors
from iflow_census.errors import ConfigurationError
from iflow_census.scan.tenant_api import TENANT_NAME, TENANT_NAME_RULE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import SecretListEntryTypeDef


class MissingSecret(ConfigurationError):
    """There is no such secret."""


def tenant_secret_prefix(prefix: str) -> str:
    """Return what the names of all tenants' secrets begin with."""
    return f"{prefix}/tenants/"


def tenant_secret_name(prefix: str, tenant: str) -> str:
    """Return the name of a tenant's secret."""
    return f"{tenant_secret_prefix(prefix)}{tenant}"


def leanix_secret_name(prefix: str) -> str:
    """Return the name of the LeanIX secret."""
    return f"{prefix}/leanix"


def list_tenant_secrets(
    client: "SecretsManagerClient", prefix: str
) -> "Iterator[SecretListEntryTypeDef]":
    """List the secrets of all tenants, without their values.

    Raises:
        AccessError: the role may not list secrets.
    """
    name_prefix = tenant_secret_prefix(prefix)
    with translate_errors(f"secrets {name_prefix}*", rights="secretsmanager:ListSecrets"):
        # A filter on the name matches prefixes.
        pages = client.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": [name_prefix]}]
        )
        for page in pages:
            yield from page["SecretList"]


def list_tenant_names(client: "SecretsManagerClient", prefix: str) -> Sequence[str]:
    """List the names of all tenants, sorted. Arguments and errors as for `list_tenant_secrets`.

    Raises:
        ConfigurationError: no tenant is configured.
    """
    name_prefix = tenant_secret_prefix(prefix)
    names = [secret["Name"] for secret in list_tenant_secrets(client, prefix)]
    if not names:
        raise ConfigurationError(
            f"no tenant is configured; store a service key as secret {name_prefix}<name>"
        )
    return sorted(name.removeprefix(name_prefix) for name in names)


def read_tenant_key(client: "SecretsManagerClient", prefix: str, tenant: str) -> str:
    """Read the service key of a tenant, and no other secret.

    Raises:
        MissingSecret: there is no such secret.
        AccessError: the role may not read it.
        ConfigurationError: it is binary or empty, or the tenant's name is invalid.
    """
    name = tenant_secret_name(prefix, tenant)
    if not TENANT_NAME.fullmatch(tenant):
        raise ConfigurationError(
            f"secret {name}: {tenant!r} is not a valid tenant name; {TENANT_NAME_RULE}"
        )
    key = _read_secret(client, name)
    if key is None:
        raise MissingSecret(f"secret {name}: does not exist anymore")
    return key


def read_leanix_secret(client: "SecretsManagerClient", prefix: str) -> str | None:
    """Return the text of the LeanIX secret; None if there is none.

    Raises:
        AccessError: the role may not read it.
        ConfigurationError: it is binary or empty.
    """
    return _read_secret(client, leanix_secret_name(prefix))


def _read_secret(client: "SecretsManagerClient", name: str) -> str | None:
    rights = "secretsmanager:GetSecretValue, and kms:Decrypt if you use your own KMS key"
    with translate_errors(f"secret {name}", rights=rights):
        try:
            text = client.get_secret_value(SecretId=name).get("SecretString")
        except client.exceptions.ResourceNotFoundException:
            return None
    if not text:
        raise ConfigurationError(f"secret {name}: binary or empty; store it as text")
    return text
