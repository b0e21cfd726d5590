"""What iFlows have persisted of a message: entries with payload, headers and attachments.

Source: SAP OpenAPI, MessageStore.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.safe_paths import free_path, made_folder

ENTRIES = "MessageStoreEntries"
ATTACHMENTS = "MessageStoreEntryAttachments"


def entries_of(api: Api, guid: str) -> list[Entity]:
    """The message-store entries of a message, in SAP's order."""
    message = odata.entity_path("MessageProcessingLogs", guid)
    return list(api.read_all(f"{message}/{ENTRIES}", key=("Id",)))


def save_entries(api: Api, entries: list[Entity], folder: Path) -> Iterator[tuple[Entity, Path]]:
    """Write each entry into a folder of its own; nothing is replaced.

    Such a folder holds `payload`, the folder `attachments` where there are any, and at last
    `entry.json`: the entry, its headers, and which file is which attachment.

    Args:
        api: the tenant.
        entries: as `entries_of` gives them.
        folder: is made where it is missing.

    Yields:
        Each entry and its folder, once all of it is there.
    """
    made_folder(folder)
    for entry in entries:
        target = made_folder(free_path(folder, str(entry.get("MessageStoreId") or ""), "entry"))
        _save(api, entry, target)
        yield entry, target


def _save(api: Api, entry: Entity, folder: Path) -> None:
    path = odata.entity_path(ENTRIES, entry["Id"])
    api.download(f"{path}/$value", folder / "payload")
    attachments = []
    # The flag may be missing, and is no reason to miss one.
    for one in api.read_all(f"{path}/Attachments", key=("Id",)):
        attachment = odata.entity_path(ATTACHMENTS, one["Id"])
        target = made_folder(folder / "attachments")
        file = free_path(target, str(one.get("Name") or ""), "attachment")
        api.download(f"{attachment}/$value", file)
        attachments.append({**one, "Properties": _properties(api, attachment), "File": file.name})
    whole = {**entry, "Properties": _properties(api, path), "Attachments": attachments}
    _write(folder / "entry.json", whole)


def _properties(api: Api, path: str) -> list[Entity]:
    return [
        {"Name": one.get("Name"), "Value": one.get("Value")}
        for one in api.read_all(f"{path}/Properties")
    ]


def _write(file: Path, content: Entity) -> None:
    # ASCII alone: a header may hold half a character, which no encoding has.
    text = json.dumps(content, indent=2, default=odata.json_default)
    try:
        file.write_text(text + "\n", encoding="ascii")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
