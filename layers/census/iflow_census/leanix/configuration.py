"""The processor configuration of this project: how LeanIX processes the items of the LDIF.

Source of the shapes: swagger of the Integration API; SAP Help, "Inbound processors", "Auto deletion
with inbound processors". Types and relations are named as in LeanIX's standard meta model.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iflow_census.leanix.ldif import (
    IFLOW_ITEM,
    REMOVED_ITEM,
    TENANT_ITEM,
    connector_for_tenant,
)
from iflow_census.leanix.settings import EndOfLife, LeanixSettings, Mode, Policy

CONTENT_ID = "${content.id}"
EACH_VALUE = "${integration.valueOfForEach}"


NAME = "${data.name}"
ALTERNATIVE_NAMES = tuple(f"${{data.alternativeNames[{index}]}}" for index in range(3))
"""LeanIX skips a name that another fact sheet has (SAP Help, "Best Name for Fact Sheet")."""

EXISTS = "${lx.factsheet.name != null}"
"""True if the fact sheet exists, in a processor that reads its name."""


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
    if settings.name is not Policy.NEVER:
        yield _processor(
            "inboundFactSheet",
            "Tenant",
            "The SAP Cloud Integration tenant",
            type=settings.tenant_type,
            filter={"exactType": TENANT_ITEM},
            identifier=_external_id(CONTENT_ID),
            updates=[_name_update(settings.name)],
            read={"fields": ["name"]},
        )
    yield _iflow_processor(settings)
    if settings.end_of_life is not EndOfLife.KEEP:
        yield _removal_processor(settings)
    yield _relation_to_tenant(settings)
    yield from _application_processors(settings)
    if settings.name is not Policy.NEVER:
        yield _processor(
            "inboundDocument",
            "Link to iFlow",
            "Links to the design-time page of an integration flow",
            run=1,
            forEach="${data.links}",
            identifier=_external_id(CONTENT_ID),
            updates=[
                # A document without a name makes the run fail (SAP Help, "Inbound document").
                _field_update("name", "SAP Cloud Integration: ${data.iflowId}"),
                _field_update("url", EACH_VALUE),
            ],
        )
    yield from _tag_processors(settings)
    if settings.metric is not None:
        yield _metric_processor(settings.metric)


def _processor(kind: str, name: str, description: str, **keys: Any) -> Mapping[str, Any]:
    return {
        "processorType": kind,
        "processorName": name,
        "processorDescription": description,
        "filter": {"exactType": IFLOW_ITEM},
        "run": 0,
        **keys,
        "enabled": True,
        "logLevel": "warning",
    }


def _iflow_processor(settings: LeanixSettings) -> Mapping[str, Any]:
    creates = settings.name is not Policy.NEVER
    updates = [_name_update(settings.name)] if creates else []
    match settings.description:
        case Policy.CREATE:
            updates.append(_creation_update("description", "data.description"))
        case Policy.ALWAYS:
            updates.append(_field_update("description", "${data.description}", optional=True))
    updates += [
        _field_update(field, f"${{data.{key}}}", optional=True)
        for key, field in settings.fields.items()
    ]
    filters = {"exactType": IFLOW_ITEM}
    if not creates:
        filters["onRead"] = EXISTS
    else:
        updates.append(_creation_update("lifecycle.active", "data.activeSince"))
    return _processor(
        "inboundFactSheet",
        "iFlow",
        "One fact sheet per integration flow",
        type=settings.fact_sheet_type,
        filter=filters,
        identifier=_external_id(CONTENT_ID),
        updates=updates,
        read={"fields": ["name"]},
    )


def _removal_processor(settings: LeanixSettings) -> Mapping[str, Any]:
    """Set the date once, so that one that people correct stays."""
    phase = f"lifecycle.{settings.end_of_life}"
    date = f"${{lx.factsheet.{phase} == null ? data.removedOn : null}}"
    return _processor(
        "inboundFactSheet",
        "Removed iFlow",
        "Ends the lifecycle of an integration flow that is gone",
        type=settings.fact_sheet_type,
        filter={"exactType": REMOVED_ITEM, "onRead": EXISTS},
        identifier=_external_id(CONTENT_ID),
        updates=[_field_update(phase, date, optional=True)],
        read={"fields": ["name", "lifecycle"]},
    )


def _relation_to_tenant(settings: LeanixSettings) -> Mapping[str, Any]:
    keys = {"optional": True} if settings.name is Policy.NEVER else {}
    return _processor(
        "inboundRelation",
        "iFlow to tenant",
        "Relates an integration flow to its tenant",
        type=settings.relation,
        run=1,
        updates=[],
        **{"from": _external_id(CONTENT_ID)},
        to=_external_id("${header.customFields.tenantExternalId}"),
        **keys,
    )


def _application_processors(settings: LeanixSettings) -> Iterator[Mapping[str, Any]]:
    """Relate to applications that exist: a missing one is only noted in LeanIX's log."""
    removes = "Removes the relations of former lines of systems.csv"
    relates = "Relates an integration flow to the applications of systems.csv"
    provider, consumer = settings.provider_relation, settings.consumer_relation
    delete = {"mode": "delete"}
    for name, description, relation, ids, keys in (
        ("Former providers", removes, provider, "${data.formerProviders}", delete),
        ("Former consumers", removes, consumer, "${data.formerConsumers}", delete),
        ("Provider applications", relates, provider, "${data.providers}", {}),
        ("Consumer applications", relates, consumer, "${data.consumers}", {}),
    ):
        if relation is not None:
            yield _processor(
                "inboundRelation",
                name,
                description,
                type=relation,
                run=1,
                forEach=ids,
                updates=[],
                **{"from": _external_id(CONTENT_ID)},
                to=_external_id(EACH_VALUE),
                optional=True,
                **keys,
            )


