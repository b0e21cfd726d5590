"""The inventory of a tenant as an LDIF (LeanIX Data Interchange Format).

Source: SAP Help, "LDIF"; swagger of the Integration API. Values outside `content` are limited to
500 characters; each item in `content` has an `id`, a `type` and `data`, a map of strings and lists.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from iflow_census.leanix.iflow_data import build_iflow_data
from iflow_census.leanix.names import FactSheetName, choose_names
from iflow_census.leanix.past import Past
from iflow_census.leanix.settings import EndOfLife, LeanixSettings
from iflow_census.leanix.workspace import Connector
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.period import Period
from iflow_census.scan.results import IflowRow
from iflow_census.scan.systems import SystemRules

IFLOW_ITEM = "IntegrationFlow"
TENANT_ITEM = "IntegrationTenant"
REMOVED_ITEM = "RemovedIntegrationFlow"
LX_VERSION = "1.0.0"


@dataclass(frozen=True)
class TenantInventory:
    """The inventory of one tenant.

    Attributes:
        run_id: the census's run id; the same for each retry.
        web_url: the root of the tenant's web UI.
        connections: the channels of the iFlows whose models were read, by tenant and iFlow.
    """

    tenant: str
    period: Period
    run_id: str
    iflows: Sequence[IflowRow]
    settings: LeanixSettings
    past: Past = field(default_factory=Past)
    systems: SystemRules = field(default_factory=SystemRules)
    web_url: str | None = None
    connections: Mapping[tuple[str, str], Sequence[Connection]] = field(default_factory=dict)

    @property
    def connector(self) -> Connector:
        """The keys of the tenant's processor configuration."""
        return connector_for_tenant(self.tenant, self.settings)

    @cached_property
    def names(self) -> Mapping[str, FactSheetName]:
        """The names of the fact sheets, by iFlow id."""
        return choose_names(self.iflows, self.settings.prefix.format(tenant=self.tenant))

    @property
    def notes(self) -> Sequence[str]:
        """What people should know about the inventory: names that had to be changed, bad lines."""
        renamed = [
            f"iFlow {iflow_id} is sent as '{name.name}', because another iFlow of the tenant is "
            f"named '{name.original}', too"
            for iflow_id, name in self.names.items()
            if name.original is not None
        ]
        return [*self.systems.problems, *renamed]


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

    Non-ASCII characters are escaped, so that no encoding on the way can change them. LeanIX
    compares the workspace id with its own. `key` is the idempotency key, for the description.
    """
    values = {
        **inventory.connector.fields(),
        "lxVersion": LX_VERSION,
        "lxWorkspace": workspace_id,
        "description": build_run_description(inventory, key, test=test),
    }
    custom_fields = {
        "tenantExternalId": tenant_external_id(inventory.tenant),
        "periodStart": f"{inventory.period.window.start:%Y-%m-%dT%H:%M:%SZ}",
    }
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
    external_id = tenant_external_id(inventory.tenant)
    name = f"SAP Cloud Integration {inventory.tenant}"
    yield {
        "id": external_id,
        "type": TENANT_ITEM,
        "data": {"name": name, "alternativeNames": [f"{name} ({external_id})"]},
    }
    for row in inventory.iflows:
        yield {
            "id": iflow_external_id(inventory.tenant, row.iflow_id),
            "type": IFLOW_ITEM,
            "data": build_iflow_data(
                row,
                inventory.period,
                inventory.settings,
                inventory.names[row.iflow_id],
                unused_months=inventory.past.unused_months.get(row.iflow_id),
                systems=inventory.systems,
                web_url=inventory.web_url,
                connections=inventory.connections.get((row.tenant, row.iflow_id), ()),
            ),
        }
    if inventory.settings.end_of_life is not EndOfLife.KEEP:
        for removed in inventory.past.removed:
            yield {
                "id": iflow_external_id(inventory.tenant, removed.iflow_id),
                "type": REMOVED_ITEM,
                "data": {"removedOn": removed.removed_on},
            }
