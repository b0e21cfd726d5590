"""How wide a window of message logs a request asks for."""

from __future__ import annotations

import math

from tests.simulators.cloud_integration.filters import FilterError
from tests.simulators.cloud_integration.query_options import (
    SYSTEM_OPTIONS,
    OptionError,
    read_options,
)
from tests.simulators.cloud_integration.set_options import message_query

_MS_PER_HOUR = 3_600_000
_DECADES_IN_MS = 10**12


def window_hours(path: str, query: str) -> float | None:
    """Return the hours of LogStart that a list or count of message logs spans.

    Infinite where the filter sets no two bounds; None for other requests and invalid filters.
    """
    if path not in ("MessageProcessingLogs", "MessageProcessingLogs/$count"):
        return None
    try:
        options = read_options(query, SYSTEM_OPTIONS)
        found = message_query(options.values["$filter"])
    except (FilterError, OptionError):
        return None
    except KeyError:
        return math.inf
    width = found.high - found.low
    return math.inf if width > _DECADES_IN_MS else max(0, width) / _MS_PER_HOUR
