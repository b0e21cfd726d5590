"""The rows of a report in a temporary file, so that few of them are in memory at a time."""

import pickle
import weakref
import zlib
from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter
from tempfile import SpooledTemporaryFile

from iflow_census.scan.results import IflowRow, TenantResult

MEMORY = 8 * 2**20
"""Bytes above which the rows are kept on disk; small reports never touch it."""

_COLUMNS = tuple(field.name for field in fields(IflowRow))
_values_of = attrgetter(*_COLUMNS)


class RowSpool:
    """Keeps the rows of tenants, compressed; the file is deleted with the object.

    Args:
        memory: bytes above which the rows are kept on disk.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._file = SpooledTemporaryFile(memory)  # noqa: SIM115 - closed with the object
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, int]] = {}

    def move(self, tenant: TenantResult) -> TenantResult:
        """Keep the rows of a tenant here, and return the tenant without them."""
        values = [_values_of(row) for row in tenant.iflows]
        body = zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), level=1)
        self._file.seek(0, 2)
        self._places[tenant.name] = self._file.tell(), len(body)
        self._file.write(body)
        return replace(tenant, iflows=())

    def read(self, tenant: str) -> Sequence[IflowRow]:
        """Return the rows of a tenant."""
        place, length = self._places[tenant]
        self._file.seek(place)
        values = pickle.loads(zlib.decompress(self._file.read(length)))  # noqa: S301 - see above
        return [IflowRow(**dict(zip(_COLUMNS, row, strict=True))) for row in values]
