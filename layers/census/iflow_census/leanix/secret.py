"""The secret with the host and the credentials of a LeanIX workspace.

Source: SAP Help, "Authentication to SAP LeanIX Services", "Technical Users".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from iflow_census.errors import ConfigurationError
from iflow_census.http.urls import is_host_name, is_secure

_EXAMPLE = '{"host": "acme.leanix.net", "api_token": "…", "workspace_id": "…"}'
_HOST_PATTERN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class LeanixSecret:
    """The host and the credentials of a workspace; `repr` does not contain the token.

    Attributes:
        url: the workspace's scheme and host, without a trailing slash.
        workspace_id: the workspace's UUID; prevents sending data to a different workspace.
    """

    url: str
    api_token: str = field(repr=False)
    workspace_id: str


def parse_leanix_secret(text: str, *, source: str) -> LeanixSecret:
    """Parse the secret.

    The text is `{"host": …, "api_token": …, "workspace_id": …}`.

    Raises:
        ConfigurationError: the secret is invalid; the message names the field, never the token.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        # Not chained: the JSON error contains the secret.
        raise ConfigurationError(f"{source}: not valid JSON; the format is {_EXAMPLE}") from None
    if not isinstance(fields, dict):
        raise ConfigurationError(f"{source}: not a LeanIX secret; the format is {_EXAMPLE}")
    return LeanixSecret(
        url=_parse_url(_require_text(fields, "host", source), source),
        api_token=_parse_api_token(_require_text(fields, "api_token", source), source),
        workspace_id=_parse_workspace_id(_require_text(fields, "workspace_id", source), source),
    )


def _require_text(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{source}: '{name}' is missing; the format is {_EXAMPLE}")
    return value.strip()


def _parse_url(host: str, source: str) -> str:
    if _HOST_PATTERN.fullmatch(host.removeprefix("http://")) and is_secure(host):
        return host
    if not (_HOST_PATTERN.fullmatch(host) and is_host_name(host.partition(":")[0])):
        raise ConfigurationError(
            f"{source}: 'host' is not a host name; copy it from the address of your workspace, "
            "without https:// and path, such as acme.leanix.net"
        )
    return f"https://{host}"


def _parse_api_token(token: str, source: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{source}: 'api_token' is not an API token; copy the token that LeanIX displayed "
            "when it was created for the technical user"
        )
    return token


def _parse_workspace_id(text: str, source: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ConfigurationError(
            f"{source}: 'workspace_id' is not a UUID; copy the workspace ID from LeanIX, "
            "Administration > API Tokens"
        ) from None
