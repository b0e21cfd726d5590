"""How much of a month SAP still keeps, and how much of it was counted.

Source: SAP Help, "Specific Data Assets": message processing logs are kept for 30 days.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from iflow_census.scan.month_counts import find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.scan.results import Coverage

RETENTION = timedelta(days=30)

RETENTION_MARGIN = timedelta(hours=1)
"""Logs that would be forgotten while the scan is under way are left out from the start."""

SETTLING_TIME = timedelta(minutes=5)
"""A log is written shortly after its message starts; windows end this long before now."""


def countable_window(month: Month, now: datetime) -> Window | None:
    """The part of a month of which all logs are still there; None where there is none."""
    minute = now.replace(second=0, microsecond=0)
    start = max(month.start, minute - RETENTION + RETENTION_MARGIN)
    end = min(month.end, minute - SETTLING_TIME)
    return Window(start, end) if start < end else None


def describe_coverage(
    month: Month, counted: Sequence[Window], now: datetime, *notes: str
) -> Coverage:
    """Say which part of the month was counted, and why not all.

    Args:
        month: the month.
        counted: the windows counted, in order.
        now: when the last of them was.
        notes: what else a reader of the counts should know.
    """
    gaps = find_gaps(month.window, counted)
    reasons = list(notes)
    open_end = [gap for gap in gaps if gap.end > now - SETTLING_TIME]
    if open_end:
        reasons.append(f"the month was counted up to {_readable(open_end[0].start)}")
    lost = [gap for gap in gaps if gap not in open_end]
    if lost:
        spans = ", ".join(f"{_readable(gap.start)} to {_readable(gap.end)}" for gap in lost)
        reasons.append(f"SAP keeps message logs for 30 days, and those of {spans} were gone")
    return Coverage(
        start=counted[0].start if counted else None,
        end=counted[-1].end if counted else None,
        complete=not gaps,
        reason="; ".join(reasons) or None,
    )


def _readable(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
