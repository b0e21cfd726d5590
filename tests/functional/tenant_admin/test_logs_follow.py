"""`iflow-census logs list --follow`: every log is told, and none twice."""

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
from iflow_census.tenant_admin.log_tail import follow
from iflow_census.tenant_admin.message_logs import LogQuery
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

Said = list[tuple[str, str]]


def tenant_with(
    clock: FakeClock, *messages: MessageLog, ahead: timedelta = timedelta()
) -> SimulatedTenant:
    landscape = Landscape("followed", messages=messages)
    return SimulatedTenant(
        landscape, roles=ALL_ROLES, clock=lambda: clock.now() + ahead, enforce_limits=False
    )


def interrupted_after(clock: FakeClock, minutes: float) -> Clock:
    """A clock at which a person presses Ctrl-C."""
    end = clock.monotonic() + minutes * 60

    def sleep(seconds: float) -> None:
        if clock.monotonic() >= end:
            raise KeyboardInterrupt
        clock.sleep(seconds)

    return replace(clock.clock, sleep=sleep)


class OddApi(Api):
    """The API, with logs that are changed on their way: `odd(log)` is a log, or None to hide it."""

    odd: Any = staticmethod(lambda log: log)

    def read_all(self, path: str, **options: Any) -> Iterator[dict[str, Any]]:
        changed = (self.odd(log) for log in super().read_all(path, **options))
        return (log for log in changed if log is not None)


@dataclass
class Followed:
    """Follows a tenant for a while."""

    clock: FakeClock
    batches: list[list[dict[str, Any]]]

    def run(
        self, tenant: SimulatedTenant, query: LogQuery, minutes: float, odd: Any = None
    ) -> Said:
        key = parse_service_key(json.dumps(tenant.service_key()), source="test")
        clock = interrupted_after(self.clock, minutes)
        with SapConnection(key, Deadline(self.clock.clock, 1e9)) as connection:
            api = OddApi(connection)
            if odd is not None:
                api.odd = odd
            with pytest.raises(KeyboardInterrupt):
                self.batches.extend(follow(api, query, clock))
        return [(log["MessageGuid"], log["Status"]) for batch in self.batches for log in batch]


@pytest.fixture
def followed() -> Followed:
    return Followed(FakeClock(EXAMPLE_NOW), [])


def since(minutes: float, **query: Any) -> LogQuery:
    return LogQuery(EXAMPLE_NOW - timedelta(minutes=minutes), **query)


def test_a_log_is_told_as_it_begins_and_as_its_status_changes(followed: Followed) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW + MINUTE, NOW + 90 * MINUTE)

    with tenant_with(followed.clock, log) as tenant:
        said = followed.run(tenant, since(60), 120)

    assert said == [("A", "PROCESSING"), ("A", "FAILED")]


def test_a_log_that_began_long_before_is_told_when_it_ends(followed: Followed) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW - 300 * MINUTE, NOW + 10 * MINUTE)

    with tenant_with(followed.clock, log) as tenant:
        said = followed.run(tenant, since(60), 20)

    assert said == [("A", "FAILED")]


def test_a_log_that_has_no_start_yet_is_told_when_it_ends(followed: Followed) -> None:
    log = MessageLog("A", FLOW, "COMPLETED", NOW + MINUTE, NOW + 8 * MINUTE)

    def without_dates(row: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**row, "LogStart": None} if row["Status"] == "PROCESSING" else row

    with tenant_with(followed.clock, log) as tenant:
        said = followed.run(tenant, since(60), 20, without_dates)

    assert said == [("A", "PROCESSING"), ("A", "COMPLETED")]


