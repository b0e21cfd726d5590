"""Publish made-up results of many tenants: `bench_publish prepare|publish`.

The folder has what the scans of a month and the censuses of the months before leave.
"""

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from iflow_census.census.plan import CensusPlan
from iflow_census.census.result import tenant_summary
from iflow_census.census.run import publish_census, stored_results
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Deadline
from iflow_census.report.formats import FORMATS
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.period import Month
from iflow_census.scan.snapshot import take_snapshot
from iflow_census.store.folder import FolderStore
from iflow_census.store.history import HistoryFile
from iflow_census.store.protocol import StoredFile, WriteResult
from iflow_census.store.report_writer import Header, publish
from iflow_census.store.work_state import WorkState
from tests.clock import FakeClock
from tests.rehearsal.synthetic_tenants import tenant_name, tenant_result

MONTH = Month(2026, 10)
RUN_ID = "20261101T003000Z"


class CountingStore(FolderStore):
    """A folder that records what would be requests to a bucket."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.requests: list[str] = []

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Read a file."""
        self.requests.append("reads")
        return super().read(key, version_id)

    def write(self, key: str, body: bytes, **options: Any) -> WriteResult:
        """Write a file."""
        self.requests.append("writes")
        return super().write(key, body, **options)

    def write_parts(self, key: str, parts: Iterable[bytes], **options: Any) -> WriteResult:
        """Write a file in parts."""
        self.requests.append("writes")
        return super().write_parts(key, parts, **options)


def prepare(folder: str, tenants: int, iflows: int, months: int) -> None:
    """Write the results of October, and manifest and snapshots of the months before."""
    store = FolderStore(Path(folder))
    work_state = WorkState(store, MONTH, RUN_ID)
    month = MONTH
    for _ in range(months):
        month = month.previous()
        results = (tenant_result(number, iflows, month) for number in range(tenants))
        summaries = []
        for result in results:
            HistoryFile(store, month, result.name).save(take_snapshot(result))
            summaries.append(tenant_summary(result))
        publish(store, Header(month, RUN_ID, "complete", summaries, coverage_complete=True), [])
    for number in range(tenants):
        work_state.save_result(tenant_result(number, iflows, MONTH))


def measure(folder: str, tenants: int, formats: list[str]) -> None:
    """Publish October, and print seconds, memory, requests to the store, and documents' sizes."""
    store = CountingStore(Path(folder))
    clock = FakeClock(MONTH.end + timedelta(hours=2)).clock
    plan = CensusPlan(
        period=MONTH,
        run_id=RUN_ID,
        tenants={tenant_name(number): _never_opened for number in range(tenants)},
        other_tenants=[],
        formats=formats,
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=1,
    )
    run = RunContext(plan, Services(store, store, clock), lambda *_: None, Deadline(clock, 900))
    began, cpu = time.monotonic(), time.process_time()
    publish_census(run, stored_results(run))
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    requests = Counter(store.requests)
    manifest = store.read(f"reports/period={MONTH}/manifest.json")
    assert manifest is not None
    files = {file["format"]: file["bytes"] for file in json.loads(manifest.body)["files"]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak, **requests}
    print(json.dumps({**figures, "bytes": files}))


def _never_opened(*_: object) -> NoReturn:
    raise AssertionError("publishing sends no requests")


def main() -> None:
    """Run one of the two steps."""
    match sys.argv[1:]:
        case ["prepare", folder, tenants, iflows, months]:
            prepare(folder, int(tenants), int(iflows), int(months))
        case ["publish", folder, tenants, *formats]:
            measure(folder, int(tenants), formats or list(FORMATS))


if __name__ == "__main__":
    main()
