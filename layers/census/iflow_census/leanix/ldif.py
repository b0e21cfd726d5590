"""The inventory of a tenant as an LDIF (LeanIX Data Interchange Format).

Source: SAP Help, "LDIF"; swagger of the Integration API. Values outside `content` have at most 500
characters; in `content` an item is `id`, `type` and `data`, a map of strings and lists.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from iflow_census.errors import DataError
from iflow_census.leanix.settings import LONGEST, LeanixSettings
from iflow_census.leanix.workspace import Connector
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow

IFLOW = "IntegrationFlow"
TENANT = "IntegrationTenant"
LX_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is sent to LeanIX of one tenant.

    Attributes:
        tenant: its name.
        month: the month that usage and messages are of.
        run_id: of the census; the same for every retry of it.
        iflows: the rows.
        settings: how they appear in LeanIX.
    """

    tenant: str
    month: Month
    run_id: str
    iflows: Sequence[IflowRow]
    settings: LeanixSettings

    @property
    def connector(self) -> Connector:
        """The keys that lead to the tenant's processor configuration."""
        return tenant_connector(self.tenant, self.settings)


def tenant_connector(tenant: str, settings: LeanixSettings) -> Connector:
    """The connector of a tenant: one configuration each, since full mode is per tenant."""
    return Connector(
        type=settings.connector_type,
        id=tenant,
        version=settings.connector_version,
        mode=str(settings.mode),
    )


def tenant_external_id(tenant: str) -> str:
    """The external id of a tenant's fact sheet."""
    return f"sap-ci:{tenant}"


def external_id(tenant: str, iflow_id: str) -> str:
    """The external id of an iFlow's fact sheet: the same in each month."""
    return f"sap-ci:{tenant}:{iflow_id}"


def scan_id(inventory: Inventory, *, test: bool) -> str:
    """Names this content of this run, so that it is sent once.

    Runs carry it in their description, where it can be found again; a dry run has one of its own.
    """
    content = hashlib.sha256(json.dumps(inventory.connector.fields()).encode())
    content.update(inventory.settings.model_dump_json().encode())
    for piece in _content(inventory):
        content.update(piece)
    census = hashlib.sha256(inventory.run_id.encode()).hexdigest()[:8]
    return f"{census}-{content.hexdigest()[:16]}{'-test' if test else ''}"


def write_ldif(
    inventory: Inventory, file: BinaryIO, *, workspace_id: str, scan: str, test: bool
) -> None:
    """Write the LDIF into a file, item by item.

    All characters beyond ASCII are written as escapes: they arrive whole through anything.

    Args:
        inventory: what to write.
        file: written from where it stands.
        workspace_id: the UUID of the workspace, which LeanIX compares with its own.
        scan: the scan id, for the description.
        test: it is for a dry run.

    Raises:
        DataError: a value outside `content` is longer than LeanIX takes.
    """
    values = {
        **inventory.connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace_id,
        "description": description(inventory, scan, test=test),
    }
    custom = {
        "tenantExternalId": tenant_external_id(inventory.tenant),
        "prefix": inventory.settings.prefix.format(tenant=inventory.tenant),
    }
    for name, value in (values | custom).items():
        if len(value) > LONGEST:
            raise DataError(f"LDIF of tenant {inventory.tenant}: {name} is too long for LeanIX")
    header = json.dumps({**values, "customFields": custom})
    file.write(header[:-1].encode() + b', "content": [\n')
    file.writelines(_content(inventory))
    file.write(b"\n]}")


def description(inventory: Inventory, scan: str, *, test: bool) -> str:
    """The description of a run: for a person, and the scan id to find it by."""
    dry = " (dry run)" if test else ""
    return f"iFlows of {inventory.tenant}, {inventory.month}{dry} [{scan}]"


def _content(inventory: Inventory) -> Iterator[bytes]:
    separator = b""
    for item in _items(inventory):
        yield separator + json.dumps(item).encode()
        separator = b",\n"


def _items(inventory: Inventory) -> Iterator[Mapping[str, Any]]:
    yield {
        "id": tenant_external_id(inventory.tenant),
        "type": TENANT,
        "data": {"name": f"SAP Cloud Integration {inventory.tenant}"},
    }
    for row in inventory.iflows:
        yield {
            "id": external_id(inventory.tenant, row.iflow_id),
            "type": IFLOW,
            "data": iflow_data(row, inventory.month, inventory.settings),
        }


def iflow_data(row: IflowRow, month: Month, settings: LeanixSettings) -> Mapping[str, Any]:
    """What is told of one iFlow; what is not known is left out, and LeanIX keeps what it has."""
    name = row.iflow_name or row.iflow_id
    values: dict[str, str | None] = {
        "name": name,
        "iflowId": row.iflow_id,
        "description": _description(row, month),
        "package": row.package_name or row.package_id,
        "packageId": row.package_id,
        "vendor": row.package_vendor,
        "version": row.iflow_version or row.runtime_version,
        "editStatus": str(row.edit_status),
        "deployed": "true" if row.deployed else "false",
        "runtimeStatus": row.runtime_status,
        "usage": str(row.usage),
        "messages": None if row.messages is None else str(row.messages),
        "period": str(month),
        "sender": row.sender,
        "receiver": row.receiver,
        "activeSince": _day(row.created_at) if row.deployed else None,
    }
    known: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
    link = _link(row, settings)
    known["links"] = [link] if link else []
    known["tags"] = [row.tenant] if settings.tag_group else []
    return known


def _description(row: IflowRow, month: Month) -> str:
    deployed = row.runtime_status or "yes" if row.deployed else "no"
    lines = (
        ("Description", row.description),
        ("iFlow", row.iflow_id),
        ("Tenant", row.tenant),
        ("Package", row.package_name or row.package_id),
        ("Vendor", row.package_vendor),
        ("Version", row.iflow_version or row.runtime_version),
        ("Sender", row.sender),
        ("Receiver", row.receiver),
        ("Edited", f"{row.edit_status} ({row.edit_reason})"),
        ("Deployed", deployed),
        ("Usage", f"{row.usage} in {month}"),
        ("Messages", None if row.messages is None else f"{row.messages} in {month}"),
    )
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def _day(moment: datetime | None) -> str | None:
    """The form that LeanIX's life cycles take (SAP Help, "Inbound processors")."""
    return moment.date().isoformat() if moment else None


def _link(row: IflowRow, settings: LeanixSettings) -> str | None:
    if settings.link is None or row.package_id is None:
        return None
    return settings.link.format(
        tenant=quote(row.tenant, safe=""),
        package_id=quote(row.package_id, safe=""),
        iflow_id=quote(row.iflow_id, safe=""),
    )
