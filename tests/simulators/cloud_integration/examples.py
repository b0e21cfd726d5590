"""A successful example request for every operation.

``example_landscape`` is the tenant and ``example_of`` the request. Keys and values contain quotes,
spaces, slashes and umlauts where SAP allows them.

Example::

    with SimulatedTenant(example_landscape(), roles=ALL_ROLES, clock=lambda: EXAMPLE_NOW) as tenant:
        for operation in OPERATIONS:
            tenant.restore()
            example = example_of(operation)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.simulators.cloud_integration.deployments import FINISHED_TASK
from tests.simulators.cloud_integration.example_bodies import BODIES, PARAMETERS
from tests.simulators.cloud_integration.generic import target_set
from tests.simulators.cloud_integration.key_predicates import write_literal, write_path
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EntryPoint,
    Landscape,
    LogArtifact,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
    to_ms,
)
from tests.simulators.cloud_integration.operations import Operation
from tests.simulators.cloud_integration.operations_api import seeded_content
from tests.simulators.cloud_integration.seeds_stores import DAY, hexadecimal

EXAMPLE_NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
PACKAGE = "Orders/Nord's ä"
IFLOW = "Send_Orders"
GUID = "AGo1YYq9SRemeZqvs3q2SSi-sRdy"
_STORED = f"sap-it-res:msg:ae15c0dda:{GUID}.m0"
_KEYS: Mapping[str, tuple[Any, ...]] = {
    "IntegrationPackages": (PACKAGE,),
    "IntegrationDesigntimeArtifacts": (IFLOW, "active"),
    "IntegrationRuntimeArtifacts": ("Broken_Flow",),
    "BuildAndDeployStatus": (FINISHED_TASK,),
    "MessageProcessingLogs": (GUID,),
    "MessageProcessingLogAttachments": (f"sap-it-res:msg:ae15c0dda:{GUID}.a1",),
    "MessageStoreEntries": (_STORED,),
    "MessageStoreEntryProperties": (_STORED, "it's a name/1"),
    "MessageStoreEntryAttachments": (f"{_STORED}.b0",),
    "MessageStoreEntryAttachmentProperties": (f"{_STORED}.b0", "it's a name/1"),
    "IdMapFromIds": ("KEY'1",),
    "IdMapToIds": ("TO/KEY 1",),
    "ArchivingConfigurations": ("example",),
    "B2BArchivingConfigurations": ("example",),
    "Partners": ("O'Neill Ltd",),
    "Keystores": ("system",),
    "KeystoreResources": ("system",),
    "CertificateResources": (hexadecimal("partner ü"),),
    "CertificateChainResources": (hexadecimal("it's ours/prod"),),
}
"""The keys of sets that have no table, or whose first row is not suitable."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request; ``path`` and ``query`` are encoded."""

    keys: Mapping[str, Any]
    """By placeholder in the path of the operation; Int64 is int."""
    parameters: Mapping[str, Any]
    """By name of the query option: text, or bool for Edm.Boolean."""
    body: Mapping[str, Any] | bytes | None
    path: str
    query: str


def example_landscape() -> Landscape:
    """Return a small tenant: three packages, three iFlows, two deployments, two messages."""
    created = to_ms(EXAMPLE_NOW) - 100 * DAY
    started = to_ms(EXAMPLE_NOW) - DAY
    artifact = LogArtifact(IFLOW, "Send orders", PACKAGE, "Orders")
    return Landscape(
        "example",
        packages=(
            Package("Standard", "Standard", vendor="SAP", version="1.0.0", mode="READ_ONLY"),
            Package("Drafts", "Drafts"),
            Package(
                PACKAGE, "Orders", short_text="Orders", created_at=created, modified_at=created
            ),
        ),
        iflows=(
            DesigntimeIflow("Standard_Flow", "Standard", "Standard flow", "1.0.0"),
            DesigntimeIflow("Draft_Flow", "Drafts", "Draft flow", "Active"),
            DesigntimeIflow(
                IFLOW, PACKAGE, "Send orders", "1.0.3", "", created, "anna", created, "anna"
            ),
        ),
        runtime_artifacts=(
            RuntimeArtifact(IFLOW, "Send orders", "1.0.3", deployed_on=created),
            RuntimeArtifact(
                "Broken_Flow",
                "Broken",
                "1.0.0",
                status="ERROR",
                deployed_on=created,
                error='{"message":{"messageId":"GenerationFailed","messageText":""},'
                '"parameter":["no host"]}',
            ),
        ),
        endpoints=(
            ServiceEndpoint(
                f"{IFLOW}$endpointAddress=/orders/in",
                IFLOW,
                "REST",
                last_updated=created,
                entry_points=(EntryPoint(IFLOW, "https://127.0.0.1/http/orders/in"),),
            ),
        ),
        messages=(
            MessageLog(GUID, artifact, "FAILED", started, started + 900),
            MessageLog(
                "AGo2YYq9SRemeZqvs3q2SSi-sRdy", artifact, "COMPLETED", started, started + 20
            ),
        ),
    )


@functools.cache
def _content() -> Any:
    return seeded_content(example_landscape(), to_ms(EXAMPLE_NOW))


def example_of(operation: Operation) -> Example:
    """Return the example of an operation; raises ``LookupError`` if there is none."""
    keys = dict(zip((key.name for key in operation.keys), _key_values(operation), strict=True))
    parameters = dict(PARAMETERS.get(operation.name, {}))
    missing = {item.name for item in operation.query if item.required} - set(parameters)
    if missing or (operation.body and operation.name not in BODIES):
        raise LookupError(f"{operation.name}: {missing or 'no body'}")
    query = {item.name: item for item in operation.query}
    encoded = {}
    for name, value in parameters.items():
        text = str(value).lower() if isinstance(value, bool) else quote(str(value), safe="")
        encoded[name] = write_literal(value) if query[name].literal else text
    return Example(
        keys,
        parameters,
        BODIES.get(operation.name),
        write_path(operation, keys),
        "&".join(f"{name}={value}" for name, value in encoded.items()),
    )


def _key_values(operation: Operation) -> list[Any]:
    """Return the keys of the first suitable entities, in the order of the path."""
    if not operation.keys:
        return []
    content = _content()
    values: list[Any] = []
    parent: Any = None
    name = ""
    for part in (part for part in operation.shape if part[0] != "$"):
        name = target_set(name, part.removesuffix("()")) if name else part.removesuffix("()")
        if not part.endswith("()"):
            continue
        if name in _KEYS:
            key = list(_KEYS[name])
        else:
            rows = [row for row in content.rows(name) if parent in (None, row.get("@parent"))]
            # Artifacts refer to their package only by PackageId.
            key = list(content.key_of(name, (rows or content.rows(name))[0]))
        has_version = name.endswith("DesigntimeArtifacts")
        parent = (name, tuple(key[:1]) if has_version else tuple(key))
        values += key
    return values[: len(operation.keys)]
