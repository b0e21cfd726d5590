"""The rows of a report in a temporary file, so that few of them are in memory at a time."""

import pickle
import weakref
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from tempfile import SpooledTemporaryFile
from typing import Any, Generic, TypeVar

from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.results import IflowRow, TenantResult

Row = TypeVar("Row", IflowRow, Connection)

MEMORY = 8 * 2**20
"""Bytes above which the rows are kept on disk; small reports never touch it."""


class _Shape(Generic[Row]):
    """Turns rows of a kind into values, which take less space, and back."""

    def __init__(self, kind: type[Row]) -> None:
        self._kind: Callable[..., Row] = kind
        self._names = tuple(field.name for field in fields(kind))
        self._values_of = attrgetter(*self._names)

    def dump(self, rows: Iterable[Row]) -> Sequence[tuple[Any, ...]]:
        return [self._values_of(row) for row in rows]

    def load(self, values: Iterable[tuple[Any, ...]]) -> Sequence[Row]:
        return [self._kind(**dict(zip(self._names, row, strict=True))) for row in values]


_ROWS = _Shape(IflowRow)
_CONNECTIONS = _Shape(Connection)


class RowSpool:
    """Keeps the rows and connections of tenants, compressed; the file is deleted with the object.

    Args:
        memory: bytes above which they are kept on disk.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._file = SpooledTemporaryFile(memory)  # noqa: SIM115 - closed with the object
        weakref.finalize(self, self._file.close)
        self._rows: dict[str, tuple[int, int]] = {}
        self._connections: dict[str, tuple[int, int]] = {}

    def move(self, tenant: TenantResult) -> TenantResult:
        """Keep the rows and connections of a tenant here, and return the tenant without them."""
        self._rows[tenant.name] = self._write(_ROWS.dump(tenant.iflows))
        self._connections[tenant.name] = self._write(_CONNECTIONS.dump(tenant.connections))
        return tenant.without_rows()

    def read(self, tenant: str) -> Sequence[IflowRow]:
        """Return the rows of a tenant."""
        return _ROWS.load(self._read(*self._rows[tenant]))

    def read_connections(self, tenant: str) -> Sequence[Connection]:
        """Return the connections of a tenant."""
        return _CONNECTIONS.load(self._read(*self._connections[tenant]))

    def _write(self, values: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
        body = zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), level=1)
        place = self._file.seek(0, 2)
        self._file.write(body)
        return place, len(body)

    def _read(self, place: int, length: int) -> Any:
        self._file.seek(place)
        return pickle.loads(zlib.decompress(self._file.read(length)))  # noqa: S301 - written here
