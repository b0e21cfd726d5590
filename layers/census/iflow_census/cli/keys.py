"""Service keys and other secrets, as they are named on the command line."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.secrets import (
    MissingSecret,
    list_tenant_names,
    read_tenant_key,
    tenant_secret_name,
)
from iflow_census.cli.aws import Account
from iflow_census.cli.files import decode_text, read_text
from iflow_census.cli.stack import StackOutputs
from iflow_census.cli.terminal import InvalidUsage, as_usage_error
from iflow_census.errors import CensusError, ConfigurationError
from iflow_census.scan.tenant_api import TENANT_NAME, TENANT_NAME_RULE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from iflow_census.cloud_integration.service_key import ServiceKey

KEY_HELP = (
    "A service key: FILE, NAME=FILE, NAME=- (standard input), NAME=env:VARIABLE, or the name of a "
    "tenant in Secrets Manager."
)

STDIN = "-"
ENVIRONMENT = "env:"


def read_secret_text(source: str) -> str:
    """Return the text of a file, of standard input (-), or of a variable (env:VARIABLE).

    Raises:
        ConfigurationError: it cannot be read, is empty, or is not text.
    """
    if source == STDIN:
        text = decode_text(sys.stdin.buffer.read(), describe_source(source))
    elif source.startswith(ENVIRONMENT):
        text = os.environ.get(source.removeprefix(ENVIRONMENT), "")
    else:
        return read_text(Path(source))
    if not text.strip():
        raise ConfigurationError(f"{describe_source(source)}: empty or not set")
    return text


def describe_source(source: str) -> str:
    """Return the words for a source of `read_secret_text` in error messages."""
    if source == STDIN:
        return "standard input"
    if source.startswith(ENVIRONMENT):
        return f"environment variable {source.removeprefix(ENVIRONMENT)}"
    return source


@dataclass(frozen=True, slots=True)
class TenantKey:
    """The service key of a tenant.

    Attributes:
        source: where the key comes from, for messages.
        text: its text; the error if its secret could not be read.
    """

    tenant: str
    source: str
    text: str | CensusError = field(repr=False)

    def read(self) -> str:
        """Return the text. Raises `CensusError` if it could not be read."""
        if isinstance(self.text, CensusError):
            raise self.text
        return self.text

    def parse(self) -> "ServiceKey":
        """Return the key. Raises `CensusError` if it cannot be read or is not valid."""
        from iflow_census.cloud_integration.service_key import parse_service_key  # noqa: PLC0415

        return parse_service_key(self.read(), source=self.source)


class KeyReader:
    """Reads service keys; connects to AWS only for a key that is a secret.

    Args:
        prefix: the prefix of the secrets' names.
        stack: a stack whose prefix is used instead.
    """

    def __init__(self, account: Account, prefix: str, stack: str | None = None) -> None:
        self._account = account
        self._prefix = prefix
        self._stack = stack
        self._client: SecretsManagerClient | None = None

    def read_each(self, arguments: Sequence[str]) -> list[TenantKey]:
        """Read the keys of some tenants, or of all that are stored if there is no argument.

        Raises:
            InvalidUsage: an argument is wrong, or a tenant occurs twice.
            CensusError: AWS cannot be accessed.
        """
        if not arguments:
            client = self._open()
            tenants = list_tenant_names(client, self._prefix)
            return [self._read_secret(tenant) for tenant in tenants]
        if sum(argument.endswith(f"={STDIN}") for argument in arguments) > 1:
            raise InvalidUsage("standard input (-) can contain only one service key")
        keys: dict[str, TenantKey] = {}
        for argument in arguments:
            key = self.read(argument)
            if key.tenant in keys:
                raise InvalidUsage(
                    f"two keys for tenant {key.tenant!r}; give one of them another name, as in "
                    f"other={argument.partition('=')[2] or argument}"
                )
            keys[key.tenant] = key
        return list(keys.values())

    def read(self, argument: str) -> TenantKey:
        """Read a key; see `KEY_HELP`.

        Raises:
            InvalidUsage: the argument is wrong, or the key is not valid.
            CensusError: AWS cannot be accessed.
        """
        from iflow_census.cloud_integration.mutual_tls import validate_service_key  # noqa: PLC0415

        name, separator, source = argument.partition("=")
        if not separator:
            source = argument
            if _is_tenant_name(argument):
                return self._read_known_secret(argument)
            if source == STDIN or source.startswith(ENVIRONMENT):
                raise InvalidUsage(f"{source}: name the tenant, as in prod={source}")
            name = Path(source).stem
        if not TENANT_NAME.fullmatch(name):
            raise InvalidUsage(
                f"invalid tenant name {name!r}; {TENANT_NAME_RULE}, as in prod={source}"
            )
        with as_usage_error():
            text = read_secret_text(source)
            validate_service_key(text, describe_source(source))
        return TenantKey(name, describe_source(source), text)

    def _open(self) -> "SecretsManagerClient":
        if self._client is None:
            session = self._account.session()
            if self._stack is not None:
                self._prefix = StackOutputs(session, self._stack)["SecretPrefix"]
            with translate_errors("Secrets Manager"):
                self._client = session.client("secretsmanager")
        return self._client

    def _read_known_secret(self, tenant: str) -> TenantKey:
        client = self._open()
        key = self._read_secret(tenant)
        if isinstance(key.text, MissingSecret):
            known = ", ".join(list_tenant_names(client, self._prefix))
            raise InvalidUsage(
                f"unknown tenant {tenant!r}: there is neither a file {tenant} nor a {key.source}; "
                f"known tenants: {known}"
            )
        return key

    def _read_secret(self, tenant: str) -> TenantKey:
        source = f"secret {tenant_secret_name(self._prefix, tenant)}"
        text: str | CensusError
        try:
            text = read_tenant_key(self._open(), self._prefix, tenant)
        except CensusError as error:
            text = error
        return TenantKey(tenant, source, text)


def _is_tenant_name(argument: str) -> bool:
    is_name = TENANT_NAME.fullmatch(argument) and not argument.endswith(".json")
    return bool(is_name) and argument != STDIN and not Path(argument).exists()
