"""How much of a month SAP still keeps.

Source: SAP Help, "Specific Data Assets": message processing logs are kept for 30 days.
"""

from datetime import datetime, timedelta

from iflow_census.scan.census import Coverage
from iflow_census.scan.period import Month, Window

RETENTION = timedelta(days=30)

MARGIN = timedelta(hours=1)
"""Logs that would be forgotten while the scan is under way are left out from the start."""

SETTLING = timedelta(minutes=5)
"""A log is written shortly after its message starts; windows end this long before now."""


def countable(month: Month, now: datetime) -> Window | None:
    """The part of a month of which all logs are still there; None where there is none."""
    start = max(month.start, _whole_minute(now - RETENTION + MARGIN))
    end = min(month.end, _whole_minute(now - SETTLING))
    return Window(start, end) if start < end else None


def coverage(month: Month, counted: Window | None) -> Coverage:
    """Say which part of the month was counted, and why not all."""
    if counted is None:
        return Coverage(None, None, complete=False, reason="SAP keeps message logs for 30 days")
    reasons = []
    if counted.start > month.start:
        reasons.append(
            f"SAP keeps message logs for 30 days: those before {counted.start:%Y-%m-%d %H:%M} UTC "
            "were no longer there"
        )
    if counted.end < month.end:
        reasons.append(f"the month was counted up to {counted.end:%Y-%m-%d %H:%M} UTC")
    return Coverage(
        counted.start, counted.end, complete=not reasons, reason="; ".join(reasons) or None
    )


def _whole_minute(moment: datetime) -> datetime:
    """Rounded up, so that the margin never shrinks."""
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
