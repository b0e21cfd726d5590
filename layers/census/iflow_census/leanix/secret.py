"""The secret that opens a LeanIX workspace.

Source: SAP Help, "Authentication to SAP LeanIX Services", "Technical Users".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from iflow_census.errors import ConfigurationError
from iflow_census.http.urls import is_loopback

_SHAPE = '{"host": "acme.leanix.net", "api_token": "…", "workspace_id": "…"}'
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class LeanixSecret:
    """Where the workspace is and how to log on; the token is left out of its `repr`.

    Attributes:
        url: the workspace's host with its scheme, without a slash at its end.
        api_token: of a technical user.
        workspace_id: the workspace's UUID; guards that no data goes into another one.
    """

    url: str
    api_token: str = field(repr=False)
    workspace_id: str


def parse_leanix_secret(text: str, *, source: str) -> LeanixSecret:
    """Read the secret from JSON text.

    Args:
        text: `{"host": …, "api_token": …, "workspace_id": …}`.
        source: what to call the secret in a message: its name or a file.

    Raises:
        ConfigurationError: it is something else; the message names the field, never the token.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        # The error would hold the whole secret.
        raise ConfigurationError(f"{source} is not JSON: write it as {_SHAPE}") from None
    if not isinstance(fields, dict):
        raise ConfigurationError(f"{source} is not a LeanIX secret: write it as {_SHAPE}")
    return LeanixSecret(
        url=_url(_text(fields, "host", source), source),
        api_token=_api_token(_text(fields, "api_token", source), source),
        workspace_id=_workspace_id(_text(fields, "workspace_id", source), source),
    )


def _text(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{source} lacks '{name}': write it as {_SHAPE}")
    return value.strip()


def _url(host: str, source: str) -> str:
    loopback = host.removeprefix("http://")
    if loopback != host and _HOST.fullmatch(loopback) and is_loopback(urlsplit(host).hostname):
        return host
    if not _HOST.fullmatch(host):
        raise ConfigurationError(
            f"{source}: 'host' is the host alone, as in the address of your workspace: "
            "acme.leanix.net, without https:// and without a path"
        )
    return f"https://{host}"


def _api_token(token: str, source: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{source}: 'api_token' is no API token: copy the one that LeanIX showed when the "
            "technical user's token was created"
        )
    return token


def _workspace_id(text: str, source: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ConfigurationError(
            f"{source}: 'workspace_id' is no UUID: copy the workspace ID from LeanIX, "
            "Administration > API Tokens"
        ) from None
