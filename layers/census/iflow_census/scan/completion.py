"""What is missing for a complete month, and when it must be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from iflow_census.scan.locations import CLOUD_RUNTIME
from iflow_census.scan.month_counts import find_gaps
from iflow_census.scan.period import Month, Window
from iflow_census.scan.retention import RETENTION_MARGIN


@dataclass(frozen=True, slots=True)
class Completion:
    """How a month becomes complete.

    Attributes:
        counted_until: its first moment that is not counted.
        count_before: until when SAP surely has the logs of that moment.
        lost: SAP has deleted logs that were not counted, so the month stays incomplete.
    """

    month: Month
    counted_until: datetime
    count_before: datetime
    lost: bool

    @property
    def one_run_is_enough(self) -> bool:
        """Whether a run on the day after the month can count all that is missing."""
        return self.count_before >= self.month.end + timedelta(days=1)


def find_completion(month: Month, counted: Sequence[Window], now: datetime) -> Completion | None:
    """Find out how a month becomes complete; None if all of it is counted."""
    gaps = find_gaps(month.window, counted)
    if not gaps:
        return None
    first_gap = gaps[0].start
    count_before = first_gap + CLOUD_RUNTIME.retention - RETENTION_MARGIN
    return Completion(month, first_gap, count_before, lost=count_before <= now)
