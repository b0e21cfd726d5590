"""The service keys of `iflow-census run`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from iflow_census.cli.files import read_text
from iflow_census.cloud_integration.mutual_tls import validate_service_key
from iflow_census.errors import ConfigurationError
from iflow_census.scan.tenant_api import TENANT_NAME


def read_keys(arguments: Sequence[str]) -> Mapping[str, str]:
    """Read service key files.

    Args:
        arguments: FILE or NAME=FILE; by default the tenant is named after the file.

    Returns:
        The service keys as JSON, by tenant name.

    Raises:
        ConfigurationError: a file cannot be read or is not a service key, or a tenant name is
            invalid or occurs twice.
    """
    keys: dict[str, str] = {}
    for argument in arguments:
        name, separator, file = argument.partition("=")
        path = Path(file if separator else argument)
        name = name if separator else path.stem
        if not TENANT_NAME.fullmatch(name):
            raise ConfigurationError(
                f"invalid tenant name {name!r}; use letters, digits, '_', '.' and '-', as in "
                f"prod={path}"
            )
        if name in keys:
            raise ConfigurationError(
                f"two keys for tenant {name!r}; give one of them another name, as in other={path}"
            )
        keys[name] = read_text(path)
        validate_service_key(keys[name], str(path))
    return keys
