"""Thousands of tenants: nothing that the state machine passes on grows with their number."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from iflow_census.census.fan_out import finish_run
from iflow_census.census.request import parse_event
from iflow_census.clock import Deadline
from iflow_census.journal import Journal
from iflow_census.lambda_app.steps import plan_step
from iflow_census.scan.period import Month
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from iflow_census.store.inbound_state import InboundState
from iflow_census.store.protocol import StoredFile, WriteResult
from iflow_census.store.report_writer import Header, publish, read_manifest
from tests.clock import FakeClock
from tests.figures import RecordFigures
from tests.functional.events import SCHEDULE
from tests.functional.fan_out.machine import Machine
from tests.functional.fan_out.planned import PLAN
from tests.functional.lambda_rig import BUCKET, PREFIX
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run

LIMIT = 32 * 1024
OCTOBER = Month(2026, 10)
RUN_ID = "20261101T003000Z"
NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


def names(count: int) -> list[str]:
    """Names of tenants, as long as they may be."""
    return [f"{'tenant-of-a-long-name-':x<58}{number:05}" for number in range(count)]


class RecordingStore(MemoryStore):
    """A store that records which files are read."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def read(self, key: str) -> StoredFile | None:
        self.keys.append(key)
        return super().read(key)


class PlanInS3(MemoryStore):
    """A store whose plan is also in S3, where the state machine reads it."""

    def write(self, key: str, body: bytes, **options: Any) -> WriteResult:
        if key.endswith("/plan.json"):
            boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return super().write(key, body, **options)


@pytest.mark.parametrize("count", [1, 1_000, 3_000, 10_000])
def test_plan_of_any_number_of_tenants_is_a_small_payload(
    count: int, record_figures: RecordFigures
) -> None:
    clock, store = FakeClock(NOW), MemoryStore()
    run = make_run(
        clock, store, dict.fromkeys(names(count), FakeTenant(clock)), month=OCTOBER, run_id=RUN_ID
    )

    payload = len(json.dumps(plan_step(run, parse_event({**PLAN, "formats": ["json"]}, NOW))))

    plan = store.read(f"work/period=2026-10/run={RUN_ID}/plan.json")
    assert plan is not None
    assert json.loads(plan.body)["content"]["tenants"] == names(count)
    assert payload < 1024 < LIMIT
    record_figures(f"plan of {count} tenants", {"payload": payload, "plan.json": len(plan.body)})


@pytest.mark.slow
def test_end_of_ten_thousand_tenants_reads_no_rows() -> None:
    clock, store, count = FakeClock(NOW), RecordingStore(), 10_000
    tenants = names(count)
    run = make_run(
        clock, store, dict.fromkeys(tenants, FakeTenant(clock)), month=OCTOBER, run_id=RUN_ID
    )
    scanned = [{"name": name, "status": "complete"} for name in tenants]
    publish(store, Header(OCTOBER, RUN_ID, "complete", scanned, True), [])
    for name in tenants:
        state = InboundState(store, OCTOBER, RUN_ID, name, test=False)
        state.save_outcome({"tenant": name, "problem": None}, {})
    store.keys.clear()

    result = finish_run(run, test=False)

    assert len(result.leanix) == count
    assert result.complete
    assert len([key for key in store.keys if key.endswith("/outcome.json")]) == count
    assert not [key for key in store.keys if "/finished/" in key or "/last-good/" in key]


@pytest.mark.slow
def test_state_machine_scans_300_tenants(
    machine: Callable[..., Machine],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    record_figures: RecordFigures,
) -> None:
    fan_out = machine()
    secrets, tenants = boto3.client("secretsmanager"), names(300)
    for name in tenants:
        secrets.create_secret(Name=f"{PREFIX}/tenants/{name}", SecretString="{}")
    broken, quick, scans = FakeTenant(clock), FakeTenant(clock), list[TenantScan]()

    def scan(session: FakeTenant, windows_of: Any, **options: Any) -> TenantScan:
        """Scan once; the other tenants are like the first one."""
        if session is broken:
            raise RuntimeError("broken")
        if not scans:
            scans.append(scan_tenant(session, windows_of, **options))
        return scans[0]

    def opener(_: str, source: str, **_options: Any) -> Any:
        tenant = broken if source.endswith(tenants[7]) else quick

        def open_tenant(deadline: Deadline, journal: Journal) -> AbstractContextManager[FakeTenant]:
            return tenant.open(deadline, journal)

        return open_tenant

    store = PlanInS3()
    monkeypatch.setattr("iflow_census.census.tenant_census.scan_tenant", scan)
    monkeypatch.setattr("iflow_census.lambda_app.wiring.tenant_opener", opener)
    monkeypatch.setattr("iflow_census.lambda_app.wiring.S3Store", lambda *_: store)
    monkeypatch.setenv("IFLOW_CENSUS_HEALTH", "false")

    ended = fan_out.run(SCHEDULE)

    manifest = read_manifest(store, "reports/period=2026-10/")
    assert manifest is not None
    statuses = {tenant["name"]: tenant["status"] for tenant in manifest.tenants}
    payload = max(len(json.dumps(invocation.event)) for invocation in fan_out.invocations)
    assert ended.error == "CensusIncomplete"
    assert [name for name, status in statuses.items() if status != "complete"] == [tenants[7]]
    assert len(statuses) == 300
    assert payload < 1024 < LIMIT
    assert ended.events < 50
    record_figures("300 tenants", {"events": ended.events, "largest event in bytes": payload})
