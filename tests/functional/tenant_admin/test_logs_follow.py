"""`iflow-census logs list --follow`: every log is returned, and none twice."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.tenant_admin.log_tail import tail_logs
from iflow_census.tenant_admin.message_logs import LogFilter
from tests.clock import FakeClock
from tests.simulators.cloud_integration import (
    ALL_ROLES,
    Landscape,
    LogArtifact,
    MessageLog,
    SimulatedTenant,
    to_ms,
)
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW

NOW = to_ms(EXAMPLE_NOW)
MINUTE = 60_000
FLOW = LogArtifact("Flow", "Flow", "P", "P")
OTHER_FLOW = LogArtifact("Other", "Other", "P", "P")

Statuses = list[tuple[str, str]]


def tenant_with(
    clock: FakeClock, *messages: MessageLog, ahead: timedelta = timedelta()
) -> SimulatedTenant:
    landscape = Landscape("followed", messages=messages)
    return SimulatedTenant(
        landscape, roles=ALL_ROLES, clock=lambda: clock.now() + ahead, enforce_limits=False
    )


def interrupted_after(clock: FakeClock, minutes: float) -> Clock:
    """A clock that raises KeyboardInterrupt after some minutes."""
    end = clock.monotonic() + minutes * 60

    def sleep(seconds: float) -> None:
        if clock.monotonic() >= end:
            raise KeyboardInterrupt
        clock.sleep(seconds)

    return replace(clock.clock, sleep=sleep)


class ChangingApi(Api):
    """An API that changes logs: `change(log)` returns a log, or None to hide it."""

    change: Any = staticmethod(lambda log: log)

    def read_all(self, path: str, **options: Any) -> Iterator[dict[str, Any]]:
        changed = (self.change(log) for log in super().read_all(path, **options))
        return (log for log in changed if log is not None)


@dataclass
class Follower:
    """Follows the logs of a tenant for some minutes."""

    clock: FakeClock
    batches: list[list[dict[str, Any]]]

    def run(
        self, tenant: SimulatedTenant, query: LogFilter, minutes: float, change: Any = None
    ) -> Statuses:
        key = parse_service_key(json.dumps(tenant.service_key()), source="test")
        clock = interrupted_after(self.clock, minutes)
        with SapConnection(key, Deadline(self.clock.clock, 1e9)) as connection:
            api = ChangingApi(connection)
            if change is not None:
                api.change = change
            with pytest.raises(KeyboardInterrupt):
                self.batches.extend(tail_logs(api, query, clock))
        return [(log["MessageGuid"], log["Status"]) for batch in self.batches for log in batch]


@pytest.fixture
def follower() -> Follower:
    return Follower(FakeClock(EXAMPLE_NOW), [])


def since(minutes: float, **query: Any) -> LogFilter:
    return LogFilter(EXAMPLE_NOW - timedelta(minutes=minutes), **query)


def test_log_is_returned_at_start_and_on_status_change(follower: Follower) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW + MINUTE, NOW + 90 * MINUTE)

    with tenant_with(follower.clock, log) as tenant:
        statuses = follower.run(tenant, since(60), 120)

    assert statuses == [("A", "PROCESSING"), ("A", "FAILED")]


def test_log_started_long_ago_is_returned_when_it_ends(follower: Follower) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW - 300 * MINUTE, NOW + 10 * MINUTE)

    with tenant_with(follower.clock, log) as tenant:
        statuses = follower.run(tenant, since(60), 20)

    assert statuses == [("A", "FAILED")]


def test_log_without_start_is_returned_when_it_ends(follower: Follower) -> None:
    log = MessageLog("A", FLOW, "COMPLETED", NOW + MINUTE, NOW + 8 * MINUTE)

    def without_dates(row: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**row, "LogStart": None} if row["Status"] == "PROCESSING" else row

    with tenant_with(follower.clock, log) as tenant:
        statuses = follower.run(tenant, since(60), 20, without_dates)

    assert statuses == [("A", "PROCESSING"), ("A", "COMPLETED")]


def test_late_log_is_returned(follower: Follower) -> None:
    logs = [
        MessageLog(f"G{minute}", FLOW, "COMPLETED", NOW + minute * MINUTE, NOW + minute * MINUTE)
        for minute in range(10)
    ]

    def written_late(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        late = EXAMPLE_NOW + timedelta(minutes=8)
        hidden = row["MessageGuid"] == "G4" and follower.clock.now() < late
        return None if hidden else row

    with tenant_with(follower.clock, *logs) as tenant:
        statuses = follower.run(tenant, since(60), 20, written_late)

    assert sorted(statuses) == [(f"G{minute}", "COMPLETED") for minute in range(10)]


def test_status_change_without_new_time_is_returned(follower: Follower) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW - MINUTE, NOW)
    busy = [
        MessageLog(f"B{minute}", FLOW, "COMPLETED", NOW + minute * MINUTE, NOW + minute * MINUTE)
        for minute in range(0, 40, 4)
    ]

    def in_retry(row: Mapping[str, Any]) -> Mapping[str, Any]:
        early = follower.clock.now() < EXAMPLE_NOW + timedelta(minutes=30)
        return {**row, "Status": "RETRY"} if row["MessageGuid"] == "A" and early else row

    with tenant_with(follower.clock, log, *busy) as tenant:
        statuses = follower.run(tenant, since(60), 45, in_retry)

    assert [status for status in statuses if status[0] == "A"] == [("A", "RETRY"), ("A", "FAILED")]


def test_only_matching_logs_are_returned(follower: Follower) -> None:
    logs = [
        MessageLog("failed", FLOW, "FAILED", NOW + MINUTE, NOW + 2 * MINUTE),
        MessageLog("good", FLOW, "COMPLETED", NOW + MINUTE, NOW + 2 * MINUTE),
        MessageLog("other", OTHER_FLOW, "FAILED", NOW + MINUTE, NOW + 2 * MINUTE),
    ]

    with tenant_with(follower.clock, *logs) as tenant:
        statuses = follower.run(tenant, since(60, iflow="Flow", statuses=("FAILED",)), 10)

    assert statuses == [("failed", "FAILED")]


@pytest.mark.parametrize("ahead", [-600, 0, 600])
def test_every_log_is_returned_once_whatever_the_clock_skew(follower: Follower, ahead: int) -> None:
    rng = random.Random(7)  # noqa: S311 - test data
    logs = []
    for number in range(50):
        start = NOW + rng.randrange(-20, 20) * MINUTE + rng.randrange(MINUTE)
        duration = rng.choice([rng.randrange(1000), rng.randrange(20 * MINUTE)])
        status = rng.choice(["COMPLETED", "FAILED", "CANCELLED", "ESCALATED"])
        logs.append(MessageLog(f"G{number}", FLOW, status, start, start + duration))

    with tenant_with(follower.clock, *logs, ahead=timedelta(seconds=ahead)) as tenant:
        statuses = follower.run(tenant, since(60), 55)

    assert max(Counter(statuses).values()) == 1
    final = {status for status in statuses if status[1] != "PROCESSING"}
    assert final == {(log.guid, log.status) for log in logs}


def test_logs_of_one_poll_are_sorted_by_time(follower: Follower) -> None:
    logs = [
        MessageLog(f"G{number}", FLOW, "COMPLETED", NOW - number * MINUTE, NOW - number * MINUTE)
        for number in range(20)
    ]

    with tenant_with(follower.clock, *logs) as tenant:
        follower.run(tenant, since(60), 1)

    times = [log["LogEnd"] for log in follower.batches[0]]
    assert len(times) == 20
    assert all(earlier < later for earlier, later in pairwise(times))


def test_quiet_tenant_is_polled_less_often(follower: Follower) -> None:
    with tenant_with(follower.clock) as tenant:
        follower.run(tenant, since(60), 60)
        requests = [
            request
            for request in tenant.requests
            if request.path.endswith("/MessageProcessingLogs")
        ]

    # Two requests per poll; a quiet tenant is polled every 30 seconds.
    assert 200 < len(requests) < 280


def test_future_time_hides_no_logs(follower: Follower) -> None:
    logs = [
        MessageLog("future", FLOW, "COMPLETED", NOW - MINUTE, NOW - MINUTE),
        MessageLog("next", FLOW, "COMPLETED", NOW + 10 * MINUTE, NOW + 10 * MINUTE),
    ]

    def from_the_future(row: Mapping[str, Any]) -> Mapping[str, Any]:
        year = datetime(2099, 1, 1, tzinfo=EXAMPLE_NOW.tzinfo)
        return {**row, "LogEnd": year} if row["MessageGuid"] == "future" else row

    with tenant_with(follower.clock, *logs) as tenant:
        statuses = follower.run(tenant, since(60), 20, from_the_future)

    assert statuses == [("future", "COMPLETED"), ("next", "COMPLETED")]


def _run_command(tmp_path: Path, *options: str) -> Result:
    clock = FakeClock(EXAMPLE_NOW)
    log = MessageLog("A\u202eB", FLOW, "FAILED", NOW + MINUTE, NOW + 3 * MINUTE)
    with tenant_with(clock, log) as tenant:
        key = tmp_path / "prod.json"
        key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
        arguments = ["logs", "list", str(key), "--follow", *options]
        return CliRunner().invoke(app, arguments, obj=interrupted_after(clock, 10))


def test_follow_runs_until_interrupted(tmp_path: Path) -> None:
    result = _run_command(tmp_path, "--errors")

    started, ended = result.stdout.splitlines()
    assert result.exit_code == 130
    assert started == "2026-11-01 00:31:00                       PROCESSING  Flow  A B"
    assert ended.startswith("2026-11-01 00:31:00  2026-11-01 00:33:00  FAILED      Flow  A B  org.")


def test_follow_prints_one_json_line_per_log(tmp_path: Path) -> None:
    result = _run_command(tmp_path, "--json")

    logs = [json.loads(line) for line in result.stdout.splitlines()]
    assert [log["Status"] for log in logs] == ["PROCESSING", "FAILED"]
    assert logs[1]["LogEnd"] == "2026-11-01T00:33:00Z"
