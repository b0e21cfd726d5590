"""The census: what it publishes, carries over, repeats and verifies."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

from iflow_census.census.plan import LeanixPlan
from iflow_census.census.run import run_census, verify
from iflow_census.clock import Deadline
from iflow_census.errors import AccessError, CensusIncomplete, ConfigurationError, TransientError
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Month
from iflow_census.scan.retention import rolling_window
from iflow_census.scan.tenant_api import Package
from iflow_census.store.protocol import StoredFile, content_etag
from iflow_census.store.report_writer import read_manifest
from iflow_census.store.state_file import compress
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
        table = store.read(f"tables/iflows/period=2026-10/{name}.jsonl.gz")
        assert table is not None
        rows = [json.loads(line) for line in gzip.decompress(table.body).splitlines()]
        assert [(row["tenant"], row["iflow_id"]) for row in rows] == [
            (name, "busy"),
            (name, "idle"),
            (name, "quiet"),
        ]


def test_census_writes_a_table_about_all_tenants(clock: FakeClock, store: MemoryStore) -> None:
    run_census(make_run(clock, store, {"dev": FakeTenant(clock)}, month=OCTOBER))

    for name in ("tenants", "changes", "worklist", "health"):
        assert store.read(f"tables/{name}/period=2026-10/report.jsonl.gz") is not None


def test_older_run_that_ends_late_replaces_no_table(clock: FakeClock, store: MemoryStore) -> None:
    older = make_run(clock, store, {"dev": FakeTenant(clock)}, month=OCTOBER)
    clock.advance(3600)
    newer = make_run(clock, store, {"dev": FakeTenant(clock)}, month=OCTOBER)
    older = replace(older, plan=replace(older.plan, run_id="20261101T000000Z"))

    run_census(newer)
    result = run_census(older)

    assert (result.run_id, result.leanix) == (older.plan.run_id, ())
    table = store.read("tables/tenants/period=2026-10/report.jsonl.gz")
    assert table is not None
    assert json.loads(gzip.decompress(table.body))["run_id"] == newer.plan.run_id


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
    (row,) = result.report.tenants_with_rows()
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

    assert [
        (tenant["name"], tenant["status"], tenant["carried_over"]) for tenant in result.tenants
    ] == [("dev", "complete", True), ("new", "failed", False), ("prod", "complete", False)]
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
        self.clock.advance(0 if fresh else 300)
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


def two_months(clock: FakeClock, store: MemoryStore, *, between: Callable[[], object]) -> Any:
    """Publish October and November, with a call in between, and return November's report."""
    tenants = {"prod": FakeTenant(clock)}
    run_census(make_run(clock, store, tenants, month=OCTOBER, run_id="r1"))
    between()
    clock.advance(30 * 24 * 3600)
    result = run_census(make_run(clock, store, tenants, month=OCTOBER.next(), run_id="r2"))
    assert result.report is not None
    return result.report


SNAPSHOT = "history/period=2026-10/prod.json.gz"


def test_month_is_compared_with_the_history(clock: FakeClock, store: MemoryStore) -> None:
    report = two_months(
        clock, store, between=lambda: store.delete("reports/period=2026-10/report.json")
    )

    assert report.changes().compared_with.run_id == "r1"
    assert report.changes().tenants[0].compared
    assert [str(month.month) for month in report.monthly_totals()["prod"] if month.totals] == [
        "2026-10",
        "2026-11",
    ]
    assert report.all_warnings() == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"[" * 100_000, b'{"schema": "other"}', compress(b"{"), compress(b"{}")[:-4]],
    ids=["cut", "deep", "other", "cut-inside", "cut-gzip"],
)
def test_damaged_snapshot_is_copied_aside_and_left_out(
    clock: FakeClock, store: MemoryStore, body: bytes
) -> None:
    report = two_months(clock, store, between=lambda: store.write(SNAPSHOT, body))

    copy = store.read(f"{SNAPSHOT}.damaged-{content_etag(body)[:16]}")
    assert copy is not None
    assert copy.body == body
    (warning,) = report.all_warnings()
    assert SNAPSHOT in warning
    assert warning.endswith("; 2026-10 is left out of all comparisons of prod")
    assert report.changes().tenants[0].reason == "not in the report of 2026-10"


