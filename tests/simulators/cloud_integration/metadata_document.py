"""Generate ``$metadata`` from the operation table.

Source of the format: SAP Hub EDMX: IntegrationContent and MessageProcessingLogs.
"""

from __future__ import annotations

import functools

from tests.simulators.cloud_integration.operations import (
    OPERATIONS,
    EntityType,
    Operation,
    entity_types,
)
from tests.simulators.cloud_integration.responses import NAMESPACE
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
        + "".join(_entity_type(entity_type) for entity_type in types.values())
        + "".join(_complex_type(name, parts) for name, parts in _COMPLEX.items())
        + '<EntityContainer Name="api" m:IsDefaultEntityContainer="true">'
        + "".join(_entity_set(entity_type) for entity_type in types.values())
        + "".join(_function(item) for item in functions)
        + "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
    return body.encode()


def _entity_type(entity_type: EntityType) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity_type.keys)
    properties = "".join(
        _property(name, edm, nullable=name not in entity_type.keys)
        for name, edm in _properties(entity_type)
    )
    links = "".join(
        f'<NavigationProperty Name="{link}" Relationship="{NAMESPACE}.{entity_type.name}_{link}" '
        f'FromRole="{entity_type.name}" ToRole="{link}"/>'
        for link in entity_type.links
    )
    stream = ' m:HasStream="true"' if _has_stream(entity_type) else ""
    return (
        f'<EntityType Name="{entity_type.name}"{stream}><Key>{keys}</Key>'
        f"{properties}{links}</EntityType>"
    )


def _properties(entity_type: EntityType) -> list[tuple[str, str]]:
    if entity_type.name != "MessageProcessingLog":
        return list(entity_type.properties.items())
    dates = ("LogStart", "LogEnd")
    plain = sorted(MESSAGE_SELECT - {"IntegrationArtifact"})
    return [(name, "Edm.DateTime" if name in dates else "Edm.String") for name in plain]


def _has_stream(entity_type: EntityType) -> bool:
    content = (f"{entity_type.set}()", "$value")
    return any(item.result == "media" and item.shape[-2:] == content for item in OPERATIONS)


def _property(name: str, edm: str, *, nullable: bool) -> str:
    type_name = f"{NAMESPACE}.{name}" if edm == "Edm.Complex" else edm
    return f'<Property Name="{name}" Type="{type_name}" Nullable="{str(nullable).lower()}"/>'


def _complex_type(name: str, parts: tuple[str, ...]) -> str:
    inner = "".join(
        _property(part, "Edm.DateTime" if part == "DeployedOn" else "Edm.String", nullable=True)
        for part in parts
    )
    return f'<ComplexType Name="{name}">{inner}</ComplexType>'


def _entity_set(entity_type: EntityType) -> str:
    return f'<EntitySet Name="{entity_type.set}" EntityType="{NAMESPACE}.{entity_type.name}"/>'


def _function(item: Operation) -> str:
    parameters = "".join(
        f'<Parameter Name="{parameter.name}" Type="{parameter.type}" '
        f'Nullable="{str(not parameter.required).lower()}"/>'
        for parameter in item.query
    )
    return f'<FunctionImport Name="{item.set}" m:HttpMethod="POST">{parameters}</FunctionImport>'
