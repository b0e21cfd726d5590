"""``$metadata`` of the whole API, written from the operation table.

Source of the form: SAP Hub EDMX: IntegrationContent and MessageProcessingLogs.
"""

from __future__ import annotations

import functools

from tests.simulators.cloud_integration.answers import NAMESPACE
from tests.simulators.cloud_integration.operations import (
    OPERATIONS,
    EntityType,
    Operation,
    entity_types,
)
from tests.simulators.cloud_integration.set_options import MESSAGE_SELECT

_METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_COMPLEX = {
    "Value": ("SrcValue", "TgtValue"),
    "SecurityArtifactDescriptor": ("Type", "DeployedBy", "DeployedOn", "Status"),
}


@functools.cache
def metadata_document() -> bytes:
    """Return the EDMX."""
    types = entity_types()
    functions = [item for item in OPERATIONS if item.is_function]
    body = (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" '
        'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices '
        f'xmlns:m="{_METADATA}" m:DataServiceVersion="2.0"><Schema Namespace="{NAMESPACE}" '
        'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        + "".join(_entity_type(kind) for kind in types.values())
        + "".join(_complex_type(name, parts) for name, parts in _COMPLEX.items())
        + '<EntityContainer Name="api" m:IsDefaultEntityContainer="true">'
        + "".join(_entity_set(kind) for kind in types.values())
        + "".join(_function(item) for item in functions)
        + "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
    return body.encode()


def _entity_type(kind: EntityType) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in kind.keys)
    properties = "".join(
        _property(name, edm, nullable=name not in kind.keys) for name, edm in _properties(kind)
    )
    links = "".join(
        f'<NavigationProperty Name="{link}" Relationship="{NAMESPACE}.{kind.name}_{link}" '
        f'FromRole="{kind.name}" ToRole="{link}"/>'
        for link in kind.links
    )
    stream = ' m:HasStream="true"' if _has_stream(kind) else ""
    return (
        f'<EntityType Name="{kind.name}"{stream}><Key>{keys}</Key>{properties}{links}</EntityType>'
    )


def _properties(kind: EntityType) -> list[tuple[str, str]]:
    if kind.name != "MessageProcessingLog":
        return list(kind.properties.items())
    moments = ("LogStart", "LogEnd")
    plain = sorted(MESSAGE_SELECT - {"IntegrationArtifact"})
    return [(name, "Edm.DateTime" if name in moments else "Edm.String") for name in plain]


def _has_stream(kind: EntityType) -> bool:
    content = (f"{kind.set}()", "$value")
    return any(item.answer == "media" and item.shape[-2:] == content for item in OPERATIONS)


def _property(name: str, edm: str, *, nullable: bool) -> str:
    written = f"{NAMESPACE}.{name}" if edm == "Edm.Complex" else edm
    return f'<Property Name="{name}" Type="{written}" Nullable="{str(nullable).lower()}"/>'


def _complex_type(name: str, parts: tuple[str, ...]) -> str:
    inner = "".join(
        _property(part, "Edm.DateTime" if part == "DeployedOn" else "Edm.String", nullable=True)
        for part in parts
    )
    return f'<ComplexType Name="{name}">{inner}</ComplexType>'


def _entity_set(kind: EntityType) -> str:
    return f'<EntitySet Name="{kind.set}" EntityType="{NAMESPACE}.{kind.name}"/>'


def _function(item: Operation) -> str:
    parameters = "".join(
        f'<Parameter Name="{each.name}" Type="{each.type}" '
        f'Nullable="{str(not each.required).lower()}"/>'
        for each in item.query
    )
    return f'<FunctionImport Name="{item.set}" m:HttpMethod="POST">{parameters}</FunctionImport>'
