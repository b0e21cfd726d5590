"""What a workspace holds: fact sheets with their tags, relations and documents."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FactSheet:
    """A fact sheet. ``fields`` by name; those with a dot, such as ``lifecycle.active``, as such."""

    id: str
    type: str
    external_id: str
    fields: dict[str, Any] = field(default_factory=dict)
    tags: set[tuple[str, str]] = field(default_factory=set)
    archived: bool = False

    @property
    def name(self) -> str:
        """The name that a person sees."""
        return str(self.fields.get("name", ""))


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between two fact sheets, by their ids."""

    type: str
    source: str
    target: str


@dataclass(slots=True)
class Document:
    """A link on the Resources tab of a fact sheet."""

    fact_sheet: str
    name: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Inventory:
    """All of a workspace's content. ``tag_groups``: their tags by name."""

    fact_sheets: dict[str, FactSheet] = field(default_factory=dict)
    relations: set[Relation] = field(default_factory=set)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """By the fact sheet's id and the document's name."""
    tag_groups: dict[str, set[str]] = field(default_factory=dict)
    _by_external_id: dict[str, str] = field(default_factory=dict)

    def active(self, kind: str | None = None) -> list[FactSheet]:
        """Return the fact sheets that are not archived, of one type or all."""
        return [
            one
            for one in self.fact_sheets.values()
            if not one.archived and kind in (None, one.type)
        ]

    def find(self, external_id: str) -> FactSheet | None:
        """Return the active fact sheet with an external id: an archived one is not found."""
        found = self.fact_sheets.get(self._by_external_id.get(external_id, ""))
        return None if found is None or found.archived else found

    def add(self, kind: str, external_id: str, **fields: Any) -> FactSheet:
        """Create a fact sheet."""
        made = FactSheet(str(uuid.uuid4()), kind, external_id, dict(fields))
        self.fact_sheets[made.id] = made
        self._by_external_id[external_id] = made.id
        return made

    def documents_of(self, fact_sheet: FactSheet) -> list[Document]:
        """Return all documents of a fact sheet."""
        return [one for one in self.documents.values() if one.fact_sheet == fact_sheet.id]
