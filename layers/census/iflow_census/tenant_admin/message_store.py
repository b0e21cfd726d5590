"""Message-store entries: payloads, headers and attachments that iFlows have persisted.

Source: SAP OpenAPI, MessageStore.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.http.download import open_private_file
from iflow_census.tenant_admin.message_logs import LOGS
from iflow_census.tenant_admin.safe_paths import create_folder, unused_path

_ENTRIES = "MessageStoreEntries"
_ATTACHMENTS = "MessageStoreEntryAttachments"


def list_entries(api: Api, guid: str) -> list[Entity]:
    """Read the message-store entries of a message, in SAP's order."""
    return list(api.read_all(f"{odata.entity_path(LOGS, guid)}/{_ENTRIES}", key=("Id",)))


def download_entries(
    api: Api, entries: list[Entity], folder: Path
) -> Iterator[tuple[Entity, Path]]:
    """Download each entry into a folder of its own, and yield both; no file is replaced.

    The folder of an entry contains `payload`, the folder `attachments` if there are any, and
    `entry.json`, which is written last: the entry, its headers, and the file of each attachment.
    The folder is created if it does not exist.
    """
    create_folder(folder)
    for entry in entries:
        name = str(entry.get("MessageStoreId") or "")
        entry_folder = create_folder(unused_path(folder, name, "entry"))
        _download(api, entry, entry_folder)
        yield entry, entry_folder


def _download(api: Api, entry: Entity, folder: Path) -> None:
    path = odata.entity_path(_ENTRIES, entry["Id"])
    api.download(f"{path}/$value", folder / "payload")
    attachments = []
    # The attachments are always read: HasAttachments may be missing.
    for attachment in api.read_all(f"{path}/Attachments", key=("Id",)):
        attachment_path = odata.entity_path(_ATTACHMENTS, attachment["Id"])
        target = create_folder(folder / "attachments")
        file = unused_path(target, str(attachment.get("Name") or ""), "attachment")
        api.download(f"{attachment_path}/$value", file)
        properties = _read_properties(api, attachment_path)
        attachments.append({**attachment, "Properties": properties, "File": file.name})
    content = {**entry, "Properties": _read_properties(api, path), "Attachments": attachments}
    _write_json(folder / "entry.json", content)


def _read_properties(api: Api, path: str) -> list[Entity]:
    return [
        {"Name": row.get("Name"), "Value": row.get("Value")}
        for row in api.read_all(f"{path}/Properties")
    ]


def _write_json(file: Path, content: Entity) -> None:
    # ASCII with escapes: a header may contain a lone surrogate, which UTF-8 cannot encode.
    text = json.dumps(content, indent=2, default=odata.json_default)
    try:
        with open_private_file(file) as target:
            target.write(f"{text}\n".encode("ascii"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
