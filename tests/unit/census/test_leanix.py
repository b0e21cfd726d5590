"""LeanIX after a run: inventories are read one by one."""

from datetime import UTC, datetime
from typing import NoReturn

from iflow_census.census.leanix import send_inventories
from iflow_census.census.plan import LeanixPlan
from iflow_census.census.run import run_census
from iflow_census.clock import Deadline
from iflow_census.errors import TransientError
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.period import Month
from iflow_census.store.protocol import StoredFile
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run


def test_rows_are_read_when_leanix_takes_them() -> None:
    clock = FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))

    def open_workspace(_: Deadline) -> NoReturn:
        raise TransientError("LeanIX is down")

    leanix = LeanixPlan(open_workspace, LeanixSettings(), test=False)

    class Store(MemoryStore):
        def read(self, key: str) -> StoredFile | None:
            reads.append(key)
            return super().read(key)

    reads, names = list[str](), ["dev", "prod"]
    run = make_run(clock, Store(), dict.fromkeys(names, FakeTenant(clock)), month=Month(2026, 10))
    run_census(run)
    reads.clear()

    report = send_inventories(run, leanix, names)

    assert [entry["problem"] for entry in report.entries] == ["LeanIX is down"] * 2
    assert not [key for key in reads if "/finished/" in key]
