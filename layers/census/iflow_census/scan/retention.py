"""The part of a period whose message logs SAP still has, and the part that was counted.

How long logs are kept depends on the runtime location (`scan/locations.py`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from iflow_census.scan.locations import CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.month_counts import find_gaps
from iflow_census.scan.period import Month, Period, RollingWindow, Window
from iflow_census.scan.results import Coverage

RETENTION_MARGIN = timedelta(hours=1)
"""The oldest logs are not counted, as SAP may delete them during the scan."""

SETTLING_TIME = timedelta(minutes=5)
"""Windows end this long before now, as a log is written shortly after its message starts."""


MAX_ATTEMPT = timedelta(minutes=15)
"""The longest attempt, which is a Lambda's maximum duration."""

MAX_DELAY = RETENTION_MARGIN - MAX_ATTEMPT
"""How long after the start of the first attempt another one counts the same windows; later it could
end after the retention margin. The ledger keeps what was counted before."""


def rolling_window(now: datetime) -> RollingWindow:
    """The window whose logs the cloud surely still has: 29 days and 23 hours before `now`."""
    minute = now.replace(second=0, microsecond=0)
    return RollingWindow(
        minute - CLOUD_RUNTIME.retention + RETENTION_MARGIN, minute - SETTLING_TIME
    )


def period_at(period: Period, now: datetime) -> Period:
    """The period to count from `now` on: a rolling window moves if its first logs may be gone."""
    if isinstance(period, Month) or now - period.end <= SETTLING_TIME + MAX_DELAY:
        return period
    return rolling_window(now)


def countable_window(
    period: Period, now: datetime, location: RuntimeLocation = CLOUD_RUNTIME
) -> Window | None:
    """The part of a period whose logs can all be counted at a location; None if there is none.

    A rolling window begins after the margin already, and an attempt may begin later than the run.
    """
    minute = now.replace(second=0, microsecond=0)
    margin = RETENTION_MARGIN if isinstance(period, Month) else MAX_ATTEMPT
    start = max(period.start, minute - location.retention + margin)
    end = min(period.end, minute - SETTLING_TIME)
    return Window(start, end) if start < end else None


def windows_to_count(
    period: Period, countable: Window | None, counted: Sequence[Window]
) -> Sequence[Window]:
    """The windows to count at a location so that a period is covered.

    They are cut where months and counted windows begin and end: each one is of a month's ledger
    that does not have it, or is a part of a counted window that begins before the period.
    `countable` is the part of the period that can be counted, and `counted` are the windows in the
    ledgers of its months.
    """
    usable = [window for window in counted if not find_gaps(window, [period.window])]
    cuts = sorted(
        {moment for window in counted for moment in (window.start, window.end)}
        | {month.start for month in period.months}
    )
    return [
        Window(start, end)
        for gap in find_gaps(countable, usable)
        for start, end in pairwise(
            [gap.start, *(cut for cut in cuts if gap.start < cut < gap.end), gap.end]
        )
    ]


def describe_coverage(
    period: Period,
    counted: Sequence[Window],
    now: datetime,
    *notes: str,
    location: RuntimeLocation = CLOUD_RUNTIME,
) -> Coverage:
    """Describe the part of a period that was counted at a location, and why the rest was not.

    The counted windows are in order, the last of them was counted at `now`, and `notes` say what
    else affects the counts.
    """
    gaps = find_gaps(period.window, counted)
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
        percent=_percent(period.window, gaps),
    )


def _percent(window: Window, gaps: Sequence[Window]) -> int:
    missing = sum((gap.length for gap in gaps), timedelta())
    return int(100 * (window.length - missing) // window.length)


def _format(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
