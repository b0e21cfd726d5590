"""The part of a month whose message logs SAP still has, and the part that was counted.

How long logs are kept depends on the runtime location (`scan/locations.py`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from iflow_census.scan.locations import CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.month_counts import find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import Coverage

RETENTION_MARGIN = timedelta(hours=1)
"""The oldest logs are not counted, as SAP may delete them during the scan."""

SETTLING_TIME = timedelta(minutes=5)
"""Windows end this long before now, as a log is written shortly after its message starts."""


def countable_window(
    month: Month, now: datetime, location: RuntimeLocation = CLOUD_RUNTIME
) -> Window | None:
    """The part of a month whose logs can all be counted at a location; None if there is none."""
    minute = now.replace(second=0, microsecond=0)
    start = max(month.start, minute - location.retention + RETENTION_MARGIN)
    end = min(month.end, minute - SETTLING_TIME)
    return Window(start, end) if start < end else None


def describe_coverage(
    month: Month,
    counted: Sequence[Window],
    now: datetime,
    *notes: str,
    location: RuntimeLocation = CLOUD_RUNTIME,
) -> Coverage:
    """Describe the part of the month that was counted at a location, and why the rest was not.

    Args:
        month: the month.
        counted: the counted windows, in order.
        now: when the last of them was counted.
        notes: anything else that affects the counts.
        location: the runtime location.
    """
    gaps = find_gaps(month.window, counted)
    reasons = list(notes)
    future = [gap for gap in gaps if gap.end > now - SETTLING_TIME]
    if future:
        reasons.append(f"the month was counted up to {_format(future[0].start)}")
    expired = [gap for gap in gaps if gap not in future]
    if expired:
        spans = ", ".join(f"{_format(gap.start)} to {_format(gap.end)}" for gap in expired)
        keeper = "SAP" if location.is_cloud else f"location {location.id}"
        days = "day" if location.retention_days == 1 else "days"
        reasons.append(
            f"{keeper} keeps message logs for {location.retention_days} {days} and had deleted "
            f"those of {spans}"
        )
    return Coverage(
        start=counted[0].start if counted else None,
        end=counted[-1].end if counted else None,
        complete=not gaps,
        reason="; ".join(reasons) or None,
        percent=_percent(month, gaps),
    )


def _percent(month: Month, gaps: Sequence[Window]) -> int:
    missing = sum((gap.length for gap in gaps), timedelta())
    return int(100 * (month.window.length - missing) // month.window.length)


def _format(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
