"""A census in a process of its own, whose report and work state are in a folder.

`python -m tests.functional.folder_census FOLDER NOW FLUSH_SECONDS` reads the service key of the
tenant "prod" from standard input.
"""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from iflow_census.census import journal_writer
from iflow_census.census.plan import CensusPlan
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.scan import counting
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore

FAST = RateLimits(design_time=200, runtime=200, message_logs=200)


def main(folder: str, now: str, flush_seconds: str) -> None:
    counting.COUNTS_PER_PAGE = 10_000  # counts per iFlow: many small requests
    journal_writer.FLUSH_SECONDS = float(flush_seconds)
    journal_writer.POLL_SECONDS = float(flush_seconds) / 10
    store, clock = FolderStore(Path(folder)), Clock(now=_ticking(datetime.fromisoformat(now)))
    opener = tenant_opener(sys.stdin.read, "key", limits=FAST, retry_policy=RetryPolicy())
    plan = CensusPlan(
        period=Month(2026, 10),
        run_id="20261101T003000Z",
        tenants={"prod": opener},
        other_tenants=[],
        formats=["json"],
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=1,
    )
    services = Services(store, store, clock)
    result = run_census(RunContext(plan, services, lambda *_: None, Deadline(clock, 60)))
    sys.exit(not result.complete)


def _ticking(start: datetime) -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
