"""The inventory of a tenant as an LDIF (LeanIX Data Interchange Format).

Source: SAP Help, "LDIF"; swagger of the Integration API. Values outside `content` are limited to
500 characters; each item in `content` has an `id`, a `type` and `data`, a map of strings and lists.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from iflow_census.errors import DataError
from iflow_census.leanix.settings import MAX_VALUE_LENGTH, LeanixSettings
from iflow_census.leanix.workspace import Connector
from iflow_census.scan.period import Period
from iflow_census.scan.results import IflowRow

IFLOW_ITEM = "IntegrationFlow"
TENANT_ITEM = "IntegrationTenant"
LX_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class TenantInventory:
    """The inventory of one tenant.

    Attributes:
        tenant: the tenant's name.
        period: that of usage and message counts.
        run_id: the census's run id; the same for each retry.
        iflows: the tenant's iFlows.
        settings: how they appear in LeanIX.
    """

    tenant: str
    period: Period
    run_id: str
    iflows: Sequence[IflowRow]
    settings: LeanixSettings

    @property
    def connector(self) -> Connector:
        """The keys of the tenant's processor configuration."""
        return connector_for_tenant(self.tenant, self.settings)


def connector_for_tenant(tenant: str, settings: LeanixSettings) -> Connector:
    """Return a tenant's connector: each tenant has its own, since full mode works per tenant."""
    return Connector(
        type=settings.connector_type,
        id=tenant,
        version=settings.connector_version,
        mode=str(settings.mode),
    )


def tenant_external_id(tenant: str) -> str:
    """Return the external id of a tenant's fact sheet."""
    return f"sap-ci:{tenant}"


def iflow_external_id(tenant: str, iflow_id: str) -> str:
    """Return the external id of an iFlow's fact sheet; it does not depend on the month."""
    return f"sap-ci:{tenant}:{iflow_id}"


def idempotency_key(inventory: TenantInventory, *, test: bool) -> str:
    """Identify this content of this census run, so that it is sent only once.

    The key is part of the LeanIX run's description, by which the run is found again. A dry run has
    a different key.
    """
    content = hashlib.sha256(json.dumps(inventory.connector.fields()).encode())
    content.update(inventory.settings.model_dump_json().encode())
    for chunk in _encode_items(inventory):
        content.update(chunk)
    census = hashlib.sha256(inventory.run_id.encode()).hexdigest()[:8]
    return f"{census}-{content.hexdigest()[:16]}{'-test' if test else ''}"


def write_ldif(
    inventory: TenantInventory, file: BinaryIO, *, workspace_id: str, key: str, test: bool
) -> None:
    """Write the LDIF to a file, item by item.

    Non-ASCII characters are escaped, so that no encoding on the way can change them.

    Args:
        inventory: the content.
        file: written at its current position.
        workspace_id: the UUID of the workspace, which LeanIX compares with its own.
        key: the idempotency key, for the description.
        test: whether the LDIF is for a dry run.

    Raises:
        DataError: a value outside `content` is longer than LeanIX accepts.
    """
    values = {
        **inventory.connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace_id,
        "description": build_run_description(inventory, key, test=test),
    }
    custom_fields = {
        "tenantExternalId": tenant_external_id(inventory.tenant),
        "prefix": inventory.settings.prefix.format(tenant=inventory.tenant),
    }
    for name, value in (values | custom_fields).items():
        if len(value) > MAX_VALUE_LENGTH:
            raise DataError(
                f"LDIF of tenant {inventory.tenant}: {name} has {len(value)} characters, but "
                f"LeanIX accepts at most {MAX_VALUE_LENGTH}; shorten it in the settings"
            )
    header = json.dumps({**values, "customFields": custom_fields})
    file.write(header[:-1].encode() + b', "content": [\n')
    file.writelines(_encode_items(inventory))
    file.write(b"\n]}")


def build_run_description(inventory: TenantInventory, key: str, *, test: bool) -> str:
    """Describe a LeanIX run for its readers, with the idempotency key in brackets."""
    dry_run = " (dry run)" if test else ""
    return f"iFlows of {inventory.tenant}, {inventory.period}{dry_run} [{key}]"


def _encode_items(inventory: TenantInventory) -> Iterator[bytes]:
    separator = b""
    for item in _build_items(inventory):
        yield separator + json.dumps(item).encode()
        separator = b",\n"


def _build_items(inventory: TenantInventory) -> Iterator[Mapping[str, Any]]:
    yield {
        "id": tenant_external_id(inventory.tenant),
        "type": TENANT_ITEM,
        "data": {"name": f"SAP Cloud Integration {inventory.tenant}"},
    }
    for row in inventory.iflows:
        yield {
            "id": iflow_external_id(inventory.tenant, row.iflow_id),
            "type": IFLOW_ITEM,
            "data": build_iflow_data(row, inventory.period, inventory.settings),
        }


def build_iflow_data(row: IflowRow, period: Period, settings: LeanixSettings) -> Mapping[str, Any]:
    """Build the data of one iFlow; unknown values are omitted, so that LeanIX keeps its own."""
    name = row.iflow_name or row.iflow_id
    values: dict[str, str | None] = {
        "name": name,
        "iflowId": row.iflow_id,
        "description": _build_iflow_description(row, period),
        "package": row.package_name or row.package_id,
        "packageId": row.package_id,
        "vendor": row.package_vendor,
        "version": row.iflow_version or row.runtime_version,
        "editStatus": str(row.edit_status),
        "deployed": None if row.deployed is None else str(row.deployed).lower(),
        "runtimeStatus": row.runtime_status,
        "usage": str(row.usage),
        "messages": None if row.messages is None else str(row.messages),
        "period": str(period),
        "sender": row.sender,
        "receiver": row.receiver,
        "activeSince": _format_date(row.created_at) if row.deployed else None,
    }
    data: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
    link = _build_link(row, settings)
    data["links"] = [link] if link else []
    data["tags"] = [row.tenant] if settings.tag_group else []
    return data


def _build_iflow_description(row: IflowRow, period: Period) -> str:
    deployed = row.runtime_status or {True: "yes", False: "no", None: "unknown"}[row.deployed]
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
        ("Usage", f"{row.usage} in {period.label}"),
        ("Messages", None if row.messages is None else f"{row.messages} in {period.label}"),
    )
    return "\n".join(f"{label}: {value}" for label, value in lines if value)


def _format_date(moment: datetime | None) -> str | None:
    """Format a date as LeanIX's lifecycle fields require (SAP Help, "Inbound processors")."""
    return moment.date().isoformat() if moment else None


def _build_link(row: IflowRow, settings: LeanixSettings) -> str | None:
    if settings.link is None or row.package_id is None:
        return None
    return settings.link.format(
        tenant=quote(row.tenant, safe=""),
        package_id=quote(row.package_id, safe=""),
        iflow_id=quote(row.iflow_id, safe=""),
    )
