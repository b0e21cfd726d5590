"""Executes a run: each processor, in the order of ``run``, for each item that its filter accepts.

Source: SAP Help, "Inbound processors", "Inbound document", "Inbound tag", "Auto deletion with
inbound processors", "Best Name for Fact Sheet", "Inbound Metrics". An invalid item, such as one
whose names are all in use, is skipped with a warning, and the run continues.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.leanix.expressions import ExpressionError, evaluate
from tests.simulators.leanix.inventory import Document, FactSheet, Inventory, Relation

DEFAULT_DELETION_RATIO = 50
UNLIMITED_DELETION_RATIO = 101
"""With this ratio, a run may delete everything in the scope."""


class _ItemSkipped(Exception):
    """The processor skips this item; the message is the warning."""


class RunFailed(Exception):
    """The run fails."""


@dataclass(slots=True)
class Tally:
    """The counts of one processor."""

    index: int
    name: str
    processed: int = 0
    errors: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Processing:
    """The execution of one run, which changes the inventory."""

    inventory: Inventory
    configuration: Mapping[str, Any]
    ldif: Mapping[str, Any]
    tallies: list[Tally] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, Any] | None = None
    _processed_ids: set[str] = field(default_factory=set)
    _owners: dict[str, dict[str, FactSheet]] = field(default_factory=dict)

    def execute(self) -> None:
        """Execute all processors and the deletion. Raises `RunFailed`."""
        processors = list(enumerate(self.configuration.get("processors", [])))
        self.tallies = [
            Tally(index, processor.get("processorName", "")) for index, processor in processors
        ]
        for index, processor in sorted(processors, key=lambda pair: pair[1].get("run", 0)):
            if processor.get("enabled", True):
                self._process(processor, self.tallies[index])
        if self.configuration.get("processingMode") == "full":
            for scope in self.configuration.get("deletionScope", {}).get("factSheets", []):
                self._archive_missing(scope)

    def _process(self, processor: Mapping[str, Any], tally: Tally) -> None:
        steps: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Tally], None]] = {
            "inboundFactSheet": self._process_fact_sheet,
            "inboundRelation": self._process_relation,
            "inboundDocument": self._process_document,
            "inboundTag": self._process_tag,
            "inboundMetrics": self._process_metric,
            "writeToLdif": self._write_ldif,
        }
        if processor["processorType"] == "outboundFactSheet":
            self._write_ldif(processor, {}, tally)
            return
        step = steps[processor["processorType"]]
        for item in self.ldif.get("content", []):
            if not _accepts(processor.get("filter", {}), item):
                continue
            tally.processed += 1
            for scope in self._scopes(processor, item):
                try:
                    self._read(processor, scope)
                    if self._is_selected(processor, scope):
                        step(processor, scope, tally)
                except (_ItemSkipped, ExpressionError) as reason:
                    tally.errors += 1
                    self._warn(processor, item["id"], str(reason), "ERROR", tally.index)

    def _scopes(
        self, processor: Mapping[str, Any], item: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        scope = {
            "header": {key: value for key, value in self.ldif.items() if key != "content"},
            "content": item,
            "data": item["data"],
            "integration": {},
        }
        if "forEach" not in processor:
            yield scope
            return
        elements = self._evaluate(processor["forEach"], scope)
        for index, element in enumerate(elements if isinstance(elements, list) else []):
            yield scope | {"integration": {"valueOfForEach": element, "indexOfForEach": index}}

    def _evaluate(self, text: str, scope: Mapping[str, Any]) -> Any:
        groups = self.inventory.tag_groups
        functions: dict[str, Callable[..., Any]] = {
            "integration.tags.getTagGroupId": lambda group: (
                f"group:{group}" if group in groups else None
            ),
            "integration.tags.getTagId": lambda group, tag: (
                f"tag:{group}:{tag}" if tag in groups.get(group, ()) else None
            ),
        }
        return evaluate(text, scope, functions)

    def _read(self, processor: Mapping[str, Any], scope: dict[str, Any]) -> None:
        """Provide the fields of the present fact sheet that the processor reads, as ``lx``."""
        if "read" not in processor:
            return
        fact_sheet = self.inventory.find(self._external_id(processor["identifier"], scope))
        values: dict[str, Any] = {}
        for name, value in fact_sheet.fields.items() if fact_sheet else ():
            field_name, _, part = name.partition(".")
            if field_name in processor["read"].get("fields", []):
                if part:
                    values.setdefault(field_name, {})[part] = value
                else:
                    values[field_name] = value
        scope["lx"] = {"factsheet": values if fact_sheet else None}

    def _is_selected(self, processor: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
        filters = processor.get("filter", {})
        return all(
            self._evaluate(filters[name], scope) is True
            for name in ("advanced", "onRead")
            if name in filters
        )

    def _external_id(self, template: Mapping[str, Any], scope: Mapping[str, Any]) -> str:
        external = template.get("external")
        if external is None:
            raise _ItemSkipped("Only external identifiers are simulated")
        expression = external["id"]
        external_id = self._evaluate(
            expression["expr"] if isinstance(expression, dict) else expression, scope
        )
        if not external_id:
            raise _ItemSkipped("The identifier is empty")
        return str(external_id)

    def _find_fact_sheet(self, template: Mapping[str, Any], scope: Mapping[str, Any]) -> FactSheet:
        external_id = self._external_id(template, scope)
        if fact_sheet := self.inventory.find(external_id):
            return fact_sheet
        raise _ItemSkipped(f"No fact sheet with the external id {external_id}")

    def _evaluate_updates(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], item_id: str
    ) -> dict[str, Any]:
        updates: dict[str, Any] = {}
        for update in processor.get("updates", []):
            key = str(self._evaluate(update["key"]["expr"], scope))
            values = [self._evaluate(value["expr"], scope) for value in update["values"]]
            values = [value for value in values if value not in (None, "")]
            if key == "name" and processor["processorType"] == "inboundFactSheet":
                values = self._free_names(processor, scope, values)
            if values:
                updates[key] = values[0]
            elif not update.get("optional", False):
                self._warn(processor, item_id, f"No value for {key}", "WARNING", -1)
        return updates

    def _free_names(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], names: list[Any]
    ) -> list[Any]:
        """Return the candidates that no other fact sheet of the type has."""
        own = self.inventory.find(self._external_id(processor["identifier"], scope))
        owners = self._owners_of_names(self._evaluate(processor["type"], scope))
        free = [name for name in names if owners.get(str(name), own) is own]
        if names and not free:
            raise _ItemSkipped(f"The name {names[0]} is not unique")
        return free

    def _owners_of_names(self, fact_sheet_type: str) -> dict[str, FactSheet]:
        if fact_sheet_type not in self._owners:
            sheets = self.inventory.active(fact_sheet_type)
            self._owners[fact_sheet_type] = {sheet.full_name: sheet for sheet in sheets}
        return self._owners[fact_sheet_type]

    def _process_fact_sheet(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], tally: Tally
    ) -> None:
        external_id = self._external_id(processor["identifier"], scope)
        updates = self._evaluate_updates(processor, scope, scope["content"]["id"])
        fact_sheet = self.inventory.find(external_id)
        if fact_sheet is None:
            if "name" not in updates:
                raise _ItemSkipped("A fact sheet cannot be created without a name")
            fact_sheet_type = str(self._evaluate(processor["type"], scope))
            fact_sheet = self.inventory.add(fact_sheet_type, external_id, **updates)
            self._owners_of_names(fact_sheet_type)[fact_sheet.full_name] = fact_sheet
            tally.created += 1
        elif fact_sheet.fields | updates != fact_sheet.fields:
            owners = self._owners_of_names(fact_sheet.type)
            owners.pop(fact_sheet.full_name, None)
            fact_sheet.fields |= updates
            owners[fact_sheet.full_name] = fact_sheet
            tally.updated += 1
        else:
            tally.unchanged += 1
        self._processed_ids.add(fact_sheet.id)

    def _process_relation(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally
    ) -> None:
        try:
            source = self._find_fact_sheet(processor["from"], scope)
            target = self._find_fact_sheet(processor["to"], scope)
        except _ItemSkipped:
            if processor.get("optional", False):
                return
            raise
        relations = self.inventory.relations
        change = relations.discard if processor.get("mode") == "delete" else relations.add
        change(Relation(processor["type"], source.id, target.id))

    def _process_document(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally
    ) -> None:
        if not any(update["key"]["expr"] == "name" for update in processor.get("updates", [])):
            raise RunFailed("The updates section must contain the key name")
        owner = self._find_fact_sheet(processor["identifier"], scope)
        updates = self._evaluate_updates(processor, scope, scope["content"]["id"])
        name = str(updates.pop("name", ""))
        documents = self.inventory.documents
        documents.setdefault((owner.id, name), Document(owner.id, name)).fields |= updates

    def _process_tag(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally
    ) -> None:
        owner = self._find_fact_sheet(processor["identifier"], scope)
        updates = self._evaluate_updates(processor, scope, scope["content"]["id"])
        group, tag = str(updates.get("group.name", "Other tags")), str(updates["name"])
        if group not in self.inventory.tag_groups:
            raise _ItemSkipped(f"No tag group {group}")
        if processor.get("mode") == "delete":
            owner.tags.discard((group, tag))
        else:
            self.inventory.tag_groups[group].add(tag)
            owner.tags.add((group, tag))

    def _process_metric(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally
    ) -> None:
        point = self._evaluate_updates(processor, scope, scope["content"]["id"])
        required = ("measurement", "time", "fieldKey", "fieldValueNumber", "tagKey", "tagValue")
        if not point.keys() >= set(required):
            raise _ItemSkipped("The metric is not complete")
        self.inventory.points.append(point)

    def _write_ldif(self, processor: Mapping[str, Any], _: Mapping[str, Any], tally: Tally) -> None:
        """Export all fact sheets; outbound results have the direction INBOUND, as documented."""
        items = [
            {"type": fact_sheet.type, "id": fact_sheet.id, "data": dict(fact_sheet.fields)}
            for fact_sheet in self.inventory.active()
        ]
        if processor["processorType"] == "outboundFactSheet":
            tally.processed = len(items)
        self.results = {
            "connectorType": self.ldif["connectorType"],
            "connectorId": self.ldif["connectorId"],
            "connectorVersion": self.ldif["connectorVersion"],
            "processingDirection": "INBOUND",
            "processingMode": "PARTIAL",
            "lxWorkspace": None,
            "lxVersion": "1.0.0",
            "description": "The resulting LDIF of the run",
            "content": items,
            "chunkInformation": {
                "firstDataObject": 0,
                "lastDataObject": len(items) - 1,
                "maxDataObject": len(items) - 1,
            },
        }

    def _archive_missing(self, definition: Mapping[str, Any]) -> None:
        """Archive what is in scope and was not processed, unless it exceeds the ratio."""
        scope = {"header": {key: value for key, value in self.ldif.items() if key != "content"}}
        in_scope = self.inventory.active()
        for facet in definition["scope"].get("facetFilters", []):
            name = self._evaluate(facet["facetKey"], scope)
            keys = {self._evaluate(key, scope) for key in facet["keys"]}
            in_scope = [sheet for sheet in in_scope if _has_facet(sheet, name, keys)]
        missing = [sheet for sheet in in_scope if sheet.id not in self._processed_ids]
        ratio = self.configuration["deletionScope"].get("maximumDeletionRatio", {})
        limit = ratio.get("factSheets", DEFAULT_DELETION_RATIO)
        if limit < UNLIMITED_DELETION_RATIO and len(missing) * 100 > limit * len(in_scope):
            self.warnings.append(
                {
                    "processor": {"name": "", "index": -1},
                    "message": f"{len(missing)} of {len(in_scope)} would be deleted: canceled",
                    "category": "fullSyncDeletion",
                    "status": "WARNING",
                }
            )
            return
        for fact_sheet in missing:
            fact_sheet.archived = True
            self.deleted.append({"id": fact_sheet.id, "type": fact_sheet.type})

    def _warn(
        self, processor: Mapping[str, Any], item_id: str, message: str, status: str, index: int
    ) -> None:
        self.warnings.append(
            {
                "processor": {"name": processor.get("processorName", ""), "index": index},
                "content": item_id,
                "message": message,
                "detail": "",
                "category": "processing",
                "status": status,
            }
        )


def _accepts(filters: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    if "exactType" in filters and filters["exactType"] != item["type"]:
        return False
    return all(
        name not in filters or re.fullmatch(filters[name], item[name]) for name in ("type", "id")
    )


def _has_facet(fact_sheet: FactSheet, name: Any, keys: set[Any]) -> bool:
    if name == "FactSheetTypes":
        return fact_sheet.type in keys
    if name is None:
        return True  # an unknown tag group does not filter
    return any(
        f"group:{group}" == name and f"tag:{group}:{tag}" in keys for group, tag in fact_sheet.tags
    )
