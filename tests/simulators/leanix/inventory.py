"""The content of a workspace: fact sheets with tags, relations and documents."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FactSheet:
    """A fact sheet. Names in ``fields`` may have dots, such as ``lifecycle.active``."""

    id: str
    type: str
    external_id: str
    fields: dict[str, Any] = field(default_factory=dict)
    tags: set[tuple[str, str]] = field(default_factory=set)
    archived: bool = False

    @property
    def name(self) -> str:
        """The display name."""
        return str(self.fields.get("name", ""))

    @property
    def full_name(self) -> str:
        """Name and release, which must be unique (LeanIX docs, "Creating fact sheets")."""
        return " ".join(filter(None, (self.name, str(self.fields.get("release", "")))))


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between the ids of two fact sheets."""

    type: str
    source: str
    target: str


@dataclass(slots=True)
class Document:
    """A document on the Resources tab of a fact sheet."""

    fact_sheet: str
    name: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Inventory:
    """The content of a workspace. ``tag_groups`` has each group's tags, ``points`` the metrics'."""

    fact_sheets: dict[str, FactSheet] = field(default_factory=dict)
    relations: set[Relation] = field(default_factory=set)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """Keys: the fact sheet's id and the document's name."""
    tag_groups: dict[str, set[str]] = field(default_factory=dict)
    points: list[dict[str, Any]] = field(default_factory=list)
    _by_external_id: dict[str, str] = field(default_factory=dict)

    def active(self, fact_sheet_type: str | None = None) -> list[FactSheet]:
        """Return the fact sheets that are not archived, optionally of one type."""
        return [
            fact_sheet
            for fact_sheet in self.fact_sheets.values()
            if not fact_sheet.archived and fact_sheet_type in (None, fact_sheet.type)
        ]

    def find(self, external_id: str) -> FactSheet | None:
        """Return the fact sheet with an external id, unless it is archived."""
        fact_sheet = self.fact_sheets.get(self._by_external_id.get(external_id, ""))
        return None if fact_sheet is None or fact_sheet.archived else fact_sheet

    def add(self, fact_sheet_type: str, external_id: str, **fields: Any) -> FactSheet:
        """Create a fact sheet."""
        fact_sheet = FactSheet(str(uuid.uuid4()), fact_sheet_type, external_id, dict(fields))
        self.fact_sheets[fact_sheet.id] = fact_sheet
        self._by_external_id[external_id] = fact_sheet.id
        return fact_sheet

    def documents_of(self, fact_sheet: FactSheet) -> list[Document]:
        """Return all documents of a fact sheet."""
        documents = self.documents.values()
        return [document for document in documents if document.fact_sheet == fact_sheet.id]
