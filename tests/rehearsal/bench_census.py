"""One census in a process of its own, so that its memory and its time are its own.

Prints one JSON line: seconds of the run, peak memory in MB, requests, answers 429.
"""

import json
import resource
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from iflow_census.census.plan import CensusPlan
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore

KILOBYTES = 1024


def main(key: str, month: str, now: str, out: str, models: str = "") -> None:
    """Scan one tenant and write its report.

    Args:
        key: the tenant's service key.
        month: the month to count.
        now: the time.
        out: the folder for the report and, below it, the state.
        models: the name of a run that reads models, too; empty: models are off.
    """
    moment = datetime.fromisoformat(now)
    clock = replace(Clock(), now=lambda: moment)
    plan = CensusPlan(
        period=Month.parse(month),
        run_id=models or "bench",
        tenants={
            "prod": tenant_opener(
                lambda: key, "the key", limits=RateLimits(), retry_policy=RetryPolicy()
            )
        },
        other_tenants=[],
        formats=["csv", "json"],
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=1,
        health=True,
        models=bool(models),
    )
    # The work state is not in memory, as in the Lambda.
    services = Services(FolderStore(Path(out)), FolderStore(Path(out) / "state"), clock)
    began = clock.monotonic()
    result = run_census(RunContext(plan, services, lambda *_: None, Deadline(clock, 3600)))
    seconds = clock.monotonic() - began
    assert result.report is not None
    api = result.report.tenants[0].api
    measured = {
        "status": result.status,
        "seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES,
        "models": sum(row.model is True for row in result.report.rows),
        "requests": api.requests,
        "throttled": api.throttled,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
