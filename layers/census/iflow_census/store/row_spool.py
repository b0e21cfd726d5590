"""The rows of a report, of which those that need much memory are in a temporary file."""

import pickle
import weakref
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from tempfile import TemporaryFile
from typing import Any, Generic, TypeVar

from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.results import IflowRow, TenantResult

Row = TypeVar("Row", IflowRow, Connection)

MAX_IN_MEMORY = 20_000
"""Rows and connections that stay in memory, about 30 MB; most reports have fewer."""


class _Shape(Generic[Row]):
    """Turns rows of a kind into values, which take less space, and back."""

    def __init__(self, kind: type[Row]) -> None:
        self._kind: type[Row] = kind
        names = [field.name for field in fields(kind)]
        self._values_of = attrgetter(*names)
        # Three times as fast as the constructor, which looks up each field by its name.
        self._setters: Sequence[Callable[[Row, Any], None]] = [
            getattr(kind, name).__set__ for name in names
        ]

    def dump(self, rows: Iterable[Row]) -> Sequence[tuple[Any, ...]]:
        return [self._values_of(row) for row in rows]

    def load(self, values: Iterable[tuple[Any, ...]]) -> Sequence[Row]:
        return [self._make(row) for row in values]

    def _make(self, values: tuple[Any, ...]) -> Row:
        row: Row = object.__new__(self._kind)
        for set_field, value in zip(self._setters, values, strict=True):
            set_field(row, value)
        return row


_ROWS = _Shape(IflowRow)
_CONNECTIONS = _Shape(Connection)


class RowSpool:
    """Keeps the rows and connections of tenants; its file is deleted with the object."""

    def __init__(self, max_in_memory: int = MAX_IN_MEMORY) -> None:
        self._free = max_in_memory
        self._in_memory: dict[str, TenantResult] = {}
        self._file = TemporaryFile()  # noqa: SIM115 - closed with the object
        weakref.finalize(self, self._file.close)
        self._rows: dict[str, tuple[int, int]] = {}
        self._connections: dict[str, tuple[int, int]] = {}

    def move(self, tenant: TenantResult) -> TenantResult:
        """Keep the rows and connections of a tenant here, and return the tenant without them."""
        size = len(tenant.iflows) + len(tenant.connections)
        if size <= self._free:
            self._free -= size
            self._in_memory[tenant.name] = tenant
        else:
            self._rows[tenant.name] = self._write(_ROWS.dump(tenant.iflows))
            self._connections[tenant.name] = self._write(_CONNECTIONS.dump(tenant.connections))
        return tenant.without_rows()

    def read(self, tenant: str) -> Sequence[IflowRow]:
        """Return the rows of a tenant."""
        if tenant in self._in_memory:
            return self._in_memory[tenant].iflows
        return _ROWS.load(self._read(*self._rows[tenant]))

    def read_connections(self, tenant: str) -> Sequence[Connection]:
        """Return the connections of a tenant."""
        if tenant in self._in_memory:
            return self._in_memory[tenant].connections
        return _CONNECTIONS.load(self._read(*self._connections[tenant]))

    def _write(self, values: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
        body = zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), level=1)
        place = self._file.seek(0, 2)
        self._file.write(body)
        return place, len(body)

    def _read(self, place: int, length: int) -> Any:
        self._file.seek(place)
        return pickle.loads(zlib.decompress(self._file.read(length)))  # noqa: S301 - written here
