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

LARGEST_RESULTS = 2 * 1024**3
"""Bytes of an export; more than any workspace holds."""


def start_export(workspace: Workspace, connector: Connector, scan: str) -> RunState:
    """Start a run that writes an LDIF.

    Args:
        workspace: where to.
        connector: of an outbound configuration, or of an inbound one with `writeToLdif`, which
            needs one item to be set going.
        scan: names this export, so that it is started once.

    Raises:
        ConfigurationError: the workspace has no such configuration.
    """
    if workspace.configuration(connector) is None:
        raise ConfigurationError(
            f"LeanIX has no processor configuration {connector}: its keys are shown in LeanIX, "
            "Administration > Integration API"
        )
    ldif: dict[str, Any] = {
        **connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace.id,
        "description": f"Export by iflow-census [{scan}]",
    }
    if connector.direction == "inbound":
        ldif["content"] = [{"id": "export", "type": "Export", "data": {}}]
    return start_once(workspace, io.BytesIO(json.dumps(ldif).encode()), scan, test=False)


def save_results(workspace: Workspace, run_id: str, file: BinaryIO) -> bool:
    """Write the LDIF of a finished run into a file. Returns whether there was one."""
    return workspace.download(run_id, file, largest=LARGEST_RESULTS)