def _tag_processors(settings: LeanixSettings) -> Iterator[Mapping[str, Any]]:
    if settings.tag_group is not None:
        yield _tag_processor(
            "Tag of the tenant",
            "Tags a tenant's fact sheets; limits what full mode archives",
            "${data.tags}",
            settings.tag_group,
        )
    if settings.status_tag_group is not None:
        yield _tag_processor(
            "Status tags",
            "Tags an integration flow with its usage, edits and deployment",
            "${data.statusTags}",
            settings.status_tag_group,
        )
        yield _tag_processor(
            "Former status tags",
            "Removes tags that do not apply anymore from an integration flow",
            "${data.formerStatusTags}",
            settings.status_tag_group,
            mode="delete",
        )


def _tag_processor(
    name: str, description: str, tags: str, group: str, **keys: str
) -> Mapping[str, Any]:
    return _processor(
        "inboundTag",
        name,
        description,
        run=1,
        forEach=tags,
        identifier=_external_id(CONTENT_ID),
        updates=[_field_update("name", EACH_VALUE), _field_update("group.name", group)],
        **keys,
    )


def _metric_processor(metric: str) -> Mapping[str, Any]:
    """One point per iFlow (SAP Help, "Inbound Metrics")."""
    values = {
        "measurement": metric,
        "time": "${header.customFields.periodStart}",
        "fieldKey": "messages",
        "fieldValueNumber": "${data.messages}",
        "tagKey": "externalId",
        "tagValue": CONTENT_ID,
    }
    return _processor(
        "inboundMetrics",
        "Messages",
        "The number of messages of an integration flow in the period",
        filter={"exactType": IFLOW_ITEM, "advanced": "${data.messages != null}"},
        run=1,
        updates=[_field_update(key, value) for key, value in values.items()],
    )


def _external_id(expression: str) -> Mapping[str, Any]:
    return {"external": {"id": {"expr": expression}, "type": {"expr": "externalId"}}}


def _name_update(policy: Policy) -> Mapping[str, Any]:
    # The name of a fact sheet that exists comes first, so it stays.
    present = ["${lx.factsheet.name}"] if policy is Policy.CREATE else []
    return _field_update("name", *present, NAME, *ALTERNATIVE_NAMES)


def _creation_update(key: str, value: str) -> Mapping[str, Any]:
    return _field_update(key, f"${{lx.factsheet.name == null ? {value} : null}}", optional=True)


def _field_update(key: str, *expressions: str, optional: bool = False) -> Mapping[str, Any]:
    values = [{"expr": expression} for expression in expressions]
    update: dict[str, Any] = {"key": {"expr": key}, "values": values}
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
    """Describe what changes when a stored configuration is replaced, a line per difference.

    Keys that only the stored configuration has are ignored: LeanIX adds keys of its own, and they
    may contain credentials. `path` is where the two values are within the configuration.
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
