"""The event `Census Completed`: its content and size, and that it is sent once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iflow_census.census.completed_event import build_detail
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census
from iflow_census.errors import AccessError
from iflow_census.scan.period import Month
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run

OCTOBER = Month(2026, 10)


@dataclass
class Bus:
    """Keeps the events, or refuses them."""

    refuses: bool = False
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        if self.refuses:
            raise AccessError("event bus 'default': access denied")
        self.events.append((detail_type, detail))


def census(clock: FakeClock, store: MemoryStore, bus: Bus, *, dev: FakeTenant) -> CensusResult:
    tenants = {"dev": dev, "prod": FakeTenant(clock)}
    run = make_run(clock, store, tenants, month=OCTOBER, run_id="20261101T003000Z")
    return run_census(replace(run, events=bus))


def test_each_outcome_sends_one_event() -> None:
    clock, store, bus = FakeClock(), MemoryStore(), Bus()
    broken = FakeTenant(clock)
    broken.error = AccessError("no")

    for dev in (broken, broken, FakeTenant(clock), FakeTenant(clock)):
        census(clock, store, bus, dev=dev)

    (kind, partial), (_, complete) = bus.events
    assert kind == "Census Completed"
    assert partial["status"] == "partial"
    assert partial["tenants"] == [
        {"name": "dev", "status": "failed"},
        {"name": "prod", "status": "complete"},
    ]
    assert (complete["status"], complete["run_id"]) == ("complete", "20261101T003000Z")
    assert complete["manifest"].endswith("reports/period=2026-10/manifest.json")


def test_event_that_cannot_be_sent_does_not_affect_the_report() -> None:
    clock, store, bus = FakeClock(), MemoryStore(), Bus(refuses=True)

    failed = census(clock, store, bus, dev=FakeTenant(clock))
    bus.refuses = False
    again = census(clock, store, bus, dev=FakeTenant(clock))

    assert (failed.status, failed.event_problem) == (
        "complete",
        "event bus 'default': access denied",
    )
    assert again.event_problem is None
    assert len(bus.events) == 1


def test_event_of_many_tenants_fits_and_names_the_failed_ones() -> None:
    # A name with umlauts takes the most bytes: six for each letter in JSON.
    names = [f"tenant-{number:05}-{'ü' * 20}" for number in range(10_000)]
    tenants = [{"name": name, "status": "complete", "iflows": 3} for name in names]
    tenants[-1]["status"] = "failed"

    detail = build_detail(
        CensusResult("partial", "20261101T003000Z", "2026-10", "s3://…", tenants, True)
    )

    assert len(json.dumps(detail)) < 256 * 1024 - 20_000
    assert detail["tenants"][0] == {"name": names[-1], "status": "failed"}
    assert len(detail["tenants"]) + detail["tenants_omitted"] == 10_000
    assert detail["tenants_omitted"] > 0
