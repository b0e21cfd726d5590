"""Exports from LeanIX: outbound runs, and inbound runs whose processors write an LDIF.

Source: SAP Help, "Outbound processors" (which recommends the latter), "Write to LDIF".
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.leanix.ldif import LX_VERSION
from iflow_census.leanix.ldif_file import start_ldif
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.workspace import Connector, Workspace

MAX_EXPORT_BYTES = 2 * 1024**3
"""Protects the disk; the export of a workspace is far smaller."""

RESULTS_SECONDS = 300.0
"""How long the results of a finished run may take to be ready."""

POLL_SECONDS = 5.0


def find_connector(workspace: Workspace, text: str, direction: str) -> Connector:
    """Find the connector in TYPE/ID/VERSION, each of which may have slashes itself.

    Raises:
        ConfigurationError: the workspace has no configuration for it.
    """
    candidates = list(split_connector(text, direction))
    for connector in candidates:
        if workspace.configuration(connector) is not None:
            return connector
    raise ConfigurationError(
        f"LeanIX: no processor configuration {candidates[0]}; see LeanIX, Administration > "
        "Integration API for the configurations of the workspace"
    )


def split_connector(text: str, direction: str) -> Iterator[Connector]:
    """Split TYPE/ID/VERSION in every way; the slashes of an id come first."""
    parts = text.split("/")
    for version in range(len(parts) - 1, 1, -1):
        for identifier in range(1, version):
            connector = Connector(
                type="/".join(parts[:identifier]),
                id="/".join(parts[identifier:version]),
                version="/".join(parts[version:]),
                direction=direction,
            )
            if connector.type and connector.id and connector.version:
                yield connector


def start_export(workspace: Workspace, connector: Connector, key: str) -> RunState:
    """Start a run that writes an LDIF.

    The connector is that of an outbound configuration, or of an inbound one with a `writeToLdif`
    processor, which runs only if the LDIF has at least one item.

    Raises:
        ConfigurationError: the workspace has no such configuration.
    """
    ldif: dict[str, Any] = {
        **connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace.id,
        "description": "Export by iflow-census",
    }
    if connector.direction == "inbound":
        ldif["content"] = [{"id": "export", "type": "Export", "data": {}}]
    return start_ldif(workspace, ldif, key, test=False)


def save_results(
    workspace: Workspace, run_id: str, file: BinaryIO, *, pretty: bool = False
) -> bool:
    """Write the LDIF of a finished run to a file, once it is ready: 204 means not yet (swagger).

    The file is written from its start. `pretty` indents by four spaces, and does not escape any
    letter. Returns False if there is no LDIF after `RESULTS_SECONDS`.
    """
    waited = 0.0
    with tempfile.TemporaryFile() as download:
        while not workspace.download(run_id, download, max_bytes=MAX_EXPORT_BYTES):
            if waited >= RESULTS_SECONDS:
                return False
            workspace.deadline.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        download.seek(0)
        if pretty:
            file.write(_indent(download.read(), run_id))
        else:
            shutil.copyfileobj(download, file)
    return True


def _indent(body: bytes, run_id: str) -> bytes:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DataError(f"LeanIX: the results of run {run_id} are not JSON: {error}") from error
    return json.dumps(content, ensure_ascii=False, indent=4).encode("utf-8", "surrogatepass")
