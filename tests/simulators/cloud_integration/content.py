"""What a tenant holds beside packages, iFlows, runtime artifacts and message logs.

Tables of rows, by the name of the entity set. A row is a dictionary of plain values: dates are
milliseconds since 1970 (UTC), Int64 is int, Binary is bytes. Names that begin with ``@`` are the
simulator's own: ``@parent`` is the entity that the row is found under, ``@media`` its content.
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
    """The content behind a ``/$value``."""

    content: bytes
    type: str = "application/octet-stream"
    file_name: str | None = None


def _key_names() -> dict[str, tuple[str, ...]]:
    names = {item.set: tuple(item.keys) for item in entity_types().values()}
    return names | dict.fromkeys(("DefaultValMaps", "CustomTagConfigurations", "@content"), ("Id",))


class Content:
    """Tables that are filled from their seeds when they are first asked for."""

    def __init__(self, seeds: Mapping[str, Seed]) -> None:
        """``seeds`` make the first rows of each set; a set without one begins empty."""
        self._seeds = seeds
        self._tables: dict[str, list[Row]] = {}
        self.key_names = _key_names()

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a set; changes to the list and its rows are changes of the tenant."""
        if name not in self._tables:
            seed = self._seeds.get(name)
            self._tables[name] = list(seed()) if seed else []
        return self._tables[name]

    def key_of(self, name: str, row: Mapping[str, Any]) -> Key:
        """Return the values of a row's key properties."""
        return tuple(row.get(key) for key in self.key_names[name])

    def find(self, name: str, key: Key, parent: Parent | None = None) -> Row | None:
        """Return the row with this key, under this parent if one is given."""
        for row in self.rows(name):
            if self.key_of(name, row) == key and parent in (None, row.get("@parent")):
                return row
        return None

    def children(self, name: str, parent: Parent) -> list[Row]:
        """Return the rows that stand under a parent."""
        return [row for row in self.rows(name) if row.get("@parent") == parent]

    def remove(self, name: str, row: Row) -> None:
        """Take a row out, and with it what stands under it."""
        self.rows(name)[:] = [other for other in self.rows(name) if other is not row]
        key = self.key_of(name, row)
        self.orphan(name, key)
        self.orphan(name, key[:1])

    def orphan(self, name: str, key: Key) -> None:
        """Take out what stands under an entity."""
        for table in self._tables.values():
            table[:] = [row for row in table if row.get("@parent") != (name, key)]
