"""Secrets in AWS Secrets Manager: one service key per tenant, and the LeanIX secret."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from iflow_census.aws.errors import translate_errors
from iflow_census.errors import AccessError, CensusError, ConfigurationError
from iflow_census.scan.tenant_api import TENANT_NAME

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import BatchGetSecretValueResponseTypeDef


def tenant_secret_prefix(prefix: str) -> str:
    """Return what the names of all tenants' secrets begin with."""
    return f"{prefix}/tenants/"


def tenant_secret_name(prefix: str, tenant: str) -> str:
    """Return the name of a tenant's secret."""
    return f"{tenant_secret_prefix(prefix)}{tenant}"


def leanix_secret_name(prefix: str) -> str:
    """Return the name of the LeanIX secret."""
    return f"{prefix}/leanix"


def read_tenant_keys(
    client: "SecretsManagerClient", prefix: str
) -> Mapping[str, str | CensusError]:
    """Read the service keys of all tenants, 20 secrets per request.

    Args:
        client: the Secrets Manager client.
        prefix: the prefix of all secrets of this installation.

    Returns:
        The text of each tenant's secret, or the error that prevented reading it, by tenant name.

    Raises:
        ConfigurationError: no tenant is configured.
        AccessError: the role may not read secrets.
    """
    name_prefix = tenant_secret_prefix(prefix)
    keys: dict[str, str | CensusError] = {}
    with translate_errors(
        f"secrets {name_prefix}*",
        rights="secretsmanager:BatchGetSecretValue, ListSecrets and GetSecretValue",
    ):
        for page in _pages(client, name_prefix):
            for secret in page["SecretValues"]:
                tenant = secret["Name"].removeprefix(name_prefix)
                keys[tenant] = _key_text(secret["Name"], tenant, secret.get("SecretString"))
            for error in page.get("Errors", []):
                secret_id = error.get("SecretId", "")
                keys[_tenant_name(secret_id, name_prefix)] = AccessError(
                    f"secret {secret_id}: not readable ({error.get('ErrorCode')}); the role needs "
                    "secretsmanager:GetSecretValue, and kms:Decrypt if you use your own KMS key"
                )
    if not keys:
        raise ConfigurationError(
            f"no tenant is configured; store a service key as secret {name_prefix}<name>"
        )
    return {tenant: keys[tenant] for tenant in sorted(keys)}


def read_tenant_key(client: "SecretsManagerClient", prefix: str, tenant: str) -> str | None:
    """Read a tenant's service key. See `read_leanix_secret`."""
    return _read_secret(client, tenant_secret_name(prefix, tenant))


def read_leanix_secret(client: "SecretsManagerClient", prefix: str) -> str | None:
    """Read the LeanIX secret.

    Returns:
        Its text; None if there is no such secret.

    Raises:
        AccessError: the role may not read it.
        ConfigurationError: it is binary.
    """
    return _read_secret(client, leanix_secret_name(prefix))


def _read_secret(client: "SecretsManagerClient", name: str) -> str | None:
    with translate_errors(f"secret {name}", rights="secretsmanager:GetSecretValue"):
        try:
            text = client.get_secret_value(SecretId=name).get("SecretString")
        except client.exceptions.ResourceNotFoundException:
            return None
    if text is None:
        raise ConfigurationError(f"secret {name}: binary; store it as text")
    return text


def _pages(
    client: "SecretsManagerClient", name_prefix: str
) -> "Iterator[BatchGetSecretValueResponseTypeDef]":
    # List and read in one request; a filter on the name matches prefixes.
    filters: Any = [{"Key": "name", "Values": [name_prefix]}]
    next_token: dict[str, Any] = {}
    while True:
        page = client.batch_get_secret_value(Filters=filters, **next_token)
        yield page
        if not page.get("NextToken"):
            return
        next_token = {"NextToken": page["NextToken"]}


def _key_text(secret_name: str, tenant: str, text: str | None) -> str | CensusError:
    if not TENANT_NAME.fullmatch(tenant):
        return ConfigurationError(
            f"secret {secret_name}: {tenant!r} is not a valid tenant name; "
            "use letters, digits, '_', '.' and '-'"
        )
    return text or ConfigurationError(
        f"secret {secret_name}: binary or empty; store the service key as text"
    )


def _tenant_name(secret_id: str, name_prefix: str) -> str:
    """Return the tenant of a secret's name or ARN, which ends with a random suffix."""
    name = secret_id
    if secret_id.startswith("arn:"):
        name = secret_id.split(":", 6)[-1].rpartition("-")[0]
    return name.removeprefix(name_prefix)
