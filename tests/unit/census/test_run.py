"""The census: what it publishes, carries over, repeats and verifies."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iflow_census.census.run import run_census, verify
from iflow_census.errors import CensusIncomplete, ConfigurationError, TransientError
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Month
from iflow_census.scan.tenant_api import Package
from iflow_census.store.protocol import content_etag
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run

OCTOBER = Month(2026, 10)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def report(store: MemoryStore) -> dict[str, object]:
    stored = store.read("reports/period=2026-10/report.json")
    assert stored is not None
    parsed: dict[str, object] = json.loads(stored.body)
    return parsed


def test_census_writes_a_table_for_each_tenant(clock: FakeClock, store: MemoryStore) -> None:
    tenants = {"dev": FakeTenant(clock), "prod": FakeTenant(clock)}

    run_census(make_run(clock, store, tenants, month=OCTOBER))

    for name in tenants:
        table = store.read(f"tables/iflows/period=2026-10/{name}.jsonl")
        assert table is not None
        rows = [json.loads(line) for line in table.body.splitlines()]
        assert [(row["tenant"], row["iflow_id"]) for row in rows] == [
            (name, "busy"),
            (name, "idle"),
            (name, "quiet"),
        ]


def test_complete_run_is_not_repeated(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    first = run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1"))
    requests = dict(tenant.requests)

    again = run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1"))

    assert tenant.requests == requests
    assert again.manifest == first.manifest
    assert again.tenants == first.tenants
    assert again.report is None


def test_failed_tenant_keeps_last_good_rows(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1"))
    tenant.error = TransientError("down")

    result = run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r2"))

    assert result.status == "partial"
    assert result.report is not None
    (row,) = result.report.tenants
    assert (str(row.status), len(row.iflows)) == ("partial", 3)
    assert row.other_artifacts == [ArtifactCount("VALUE_MAPPING", "STARTED", 1)]
    assert row.error is not None
    assert "down" in row.error


def test_other_tenants_are_carried_over(clock: FakeClock, store: MemoryStore) -> None:
    tenants = {"dev": FakeTenant(clock), "prod": FakeTenant(clock)}
    run_census(make_run(clock, store, tenants, month=OCTOBER, run_id="r1"))
    only_prod = {"prod": tenants["prod"]}

    run = make_run(
        clock, store, only_prod, month=OCTOBER, run_id="r2", other_tenants=["dev", "new"]
    )
    result = run_census(run)

    assert [(tenant["name"], tenant["status"]) for tenant in result.tenants] == [
        ("dev", "complete"),
        ("new", "failed"),
        ("prod", "complete"),
    ]
    assert result.status == "partial"
    assert tenants["dev"].requests["packages"] == 1


def test_report_keeps_the_start_of_the_first_attempt(clock: FakeClock, store: MemoryStore) -> None:
    tenant = FakeTenant(clock)
    tenant.error = TransientError("down")
    run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1"))
    tenant.error = None
    clock.advance(600)

    run_census(make_run(clock, store, {"prod": tenant}, month=OCTOBER, run_id="r1"))

    run = report(store)["run"]
    assert isinstance(run, dict)
    assert run["started_at"] == "2026-11-01T00:30:00.000Z"
    assert run["finished_at"] == "2026-11-01T00:40:00.000Z"


class SlowTenant(FakeTenant):
    """Needs five minutes to list its packages."""

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        self.clock.advance(300)
        return super().packages(fresh=fresh)


def test_run_starts_before_its_first_scan(clock: FakeClock, store: MemoryStore) -> None:
    run_census(make_run(clock, store, {"prod": SlowTenant(clock)}, month=OCTOBER))

    run = report(store)["run"]
    assert isinstance(run, dict)
    assert run["started_at"] == "2026-11-01T00:30:00.000Z"
    assert run["finished_at"] == "2026-11-01T00:35:00.000Z"


def test_seconds_of_a_tenant_are_those_of_its_scan(clock: FakeClock, store: MemoryStore) -> None:
    clock.advance(60)

    result = run_census(make_run(clock, store, {"prod": SlowTenant(clock)}, month=OCTOBER))

    assert result.report is not None
    assert result.report.tenants[0].api.seconds == 300


def test_verification_accepts_a_complete_report(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER, run_id="r1")
    run_census(run)

    result = verify(replace(run, plan=replace(run.plan, run_id="r2", tenants={})))

    assert (result.status, result.run_id) == ("complete", "r1")


@pytest.mark.parametrize("error", [None, TransientError("down")])
def test_verification_fails_without_a_complete_report(
    clock: FakeClock, store: MemoryStore, error: TransientError | None
) -> None:
    tenant = FakeTenant(clock)
    tenant.error = error
    run = make_run(clock, store, {"prod": tenant}, month=OCTOBER)
    if error is not None:
        run_census(run)

    with pytest.raises(CensusIncomplete, match=r"2026-10: (missing|not complete \(prod\))"):
        verify(run)


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"schema": "other"}'])
def test_damaged_earlier_report_is_copied_aside_and_left_out(
    clock: FakeClock, store: MemoryStore, body: bytes
) -> None:
    key = "reports/period=2026-09/report.json"
    store.write(key, body)

    result = run_census(make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER))

    copy = store.read(f"{key}.damaged-{content_etag(body)[:16]}")
    assert result.report is not None
    (warning,) = result.report.warnings
    assert "this report is left out of all comparisons" in warning
    assert copy is not None
    assert copy.body == body


def test_earlier_report_of_a_newer_version_stops_the_run(
    clock: FakeClock, store: MemoryStore
) -> None:
    key = "reports/period=2026-09/report.json"
    store.write(key, b'{"schema": "iflow-census/report/v2", "version": "9.1.0"}')
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=OCTOBER)

    with pytest.raises(ConfigurationError, match=r"deploy version 9\.1\.0 or later"):
        run_census(run)

    assert store.read("reports/period=2026-10/report.json") is None
