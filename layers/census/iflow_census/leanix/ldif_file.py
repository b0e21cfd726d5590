"""LDIFs that people or other programs wrote, and runs with any of them."""

import io
import json
from typing import Any

from iflow_census.errors import ConfigurationError
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import start_once
from iflow_census.leanix.workspace import Workspace, parse_connector

REQUIRED_KEYS = (
    "connectorType",
    "connectorId",
    "connectorVersion",
    "processingDirection",
    "lxVersion",
)


def parse_ldif(text: str, *, source: str) -> dict[str, Any]:
    """Parse an LDIF as far as a run needs it; LeanIX checks the rest.

    Raises:
        ConfigurationError: it is not an LDIF.
    """
    try:
        ldif = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source}: not valid JSON: {error}") from error
    if not isinstance(ldif, dict):
        raise ConfigurationError(f"{source}: not an LDIF, which is a JSON object")
    missing = [key for key in REQUIRED_KEYS if not isinstance(ldif.get(key), str) or not ldif[key]]
    if missing:
        raise ConfigurationError(f"{source}: not an LDIF: {', '.join(missing)} is missing")
    if "contents" in ldif and "content" not in ldif:
        # LeanIX ignores unknown keys, and the tutorial of its documentation has this one.
        raise ConfigurationError(f"{source}: the key is 'content', not 'contents'; rename it")
    return ldif


def start_ldif(workspace: Workspace, ldif: dict[str, Any], key: str, *, test: bool) -> RunState:
    """Start a run with an LDIF, whose description gets the run's idempotency key.

    Raises:
        ConfigurationError: the workspace has no configuration for its connector.
    """
    connector = parse_connector(ldif)
    if workspace.configuration(connector) is None:
        raise ConfigurationError(
            f"LeanIX: no processor configuration {connector}; see LeanIX, Administration > "
            "Integration API for the configurations of the workspace"
        )
    description = f"{ldif.get('description') or ''} [{key}]".strip()
    body = json.dumps({**ldif, "description": description}).encode()
    return start_once(workspace, io.BytesIO(body), key, test=test)
