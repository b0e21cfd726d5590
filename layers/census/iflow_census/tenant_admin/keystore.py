"""The keystore of a tenant: key pairs and certificates with their expiry.

SAP keeps one backup of the entries that the tenant administrator owns; a new backup replaces it,
and a restore copies its entries back. An import reads entries from a local keystore file. An export
contains public content only: private keys never leave the tenant.

Source: SAP OpenAPI, SecurityContent (KeystoreEntries, KeystoreResources).
"""

import base64
from datetime import datetime
from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError, DataError
from iflow_census.tenant_admin.write_request import WriteRequest

SYSTEM = "system"
BACKUP = "backup_admin_system"
RENEWAL = "KeyRenewal"

_ENTRIES = "KeystoreEntries"
_RESOURCES = "KeystoreResources"

_MAX_IMPORT_CHARS = 1_048_576
"""The base64 length of a keystore; source: SAP OpenAPI, KeystoreResource."""


def list_entries(
    api: Api, keystore: str, now: datetime, *, within_days: int | None = None
) -> list[Entity]:
    """Read the entries of a keystore, sorted by expiry.

    With `within_days`, only entries that expire within this many days or have expired.

    Returns:
        The entries with `Days`: whole days until expiry, negative after it, None without a date.
    """
    rows = api.read_all(_ENTRIES, query={"keystoreName": keystore}, key=("Hexalias",))
    entries = [{**row, "Days": _days_until(row.get("ValidNotAfter"), now)} for row in rows]
    entries.sort(key=lambda entry: (entry["Days"] is None, entry["Days"], str(entry.get("Alias"))))
    if within_days is None:
        return entries
    return [
        entry for entry in entries if entry["Days"] is not None and entry["Days"] <= within_days
    ]


def _days_until(expiry: object, now: datetime) -> int | None:
    return (expiry - now).days if isinstance(expiry, datetime) else None


def backup_request() -> WriteRequest:
    """Build the request that backs up the administrator's entries and replaces the backup."""
    return WriteRequest("POST", _RESOURCES, {"Name": BACKUP}, {"returnKeystoreEntries": "true"})


def restore_request(option: str) -> WriteRequest:
    """Build the request that restores entries from the backup.

    Args:
        option: overwrite (entries with the same alias are replaced) or replace (all other
            entries of the administrator are deleted too).
    """
    query = {
        "retrieveBackup": BACKUP,
        "importOption": option,
        "returnKeystoreEntries": "true",
    }
    return WriteRequest("PUT", odata.entity_path(_RESOURCES, SYSTEM), {"Resource": None}, query)


def import_request(file: Path, password: str, option: str) -> WriteRequest:
    """Build the request that imports the entries of a keystore file.

    Args:
        file: a JKS or JCEKS keystore.
        password: the password of the file.
        option: overwrite, merge (only new aliases are imported) or replace (all other entries of
            the administrator are deleted).

    Raises:
        ConfigurationError: the file cannot be read or is too large.
    """
    try:
        content = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _MAX_IMPORT_CHARS:
        raise ConfigurationError(f"{file}: larger than SAP's limit of 768 KB")
    body = {"Name": SYSTEM, "Resource": content, "Password": password}
    query = {"importOption": option, "returnKeystoreEntries": "true"}
    return WriteRequest("POST", _RESOURCES, body, query)


def is_rejected(entry: Entity) -> bool:
    """Whether SAP rejected an imported entry; an alias that a merge skips is not rejected."""
    status = str(entry.get("Status") or "")
    return status.startswith("notImported") and "already exists" not in status


def export_keystore(api: Api, keystore: str) -> bytes:
    """Return the public content of a keystore as a JCEKS file without a password."""
    path = odata.entity_path(_RESOURCES, keystore)
    content = api.read(path).get("Resource")
    try:
        return base64.b64decode(content or "", validate=True)
    except (TypeError, ValueError) as error:
        raise DataError(f"GET {path}: the keystore is not valid base64") from error


def download_certificate(
    api: Api, alias: str, keystore: str, file: Path, progress: Progress | None = None
) -> Download:
    """Download the certificate of an entry, in DER format (X.509)."""
    entry = odata.entity_path(_ENTRIES, alias.encode().hex().upper())
    query = {"keystoreName": keystore, "rootCA": "false"}
    return api.download(f"{entry}/Certificate/$value", file, query=query, progress=progress)
