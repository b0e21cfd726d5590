"""The secrets in AWS Secrets Manager: `<prefix>/tenants/<name>` and `<prefix>/leanix`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.scan.tenant_api import TENANT_NAME

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import BatchGetSecretValueResponseTypeDef


def read_tenant_keys(
    client: "SecretsManagerClient", prefix: str
) -> Mapping[str, str | CensusError]:
    """Read the keys of all tenants, twenty at a time.

    Args:
        client: of Secrets Manager.
        prefix: in front of `/tenants/<name>`.

    Returns:
        Per tenant, by name, the secret's text; or the error that kept this one from being read.

    Raises:
        ConfigurationError: there is no tenant.
        AccessError: the role may not read secrets.
    """
    folder = f"{prefix}/tenants/"
    keys: dict[str, str | CensusError] = {}
    with _translated(f"secrets under {folder!r}"):
        for page in _pages(client, folder):
            for secret in page["SecretValues"]:
                name = secret["Name"].removeprefix(folder)
                keys[name] = _text(secret["Name"], name, secret.get("SecretString"))
            for failed in page.get("Errors", []):
                secret_id = failed.get("SecretId", "")
                keys[_name(secret_id, folder)] = AccessError(
                    f"secret {secret_id!r} could not be read ({failed.get('ErrorCode')}): the role "
                    "needs secretsmanager:GetSecretValue, and kms:Decrypt for a key of your own"
                )
    if not keys:
        raise ConfigurationError(
            f"no tenant is configured: store a service key as secret '{folder}<name>'"
        )
    return {name: keys[name] for name in sorted(keys)}


def read_leanix_secret(client: "SecretsManagerClient", prefix: str) -> str | None:
    """The text of the LeanIX secret; None where none is stored.

    Raises:
        AccessError: the role may not read it.
        ConfigurationError: it is binary.
    """
    name = f"{prefix}/leanix"
    with _translated(f"secret {name!r}"):
        try:
            text = client.get_secret_value(SecretId=name).get("SecretString")
        except client.exceptions.ResourceNotFoundException:
            return None
    if text is None:
        raise ConfigurationError(f"secret {name!r} is binary: store it as text")
    return text


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("AccessDeniedException", "UnrecognizedClientException"):
            raise AccessError(
                f"{what} may not be read ({code}): the role needs "
                "secretsmanager:BatchGetSecretValue, ListSecrets and GetSecretValue"
            ) from error
        raise TransientError(f"{what}: Secrets Manager answered {code}") from error
    except BotoCoreError as error:
        raise TransientError(f"{what}: {type(error).__name__}") from error


def _pages(
    client: "SecretsManagerClient", folder: str
) -> "Iterator[BatchGetSecretValueResponseTypeDef]":
    """List and read in one call; the filter on a name matches its beginning."""
    token: dict[str, Any] = {}
    while True:
        page = client.batch_get_secret_value(Filters=[{"Key": "name", "Values": [folder]}], **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _text(secret: str, name: str, text: str | None) -> str | CensusError:
    if not TENANT_NAME.fullmatch(name):
        return ConfigurationError(
            f"secret {secret!r}: a tenant's name has letters, digits, '_', '.' and '-' alone"
        )
    return text or ConfigurationError(f"secret {secret!r} is binary: store the service key as text")


def _name(secret_id: str, folder: str) -> str:
    """The tenant of a secret's name or ARN; an ARN has seven fields and six random characters."""
    name = secret_id.split(":", 6)[-1] if secret_id.startswith("arn:") else secret_id
    if secret_id.startswith("arn:"):
        name = name.rpartition("-")[0]
    return name.removeprefix(folder)
