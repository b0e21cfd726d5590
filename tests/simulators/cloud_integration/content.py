"""The content of a tenant other than packages, iFlows, runtime artifacts and message logs.

Tables of rows, by entity set. A row is a dictionary of plain values: dates are milliseconds since
1970 (UTC), Int64 is int, Binary is bytes. Names that start with ``@`` are internal: ``@parent`` is
the entity that the row belongs to, ``@media`` its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulators.cloud_integration.operations import entity_types

Row = dict[str, Any]
Key = tuple[Any, ...]
Parent = tuple[str, Key]
Seed = Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Media:
    """The content of a ``/$value``."""

    content: bytes
    type: str = "application/octet-stream"
    file_name: str | None = None


def _key_names() -> dict[str, tuple[str, ...]]:
    names = {item.set: tuple(item.keys) for item in entity_types().values()}
    return names | dict.fromkeys(("DefaultValMaps", "CustomTagConfigurations", "@content"), ("Id",))


class Content:
    """Tables that are filled from their seeds on first use."""

    def __init__(self, seeds: Mapping[str, Seed]) -> None:
        """``seeds`` return the initial rows of each set; sets without a seed start empty."""
        self._seeds = seeds
        self._tables: dict[str, list[Row]] = {}
        self.key_names = _key_names()

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a set; changes to them change the tenant."""
        if name not in self._tables:
            seed = self._seeds.get(name)
            self._tables[name] = list(seed()) if seed else []
        return self._tables[name]

    def key_of(self, name: str, row: Mapping[str, Any]) -> Key:
        """Return the values of a row's key properties."""
        return tuple(row.get(key) for key in self.key_names[name])

    def find(self, name: str, key: Key, parent: Parent | None = None) -> Row | None:
        """Return the row with a key, and with a parent if given."""
        for row in self.rows(name):
            if self.key_of(name, row) == key and parent in (None, row.get("@parent")):
                return row
        return None

    def children(self, name: str, parent: Parent) -> list[Row]:
        """Return the rows of a parent."""
        return [row for row in self.rows(name) if row.get("@parent") == parent]

    def remove(self, name: str, row: Row) -> None:
        """Remove a row and its children."""
        self.rows(name)[:] = [candidate for candidate in self.rows(name) if candidate is not row]
        key = self.key_of(name, row)
        self.remove_children(name, key)
        self.remove_children(name, key[:1])

    def remove_children(self, name: str, key: Key) -> None:
        """Remove the children of an entity."""
        for table in self._tables.values():
            table[:] = [row for row in table if row.get("@parent") != (name, key)]
