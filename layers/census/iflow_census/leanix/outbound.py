"""Exports from LeanIX: outbound runs, and inbound runs whose processors write an LDIF.

Source: SAP Help, "Outbound processors" (which recommends the latter), "Write to LDIF".
"""

import io
import json
from typing import Any, BinaryIO

from iflow_census.errors import ConfigurationError
from iflow_census.leanix.ldif import LX_VERSION
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import start_once
from iflow_census.leanix.workspace import Connector, Workspace

MAX_EXPORT_BYTES = 2 * 1024**3
"""Protects the disk; the export of a workspace is far smaller."""


def start_export(workspace: Workspace, connector: Connector, key: str) -> RunState:
    """Start a run that writes an LDIF.

    Args:
        workspace: the workspace to export.
        connector: of an outbound configuration, or of an inbound one with a `writeToLdif`
            processor, which runs only if the LDIF has at least one item.
        key: the export's idempotency key.

    Raises:
        ConfigurationError: the workspace has no such configuration.
    """
    if workspace.configuration(connector) is None:
        raise ConfigurationError(
            f"LeanIX: no processor configuration {connector}; see LeanIX, Administration > "
            "Integration API for the configurations of the workspace"
        )
    ldif: dict[str, Any] = {
        **connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace.id,
        "description": f"Export by iflow-census [{key}]",
    }
    if connector.direction == "inbound":
        ldif["content"] = [{"id": "export", "type": "Export", "data": {}}]
    return start_once(workspace, io.BytesIO(json.dumps(ldif).encode()), key, test=False)


def save_results(workspace: Workspace, run_id: str, file: BinaryIO) -> bool:
    """Write the LDIF of a finished run to a file. Returns False if the run wrote none."""
    return workspace.download(run_id, file, max_bytes=MAX_EXPORT_BYTES)
