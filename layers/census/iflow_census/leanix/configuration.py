"""The processor configuration of this project: what LeanIX makes of the LDIF's items.

Source of the shapes: swagger of the Integration API; SAP Help, "Inbound processors", "Auto deletion
with inbound processors". The names of types and relations are those of LeanIX's own meta model.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iflow_census.leanix.ldif import IFLOW, TENANT, tenant_connector
from iflow_census.leanix.settings import LeanixSettings, Mode

CONTENT_ID = "${content.id}"
ELEMENT = "${integration.valueOfForEach}"


def configuration(tenant: str, settings: LeanixSettings) -> Mapping[str, Any]:
    """The configuration for a tenant, as it is put into the workspace."""
    made: dict[str, Any] = {
        **tenant_connector(tenant, settings).fields(),
        # Two runs of one tenant at once would touch the same fact sheets.
        "sequentialExecution": True,
        "processors": list(_processors(settings)),
    }
    if settings.mode is Mode.FULL and settings.tag_group is not None:
        made["deletionScope"] = _deletion_scope(tenant, settings.tag_group, settings)
    return made


def _processors(settings: LeanixSettings) -> Iterator[Mapping[str, Any]]:
    yield {
        "processorType": "inboundFactSheet",
        "processorName": "Tenant",
        "processorDescription": "The SAP Cloud Integration tenant",
        "type": settings.tenant_type,
        "filter": {"exactType": TENANT},
        "identifier": _external(CONTENT_ID),
        "run": 0,
        "updates": [_update("name", "${data.name}")],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundFactSheet",
        "processorName": "iFlow",
        "processorDescription": "One fact sheet for each integration flow",
        "type": settings.fact_sheet_type,
        "filter": {"exactType": IFLOW},
        "identifier": _external(CONTENT_ID),
        "run": 0,
        "updates": [
            _update("name", "${header.customFields.prefix}${data.name}"),
            _update("description", "${data.description}"),
            _update("lifecycle.active", "${data.activeSince}", optional=True),
        ],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundRelation",
        "processorName": "iFlow to tenant",
        "processorDescription": "The tenant that an integration flow runs on",
        "type": settings.relation,
        "filter": {"exactType": IFLOW},
        "from": _external(CONTENT_ID),
        "to": _external("${header.customFields.tenantExternalId}"),
        "run": 1,
        "updates": [],
        "enabled": True,
        "logLevel": "warning",
    }
    yield {
        "processorType": "inboundDocument",
        "processorName": "Link to iFlow",
        "processorDescription": "The design-time page of an integration flow",
        "filter": {"exactType": IFLOW},
        "forEach": "${data.links}",
        "identifier": _external(CONTENT_ID),
        "run": 1,
        "updates": [
            # A document without a name makes the run fail (SAP Help, "Inbound document").
            _update("name", "SAP Cloud Integration: ${data.iflowId}"),
            _update("url", ELEMENT),
        ],
        "enabled": True,
        "logLevel": "warning",
    }
    if settings.tag_group is not None:
        yield {
            "processorType": "inboundTag",
            "processorName": "Tag of the tenant",
            "processorDescription": "Marks the fact sheets that the census of a tenant keeps",
            "filter": {"exactType": IFLOW},
            "forEach": "${data.tags}",
            "identifier": _external(CONTENT_ID),
            "run": 1,
            "updates": [_update("name", ELEMENT), _update("group.name", settings.tag_group)],
            "enabled": True,
            "logLevel": "warning",
        }


def _external(expression: str) -> Mapping[str, Any]:
    return {"external": {"id": {"expr": expression}, "type": {"expr": "externalId"}}}


def _update(key: str, expression: str, *, optional: bool = False) -> Mapping[str, Any]:
    update: dict[str, Any] = {"key": {"expr": key}, "values": [{"expr": expression}]}
    return update | {"optional": True} if optional else update


def _deletion_scope(tenant: str, group: str, settings: LeanixSettings) -> Mapping[str, Any]:
    """Fact sheets of our type that carry the tenant's tag; facet filters narrow each other."""
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


def difference(present: object, wanted: object, place: str = "") -> Sequence[str]:
    """What would change, a line each, where a stored configuration is replaced.

    What LeanIX added of its own, and what is stored beside our keys, is left out: it may hold
    credentials.

    Args:
        present: as the workspace has it; None where it has none.
        wanted: as it should be.
        place: of both, for the lines.
    """
    match present, wanted:
        case dict(), dict():
            return [
                line
                for key, value in wanted.items()
                for line in difference(present.get(key), value, f"{place}.{key}" if place else key)
            ]
        case list(), list() if len(present) == len(wanted):
            return [
                line
                for index, (old, new) in enumerate(zip(present, wanted, strict=True))
                for line in difference(old, new, f"{place}[{index}]")
            ]
        case list(), list():
            return [f"{place}: {len(present)} entries become {len(wanted)}"]
    if present == wanted or str(present).casefold() == str(wanted).casefold():
        return []
    return [f"{place}: {_shown(present)} becomes {_shown(wanted)}"]


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return f"{len(value)} entries"
    return "nothing" if value is None else repr(value)