def test_a_log_that_is_written_late_is_told(followed: Followed) -> None:
    logs = [
        MessageLog(f"G{minute}", FLOW, "COMPLETED", NOW + minute * MINUTE, NOW + minute * MINUTE)
        for minute in range(10)
    ]

    def written_late(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        late = EXAMPLE_NOW + timedelta(minutes=8)
        hidden = row["MessageGuid"] == "G4" and followed.clock.now() < late
        return None if hidden else row

    with tenant_with(followed.clock, *logs) as tenant:
        said = followed.run(tenant, since(60), 20, written_late)

    assert sorted(said) == [(f"G{minute}", "COMPLETED") for minute in range(10)]


def test_a_change_without_a_new_time_is_told(followed: Followed) -> None:
    log = MessageLog("A", FLOW, "FAILED", NOW - MINUTE, NOW)
    busy = [
        MessageLog(f"B{minute}", FLOW, "COMPLETED", NOW + minute * MINUTE, NOW + minute * MINUTE)
        for minute in range(0, 40, 4)
    ]

    def in_retry(row: Mapping[str, Any]) -> Mapping[str, Any]:
        early = followed.clock.now() < EXAMPLE_NOW + timedelta(minutes=30)
        return {**row, "Status": "RETRY"} if row["MessageGuid"] == "A" and early else row

    with tenant_with(followed.clock, log, *busy) as tenant:
        said = followed.run(tenant, since(60), 45, in_retry)

    assert [one for one in said if one[0] == "A"] == [("A", "RETRY"), ("A", "FAILED")]


def test_only_what_is_wanted_is_told(followed: Followed) -> None:
    logs = [
        MessageLog("failed", FLOW, "FAILED", NOW + MINUTE, NOW + 2 * MINUTE),
        MessageLog("good", FLOW, "COMPLETED", NOW + MINUTE, NOW + 2 * MINUTE),
        MessageLog("other", OTHER_FLOW, "FAILED", NOW + MINUTE, NOW + 2 * MINUTE),
    ]

    with tenant_with(followed.clock, *logs) as tenant:
        said = followed.run(tenant, since(60, iflow="Flow", statuses=("FAILED",)), 10)

    assert said == [("failed", "FAILED")]


@pytest.mark.parametrize("ahead", [-600, 0, 600])
def test_however_the_clocks_stand_every_log_is_told_once_with_its_end(
    followed: Followed, ahead: int
) -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    logs = []
    for number in range(50):
        start = NOW + dice.randrange(-20, 20) * MINUTE + dice.randrange(MINUTE)
        lasts = dice.choice([dice.randrange(1000), dice.randrange(20 * MINUTE)])
        status = dice.choice(["COMPLETED", "FAILED", "CANCELLED", "ESCALATED"])
        logs.append(MessageLog(f"G{number}", FLOW, status, start, start + lasts))

    with tenant_with(followed.clock, *logs, ahead=timedelta(seconds=ahead)) as tenant:
        said = followed.run(tenant, since(60), 55)

    assert max(Counter(said).values()) == 1
    ended = {one for one in said if one[1] != "PROCESSING"}
    assert ended == {(log.guid, log.status) for log in logs}


def test_the_newest_of_what_is_told_at_once_comes_last(followed: Followed) -> None:
    logs = [
        MessageLog(f"G{number}", FLOW, "COMPLETED", NOW - number * MINUTE, NOW - number * MINUTE)
        for number in range(20)
    ]

    with tenant_with(followed.clock, *logs) as tenant:
        followed.run(tenant, since(60), 1)

    times = [log["LogEnd"] for log in followed.batches[0]]
    assert len(times) == 20
    assert all(earlier < later for earlier, later in pairwise(times))


def test_a_quiet_tenant_is_asked_ever_more_rarely(followed: Followed) -> None:
    with tenant_with(followed.clock) as tenant:
        followed.run(tenant, since(60), 60)
        looks = len([one for one in tenant.requests if one.path.endswith("/MessageProcessingLogs")])

    # Two requests a look; at most a look each 30 seconds once it is quiet.
    assert 200 < looks < 280


def test_a_time_in_the_future_hides_nothing(followed: Followed) -> None:
    logs = [
        MessageLog("odd", FLOW, "COMPLETED", NOW - MINUTE, NOW - MINUTE),
        MessageLog("next", FLOW, "COMPLETED", NOW + 10 * MINUTE, NOW + 10 * MINUTE),
    ]

    def from_the_future(row: Mapping[str, Any]) -> Mapping[str, Any]:
        year = datetime(2099, 1, 1, tzinfo=EXAMPLE_NOW.tzinfo)
        return {**row, "LogEnd": year} if row["MessageGuid"] == "odd" else row

    with tenant_with(followed.clock, *logs) as tenant:
        said = followed.run(tenant, since(60), 20, from_the_future)

    assert said == [("odd", "COMPLETED"), ("next", "COMPLETED")]


def _followed_by_command(tmp_path: Path, *options: str) -> Result:
    clock = FakeClock(EXAMPLE_NOW)
    log = MessageLog("A\u202eB", FLOW, "FAILED", NOW + MINUTE, NOW + 3 * MINUTE)
    with tenant_with(clock, log) as tenant:
        key = tmp_path / "prod.json"
        key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
        arguments = ["logs", "list", str(key), "--follow", *options]
        return CliRunner().invoke(app, arguments, obj=interrupted_after(clock, 10))


def test_the_command_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    result = _followed_by_command(tmp_path, "--errors")

    begun, ended = result.stdout.splitlines()
    assert result.exit_code == 130
    assert begun == "2026-11-01 00:31:00                       PROCESSING  Flow  A B"
    assert ended.startswith("2026-11-01 00:31:00  2026-11-01 00:33:00  FAILED      Flow  A B  org.")


def test_the_command_writes_a_line_of_json_for_each(tmp_path: Path) -> None:
    result = _followed_by_command(tmp_path, "--json")

    logs = [json.loads(line) for line in result.stdout.splitlines()]
    assert [log["Status"] for log in logs] == ["PROCESSING", "FAILED"]
    assert logs[1]["LogEnd"] == "2026-11-01T00:33:00Z"
