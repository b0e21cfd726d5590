"""The keystore of a tenant: key pairs and certificates, and how long they last.

SAP keeps one backup of the entries that the tenant's administrator owns. A backup replaces the one
before; to restore is to take entries back from there. An import takes entries from a file of the
caller's, and an export holds public content alone: no file ever holds the tenant's private keys.

Source: SAP OpenAPI, SecurityContent (KeystoreEntries, KeystoreResources).
"""

import base64
from datetime import datetime
from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError, DataError
from iflow_census.tenant_admin.write_request import Change

SYSTEM = "system"
BACKUP = "backup_admin_system"
RENEWAL = "KeyRenewal"

ENTRIES = "KeystoreEntries"
RESOURCES = "KeystoreResources"

LARGEST_IMPORT = 1_048_576
"""Characters of a keystore in base64; source: SAP OpenAPI, KeystoreResource."""


def entries(
    api: Api, keystore: str, now: datetime, *, within_days: int | None = None
) -> list[Entity]:
    """The entries of a keystore with their `Days` to expiry, those that expire first in front.

    Args:
        api: the tenant.
        keystore: `SYSTEM`, `BACKUP` or `RENEWAL`.
        now: the moment; aware.
        within_days: only entries that expire within so many days, or have expired.

    Returns:
        `Days` are whole days, negative after the expiry; None where SAP names no date.
    """
    found = [
        {**one, "Days": _days(one.get("ValidNotAfter"), now)}
        for one in api.read_all(ENTRIES, query={"keystoreName": keystore}, key=("Hexalias",))
    ]
    found.sort(key=lambda one: (one["Days"] is None, one["Days"], str(one.get("Alias"))))
    if within_days is None:
        return found
    return [one for one in found if one["Days"] is not None and one["Days"] <= within_days]


def _days(expiry: object, now: datetime) -> int | None:
    return (expiry - now).days if isinstance(expiry, datetime) else None


def backup() -> Change:
    """Back up the administrator's entries; the backup before is lost."""
    return Change("POST", RESOURCES, {"Name": BACKUP}, {"returnKeystoreEntries": "true"})


def restore(option: str) -> Change:
    """Take entries back from the backup.

    Args:
        option: overwrite (entries of the backup replace those of their alias) or replace (all
            others of the administrator's are deleted as well).
    """
    query = {
        "retrieveBackup": BACKUP,
        "importOption": option,
        "returnKeystoreEntries": "true",
    }
    return Change("PUT", odata.entity_path(RESOURCES, SYSTEM), {"Resource": None}, query)


def import_file(file: Path, password: str, option: str) -> Change:
    """Take entries from a keystore file.

    Args:
        file: of the kind JKS or JCEKS.
        password: of the file.
        option: overwrite, merge (only aliases that are new) or replace (all others of the
            administrator's are deleted).

    Raises:
        ConfigurationError: the file cannot be read, or is too large.
    """
    try:
        content = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_IMPORT:
        raise ConfigurationError(f"{file} is larger than SAP takes: 768 KB")
    body = {"Name": SYSTEM, "Resource": content, "Password": password}
    query = {"importOption": option, "returnKeystoreEntries": "true"}
    return Change("POST", RESOURCES, body, query)


def is_refused(entry: Entity) -> bool:
    """Whether SAP did not take an entry; one that a merge leaves as it is was not refused."""
    status = str(entry.get("Status") or "")
    return status.startswith("notImported") and "already exists" not in status


def export(api: Api, keystore: str) -> bytes:
    """The public content of a keystore: a file of the kind JCEKS, which has no password."""
    path = odata.entity_path(RESOURCES, keystore)
    content = api.read(path).get("Resource")
    try:
        return base64.b64decode(content or "", validate=True)
    except (TypeError, ValueError) as error:
        raise DataError(f"GET {path}: the keystore is no base64") from error


def certificate(
    api: Api, alias: str, keystore: str, file: Path, progress: Progress | None = None
) -> Download:
    """Write the certificate of an entry, of a key pair its own, to a file; it is DER (X.509)."""
    entry = odata.entity_path(ENTRIES, alias.encode().hex().upper())
    query = {"keystoreName": keystore, "rootCA": "false"}
    return api.download(f"{entry}/Certificate/$value", file, query=query, progress=progress)
