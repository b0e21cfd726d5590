"""Reads that a census can do without: each has a value, or the reason why there is none.

The journal keeps the parsed results and not the responses: lists of credentials contain user names,
and the census only needs those of the credentials.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.errors import (
    AccessError,
    CensusError,
    DeadlineExceeded,
    NotFound,
    NotSupported,
)
from iflow_census.scan.readings import Reading

T = TypeVar("T")

TIMEOUT_SECONDS = 30.0
"""Limit for one reading, retries included."""

MAX_RETRIES = 3


class OptionalReads:
    """Reads that never fail a scan, over a connection."""

    def __init__(self, connection: SapConnection) -> None:
        self._connection = connection

    def read(
        self,
        name: str,
        kind: Any,
        fetch: Callable[[SapConnection], T],
        *,
        seconds: float = TIMEOUT_SECONDS,
        retries: int = MAX_RETRIES,
        not_found: str = "not available on this tenant",
    ) -> Reading[T]:
        """Return the reading in the journal, or fetch it; what SAP rejects is kept as well.

        Args:
            name: of the reading, in the journal.
            kind: the type of its value.
            fetch: reads the value over the connection that it is called with.
            seconds: the limit for all requests of the reading.
            retries: how often a request is repeated at most.
            not_found: what 404 means.

        Raises:
            DeadlineExceeded: the time of the run is used up, or the scan was canceled.
        """
        journal = self._connection.journal
        key = f"{self._connection.prefix}health: {name}"
        kept = None if journal is None else journal.get(key)
        if kept is not None:
            try:
                return _adapter(kind).validate_json(kept)
            except ValidationError:
                pass  # written by another version of this program
        reading: Reading[T]
        try:
            reading = Reading(fetch(self._connection.with_timeout(seconds, retries)))
        except AccessError as error:
            reading = Reading(reason=str(error))
        except NotFound:
            reading = Reading(reason=f"{not_found} (HTTP 404)")
        except NotSupported:
            reading = Reading(reason="not available on this tenant (HTTP 501)")
        except DeadlineExceeded:
            self._connection.deadline.check()
            return Reading(reason=f"no response within {seconds:.0f} seconds")
        except CensusError as error:
            # Not kept: the next attempt of the run may succeed.
            return Reading(reason=str(error))
        if journal is not None:
            journal.record(key, _adapter(kind).dump_json(reading))
        return reading


@cache
def _adapter(kind: Any) -> TypeAdapter[Reading[Any]]:
    return TypeAdapter(Reading[kind])
