"""What a run does: each processor, in the order of ``run``, on each content item it is for.

Source: SAP Help, "Inbound processors", "Inbound document", "Inbound tag", "Auto deletion with
inbound processors". A wrong item is left out with a warning, and the run goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.leanix.expressions import ExpressionError, evaluate
from tests.simulators.leanix.inventory import Document, FactSheet, Inventory, Relation

DEFAULT_DELETION_RATIO = 50
ABOVE_ALL = 101
"""A ratio of 101 allows to delete all that a scope holds."""


class _LeftOut(Exception):
    """The processor does nothing with this item; the text is the warning."""


class RunFailed(Exception):
    """The whole run fails."""


@dataclass(slots=True)
class Tally:
    """What one processor did."""

    index: int
    name: str
    processed: int = 0
    errors: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Processing:
    """One run over an inventory, which it changes."""

    inventory: Inventory
    configuration: Mapping[str, Any]
    ldif: Mapping[str, Any]
    tallies: list[Tally] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, Any] | None = None
    _touched: set[str] = field(default_factory=set)

    def carry_out(self) -> None:
        """Do all of it. Raises `RunFailed`."""
        processors = list(enumerate(self.configuration.get("processors", [])))
        self.tallies = [Tally(index, one.get("processorName", "")) for index, one in processors]
        for index, processor in sorted(processors, key=lambda pair: pair[1].get("run", 0)):
            if processor.get("enabled", True):
                self._process(processor, self.tallies[index])
        if self.configuration.get("processingMode") == "full":
            for scope in self.configuration.get("deletionScope", {}).get("factSheets", []):
                self._delete(scope)

    def _process(self, processor: Mapping[str, Any], tally: Tally) -> None:
        steps: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Tally], None]] = {
            "inboundFactSheet": self._fact_sheet,
            "inboundRelation": self._relation,
            "inboundDocument": self._document,
            "inboundTag": self._tag,
            "writeToLdif": self._write,
        }
        if processor["processorType"] == "outboundFactSheet":
            self._write(processor, {}, tally)
            return
        step = steps[processor["processorType"]]
        for item in self.ldif.get("content", []):
            if not _accepts(processor.get("filter", {}), item):
                continue
            tally.processed += 1
            for scope in self._scopes(processor, item):
                try:
                    step(processor, scope, tally)
                except (_LeftOut, ExpressionError) as reason:
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

    def _identified(self, template: Mapping[str, Any], scope: Mapping[str, Any]) -> str:
        external = template.get("external")
        if external is None:
            raise _LeftOut("Only external identifiers are simulated")
        expression = external["id"]
        found = self._evaluate(
            expression["expr"] if isinstance(expression, dict) else expression, scope
        )
        if not found:
            raise _LeftOut("The identifier is empty")
        return str(found)

    def _existing(self, template: Mapping[str, Any], scope: Mapping[str, Any]) -> FactSheet:
        external_id = self._identified(template, scope)
        found = self.inventory.find(external_id)
        if found is None:
            raise _LeftOut(f"No fact sheet with the external id {external_id}")
        return found

    def _updates(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], item_id: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for update in processor.get("updates", []):
            key = str(self._evaluate(update["key"]["expr"], scope))
            values = [self._evaluate(value["expr"], scope) for value in update["values"]]
            value = next((one for one in values if one not in (None, "")), None)
            if value is not None:
                found[key] = value
            elif not update.get("optional", False):
                self._warn(processor, item_id, f"No value for {key}", "WARNING", -1)
        return found

    def _fact_sheet(
        self, processor: Mapping[str, Any], scope: Mapping[str, Any], tally: Tally
    ) -> None:
        external_id = self._identified(processor["identifier"], scope)
        updates = self._updates(processor, scope, scope["content"]["id"])
        found = self.inventory.find(external_id)
        if found is None:
            if "name" not in updates:
                raise _LeftOut("A fact sheet cannot be created without a name")
            kind = str(self._evaluate(processor["type"], scope))
            found = self.inventory.add(kind, external_id, **updates)
            tally.created += 1
        elif found.fields | updates != found.fields:
            found.fields |= updates
            tally.updated += 1
        else:
            tally.unchanged += 1
        self._touched.add(found.id)

    def _relation(self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally) -> None:
        try:
            source = self._existing(processor["from"], scope)
            target = self._existing(processor["to"], scope)
        except _LeftOut:
            if processor.get("optional", False):
                return
            raise
        self.inventory.relations.add(Relation(processor["type"], source.id, target.id))

    def _document(self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally) -> None:
        if not any(one["key"]["expr"] == "name" for one in processor.get("updates", [])):
            raise RunFailed("The updates section must contain the key name")
        owner = self._existing(processor["identifier"], scope)
        updates = self._updates(processor, scope, scope["content"]["id"])
        name = str(updates.pop("name", ""))
        document = self.inventory.documents.setdefault((owner.id, name), Document(owner.id, name))
        document.fields |= updates

    def _tag(self, processor: Mapping[str, Any], scope: Mapping[str, Any], _: Tally) -> None:
        owner = self._existing(processor["identifier"], scope)
        updates = self._updates(processor, scope, scope["content"]["id"])
        group, tag = str(updates.get("group.name", "Other tags")), str(updates["name"])
        if group not in self.inventory.tag_groups:
            raise _LeftOut(f"No tag group {group}")
        self.inventory.tag_groups[group].add(tag)
        owner.tags.add((group, tag))

    def _write(self, processor: Mapping[str, Any], _: Mapping[str, Any], tally: Tally) -> None:
        """Export all fact sheets; the results of an outbound run say INBOUND, as documented."""
        items = [
            {"type": one.type, "id": one.id, "data": dict(one.fields)}
            for one in self.inventory.active()
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

    def _delete(self, definition: Mapping[str, Any]) -> None:
        """Archive what is in scope and was not touched, unless that would be too much of it."""
        scope = {"header": {key: value for key, value in self.ldif.items() if key != "content"}}
        in_scope = self.inventory.active()
        for facet in definition["scope"].get("facetFilters", []):
            name = self._evaluate(facet["facetKey"], scope)
            keys = {self._evaluate(key, scope) for key in facet["keys"]}
            in_scope = [one for one in in_scope if _has_facet(one, name, keys)]
        untouched = [one for one in in_scope if one.id not in self._touched]
        ratio = self.configuration["deletionScope"].get("maximumDeletionRatio", {})
        limit = ratio.get("factSheets", DEFAULT_DELETION_RATIO)
        if limit < ABOVE_ALL and len(untouched) * 100 > limit * len(in_scope):
            self.warnings.append(
                {
                    "processor": {"name": "", "index": -1},
                    "message": f"{len(untouched)} of {len(in_scope)} would be deleted: canceled",
                    "category": "fullSyncDeletion",
                    "status": "WARNING",
                }
            )
            return
        for one in untouched:
            one.archived = True
            self.deleted.append({"id": one.id, "type": one.type})

    def _warn(
        self, processor: Mapping[str, Any], item_id: str, text: str, status: str, index: int
    ) -> None:
        self.warnings.append(
            {
                "processor": {"name": processor.get("processorName", ""), "index": index},
                "content": item_id,
                "message": text,
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


def _has_facet(one: FactSheet, name: Any, keys: set[Any]) -> bool:
    if name == "FactSheetTypes":
        return one.type in keys
    if name is None:
        return True  # a tag group that does not exist narrows nothing
    return any(f"group:{group}" == name and f"tag:{group}:{tag}" in keys for group, tag in one.tags)