def test_missing_snapshot_of_a_complete_tenant_is_named(
    clock: FakeClock, store: MemoryStore
) -> None:
    report = two_months(clock, store, between=lambda: store.delete(SNAPSHOT))

    (warning,) = report.all_warnings()
    assert f"{SNAPSHOT}: missing" in warning


def test_damaged_manifest_of_an_earlier_month_is_named(
    clock: FakeClock, store: MemoryStore
) -> None:
    key = "reports/period=2026-10/manifest.json"

    report = two_months(clock, store, between=lambda: store.write(key, b"{"))

    (warning,) = report.all_warnings()
    assert warning.startswith("the manifest of 2026-10 could not be read")
    assert report.changes().compared_with is None


def test_snapshot_of_a_newer_version_stops_the_run(clock: FakeClock, store: MemoryStore) -> None:
    newer = compress(b'{"schema": "iflow-census/snapshot/v2", "version": "9.1.0"}')
    tenants = {"prod": FakeTenant(clock)}
    run_census(make_run(clock, store, tenants, month=OCTOBER, run_id="r1"))
    scan = make_run(clock, store, tenants, month=OCTOBER.next(), run_id="r2")
    clock.advance(30 * 24 * 3600)
    run_census(scan)
    store.write(SNAPSHOT, newer)
    later = make_run(clock, store, tenants, month=OCTOBER.next(), run_id="r3")

    with pytest.raises(ConfigurationError, match=r"deploy version 9\.1\.0 or later"):
        run_census(later)

    manifest = read_manifest(store, "reports/period=2026-11/")
    assert manifest is not None
    assert manifest.run_id == "r2"


def test_rolling_window_adds_nothing_to_the_history(clock: FakeClock, store: MemoryStore) -> None:
    run = make_run(clock, store, {"prod": FakeTenant(clock)}, month=rolling_window(clock.now()))

    run_census(run)

    assert store.list_folders("history/") == []


def test_decisions_are_in_the_report_and_bad_lines_in_its_warnings(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    lines = (
        "tenant;iflow_id;decision;due\ndev;idle;retire;2026-09\ndev;busy;retire;2026-09\ndev;x\n"
    )
    store.write("annotations.csv", lines.encode())

    run_census(make_run(clock, store, {"dev": FakeTenant(clock)}, month=OCTOBER))

    stored = store.read("reports/period=2026-10/report.json")
    assert stored is not None
    content = json.loads(stored.body)
    decisions = {row["iflow_id"]: row["decision_overdue"] for row in content["iflows"]}
    # Only "busy" is deployed.
    assert decisions == {"busy": True, "idle": False, "quiet": None}
    problem = "annotations.csv, line 4: no decision; fill it in"
    assert content["warnings"] == [problem]
    assert problem in caplog.messages


def test_unreadable_rules_for_systems_only_keep_leanix_from_being_sent(clock: FakeClock) -> None:
    class Store(MemoryStore):
        def read(self, key: str) -> StoredFile | None:
            if key == "systems.csv":
                raise AccessError("s3:GetObject is missing")
            return super().read(key)

    def open_workspace(_: Deadline) -> NoReturn:
        raise AssertionError("nothing may be sent")

    leanix = LeanixPlan(open_workspace, LeanixSettings(), test=False)

    result = run_census(
        make_run(clock, Store(), {"dev": FakeTenant(clock)}, month=OCTOBER, leanix=leanix)
    )

    assert [entry["problem"] for entry in result.leanix] == ["s3:GetObject is missing"]


def test_unreadable_decisions_cost_no_report(clock: FakeClock) -> None:
    class Store(MemoryStore):
        def read(self, key: str) -> StoredFile | None:
            if key == "annotations.csv":
                raise AccessError("s3:GetObject is missing")
            return super().read(key)

    result = run_census(make_run(clock, Store(), {"dev": FakeTenant(clock)}, month=OCTOBER))

    assert result.report is not None
    (warning,) = result.report.warnings
    assert warning.startswith("annotations.csv: not read, so no decision is shown")
