"""The processor configuration of this project: how LeanIX processes the items of the LDIF.

Source of the shapes: swagger of the Integration API; SAP Help, "Inbound processors", "Auto deletion
with inbound processors". Types and relations are named as in LeanIX's standard meta model.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iflow_census.leanix.ldif import IFLOW_ITEM, TENANT_ITEM, connector_for_tenant
from iflow_census.leanix.settings import LeanixSettings, Mode

CONTENT_ID = "${content.id}"
EACH_VALUE = "${integration.valueOfForEach}"


def build_configuration(tenant: str, settings: LeanixSettings) -> Mapping[str, Any]:
    """Build the configuration for a tenant, as the Integration API expects it."""
    configuration: dict[str, Any] = {
        **connector_for_tenant(tenant, settings).fields(),
        # Concurrent runs of one tenant would change the same fact sheets.
        "sequentialExecution": True,
        "processors": list(_build_processors(settings)),
    }
    if settings.mode is Mode.FULL and settings.tag_group is not None:
        configuration["deletionScope"] = _build_deletion_scope(tenant, settings.tag_group, settings)
    return configuration


def _build_processors(settings: LeanixSettings) -> Iterator[Mapping[str, Any]]:
    yield {
        "processorType": "inboundFactSheet",
        "processorName": "Tenant",
        "processorDescription": "The SAP Cloud Integration tenant",
        "type": settings.tenant_type,
        "filter": {"exactType": TENANT_ITEM},
        "identifier": _external_id(CONTENT_ID),
        "run": 0,
        "updates": [_field_update("name", "${data.name}")],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundFactSheet",
        "processorName": "iFlow",
        "processorDescription": "One fact sheet per integration flow",
        "type": settings.fact_sheet_type,
        "filter": {"exactType": IFLOW_ITEM},
        "identifier": _external_id(CONTENT_ID),
        "run": 0,
        "updates": [
            _field_update("name", "${header.customFields.prefix}${data.name}"),
            _field_update("description", "${data.description}"),
            _field_update("lifecycle.active", "${data.activeSince}", optional=True),
        ],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundRelation",
        "processorName": "iFlow to tenant",
        "processorDescription": "Relates an integration flow to its tenant",
        "type": settings.relation,
        "filter": {"exactType": IFLOW_ITEM},
        "from": _external_id(CONTENT_ID),
        "to": _external_id("${header.customFields.tenantExternalId}"),
        "run": 1,
        "updates": [],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundDocument",
        "processorName": "Link to iFlow",
        "processorDescription": "Links to the design-time page of an integration flow",
        "filter": {"exactType": IFLOW_ITEM},
        "forEach": "${data.links}",
        "identifier": _external_id(CONTENT_ID),
        "run": 1,
        "updates": [
            # A document without a name makes the run fail (SAP Help, "Inbound document").
            _field_update("name", "SAP Cloud Integration: ${data.iflowId}"),
            _field_update("url", EACH_VALUE),
        ],
        "enabled": True,
        "logLevel": "warning",
    }
    if settings.tag_group is not None:
        yield {
            "processorType": "inboundTag",
            "processorName": "Tag of the tenant",
            "processorDescription": "Tags a tenant's fact sheets; limits what full mode archives",
            "filter": {"exactType": IFLOW_ITEM},
            "forEach": "${data.tags}",
            "identifier": _external_id(CONTENT_ID),
            "run": 1,
            "updates": [
                _field_update("name", EACH_VALUE),
                _field_update("group.name", settings.tag_group),
            ],
            "enabled": True,
            "logLevel": "warning",
        }


def _external_id(expression: str) -> Mapping[str, Any]:
    return {"external": {"id": {"expr": expression}, "type": {"expr": "externalId"}}}


def _field_update(key: str, expression: str, *, optional: bool = False) -> Mapping[str, Any]:
    update: dict[str, Any] = {"key": {"expr": key}, "values": [{"expr": expression}]}
    return update | {"optional": True} if optional else update


def _build_deletion_scope(tenant: str, group: str, settings: LeanixSettings) -> Mapping[str, Any]:
    """Select fact sheets by type and by the tenant's tag; LeanIX combines filters with AND."""
    return {
        "factSheets": [
            {
                "scope": {
                    "ids": [],
                    "facetFilters": [
                        {
                            "facetKey": "FactSheetTypes",
                            "operator": "OR",
                            "keys": [settings.fact_sheet_type],
                        },
                        {
                            "facetKey": f"${{integration.tags.getTagGroupId('{group}')}}",
                            "operator": "OR",
                            "keys": [f"${{integration.tags.getTagId('{group}','{tenant}')}}"],
                        },
                    ],
                }
            }
        ],
        "maximumDeletionRatio": {"factSheets": settings.maximum_deletion_ratio},
    }


def find_differences(current: object, desired: object, path: str = "") -> Sequence[str]:
    """Describe what changes when a stored configuration is replaced.

    Keys that only the stored configuration has are ignored: LeanIX adds keys of its own, and they
    may contain credentials.

    Args:
        current: the configuration in the workspace, or None.
        desired: the configuration to store.
        path: where the two values are within the configuration.

    Returns:
        A line per difference.
    """
    match current, desired:
        case dict(), dict():
            return [
                line
                for key, value in desired.items()
                for line in find_differences(
                    current.get(key), value, f"{path}.{key}" if path else key
                )
            ]
        case list(), list() if len(current) == len(desired):
            return [
                line
                for index, (old, new) in enumerate(zip(current, desired, strict=True))
                for line in find_differences(old, new, f"{path}[{index}]")
            ]
        case list(), list():
            return [f"{path}: {len(current)} entries change to {len(desired)}"]
    if current == desired or str(current).casefold() == str(desired).casefold():
        return []
    return [f"{path}: {_format_value(current)} changes to {_format_value(desired)}"]


def _format_value(value: object) -> str:
    if isinstance(value, dict | list):
        return f"{len(value)} entries"
    return "(missing)" if value is None else repr(value)
