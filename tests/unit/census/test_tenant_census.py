"""Tenants are scanned concurrently; none of them delays the others or makes them fail."""

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.fan_out import scan_only_tenant
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.census.tenant_census import is_done
from iflow_census.errors import AccessError, TransientError, UnexpectedError
from iflow_census.scan.period import Month
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Coverage
from iflow_census.scan.tenant_api import Package, ServiceEndpoint
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run
from tests.unit.leanix.rows import tenant_result
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
LATE = 890
"""Seconds after which a run has no time to wait for another one's lease to expire."""
ABANDONED = "the scan did not finish in time and was abandoned"


class HangingTenant(FakeTenant):
    """Never lists its packages, but lets the time of the run pass once `ready` is set."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.ready = threading.Event()
        self.released = threading.Event()

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        assert self.ready.wait(10)
        self.clock.advance(1000)
        assert self.released.wait(60)
        return super().packages(fresh=fresh)


class ReadyTenant(FakeTenant):
    """Lets another tenant know when it has been scanned."""

    def __init__(self, clock: FakeClock, ready: threading.Event) -> None:
        super().__init__(clock)
        self._ready = ready

    def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
        threading.Timer(0.2, self._ready.set).start()
        return super().service_endpoints()


class StoppedTenant(FakeTenant):
    """Stops the process in its first request, while another run takes over."""

    def __init__(self, clock: FakeClock, store: RecordingStore, seconds: float) -> None:
        super().__init__(clock)
        self._store = store
        self._seconds = seconds
        self.written_before: Sequence[str] = ()

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        if not self.written_before:
            self.clock.advance(self._seconds)
            other = make_run(self.clock, self._store.inner, {}, month=OCTOBER)
            assert other.tenant_lease("dev").try_acquire()
            self.written_before = list(self._store.written) or ["nothing"]
        return super().packages(fresh=fresh)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))


@pytest.fixture
def hanging(clock: FakeClock) -> Iterator[HangingTenant]:
    tenant = HangingTenant(clock)
    yield tenant
    tenant.released.set()


def make_concurrent_run(
    clock: FakeClock,
    store: MemoryStore,
    tenants: dict[str, FakeTenant],
    *,
    tenants_at_once: int = 2,
    run_id: str = "r1",
) -> RunContext:
    run = make_run(clock, store, tenants, month=OCTOBER, run_id=run_id)
    return replace(run, plan=replace(run.plan, tenants_at_once=tenants_at_once))


def statuses(tenants: Sequence[object]) -> dict[str, tuple[str, object]]:
    return {
        tenant["name"]: (str(tenant["status"]), tenant["error"])  # type: ignore[index]
        for tenant in tenants
    }


@pytest.mark.slow
def test_hanging_tenant_does_not_delay_the_report(clock: FakeClock, hanging: HangingTenant) -> None:
    store = MemoryStore()
    good = ReadyTenant(clock, hanging.ready)

    result = run_census(make_concurrent_run(clock, store, {"bad": hanging, "good": good}))

    assert statuses(result.tenants) == {"bad": ("failed", ABANDONED), "good": ("complete", None)}
    assert store.read("reports/period=2026-10/report.json") is not None


@pytest.mark.slow
def test_hanging_tenant_keeps_its_last_good_rows(clock: FakeClock, hanging: HangingTenant) -> None:
    store = MemoryStore()
    run_census(make_concurrent_run(clock, store, {"bad": FakeTenant(clock)}, run_id="r0"))
    hanging.ready.set()

    result = run_census(make_concurrent_run(clock, store, {"bad": hanging}))

    assert statuses(result.tenants) == {"bad": ("partial", ABANDONED)}
    assert result.tenants[0]["iflows"] == 3


@pytest.mark.slow
def test_tenant_that_waits_behind_a_hanging_one_can_be_resumed(
    clock: FakeClock, hanging: HangingTenant
) -> None:
    tenants = {"bad": hanging, "good": FakeTenant(clock)}
    hanging.ready.set()

    result = run_census(make_concurrent_run(clock, MemoryStore(), tenants, tenants_at_once=1))

    assert statuses(result.tenants) == {
        "bad": ("failed", ABANDONED),
        "good": ("partial", "the time of this run is used up"),
    }


@pytest.mark.slow
def test_checkpoint_does_not_wait_for_a_hanging_tenant(
    clock: FakeClock, hanging: HangingTenant
) -> None:
    good = ReadyTenant(clock, hanging.ready)

    result = run_checkpoint(
        make_concurrent_run(clock, MemoryStore(), {"bad": hanging, "good": good})
    )

    assert statuses(result.tenants) == {"bad": ("failed", ABANDONED), "good": ("complete", None)}


@pytest.mark.slow
def test_scan_step_does_not_wait_for_a_hanging_tenant(
    clock: FakeClock, hanging: HangingTenant
) -> None:
    store = MemoryStore()
    run = make_concurrent_run(clock, store, {"bad": hanging})
    hanging.ready.set()

    outcome = scan_only_tenant(run, checkpoint=False)

    assert isinstance(outcome.error, TransientError)
    failure = run.work_state.read_failure("bad")
    assert failure is not None
    assert failure.error == ABANDONED


@pytest.mark.parametrize("fails", [False, True], ids=["complete", "failed"])
@pytest.mark.parametrize("checkpoint", [False, True], ids=["census", "checkpoint"])
def test_former_owner_of_the_lease_writes_nothing(
    clock: FakeClock, *, checkpoint: bool, fails: bool
) -> None:
    store = RecordingStore()
    tenant = StoppedTenant(clock, store, LATE)
    tenant.error = TransientError("the packages cannot be read") if fails else None
    run = make_concurrent_run(clock, store.inner, {"dev": tenant})
    run = replace(run, services=Services(store, store, clock.clock))

    outcome = scan_only_tenant(run, checkpoint=checkpoint)

    assert str(outcome.error) == "another run is still scanning; the time of this run is used up"
    assert store.written == tenant.written_before


def test_tenant_is_scanned_again_after_the_other_run_is_gone(clock: FakeClock) -> None:
    store = RecordingStore()
    tenant = StoppedTenant(clock, store, LATE / 2)
    run = make_concurrent_run(clock, store.inner, {"dev": tenant})

    outcome = scan_only_tenant(run, checkpoint=False)

    assert outcome.result.status == "complete"
    assert tenant.requests["packages"] == 2


def test_unexpected_error_is_logged_without_its_text(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = FakeTenant(clock)
    tenant.error = KeyError("secret")
    caplog.set_level(logging.ERROR)

    outcome = scan_only_tenant(
        make_concurrent_run(clock, MemoryStore(), {"bad": tenant}), checkpoint=False
    )

    assert isinstance(outcome.error, UnexpectedError)
    assert str(outcome.error).startswith("unexpected error (KeyError in census/fake_tenant.py:")
    (record,) = caplog.records
    assert record.getMessage().startswith("tenant bad: unexpected KeyError in census/fake_tenant")
    assert "secret" not in caplog.text


def test_report_has_the_profile_of_failed_tenants_too(clock: FakeClock) -> None:
    store, bad = MemoryStore(), FakeTenant(clock)
    bad.error = AccessError("HTTP 403")

    run_census(make_run(clock, store, {"bad": bad, "good": FakeTenant(clock)}, month=OCTOBER))

    stored = store.read("reports/period=2026-10/report.json")
    assert stored is not None
    report = json.loads(stored.body)
    assert [(tenant["environment"], tenant["web_url"]) for tenant in report["tenants"]] == [
        ("test", "https://web.example")
    ] * 2


@pytest.mark.parametrize(
    ("complete", "scanned_at", "done"),
    [
        (True, OCTOBER.end, True),
        (True, OCTOBER.end - timedelta(seconds=1), False),
        (True, None, False),
        (False, OCTOBER.end, False),
    ],
)
def test_month_is_done_after_its_end_with_all_of_its_messages(
    clock: FakeClock, complete: bool, scanned_at: datetime | None, done: bool
) -> None:
    run = make_run(clock, MemoryStore(), {}, month=OCTOBER)
    coverage = Coverage(complete=complete)

    assert is_done(run, replace(tenant_result(), coverage=coverage, scanned_at=scanned_at)) is done
