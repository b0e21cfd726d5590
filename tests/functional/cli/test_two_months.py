"""Two months on one folder, with a tenant down, a kill and a failed run; docs/testing.md."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.functional.cli.conftest import CommandLine
from tests.functional.tenants import differences, of_tenant, simulated, small, tenant, whole_truth
from tests.processes import Ran
from tests.simulators.cloud_integration import Fault, FaultKind, Landscape, SimulatedTenant

NAMES = ("dev", "prod")
MONTHS = ((2026, 10), (2026, 11))


class Calendar:
    """The command line and its tenants, at the dates of the test."""

    def __init__(self, command_line: CommandLine, stack: ExitStack) -> None:
        self.command_line = command_line
        self.clock = FakeClock(datetime(2026, 10, 16, 0, 30, tzinfo=UTC))
        self.landscapes: Mapping[str, Landscape] = {
            name: small(variant=name, months=MONTHS, name=name) for name in NAMES
        }
        self.tenants: Mapping[str, SimulatedTenant] = {
            name: stack.enter_context(simulated(self.clock, self.landscapes[name]))
            for name in NAMES
        }
        self.move_to(self.clock.now())

    def move_to(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())
        self.command_line.now = moment

    def keys(self, down: Sequence[str] = ()) -> list[str]:
        """The files of the keys; those of tenants that are down are rejected."""
        files = []
        for name, simulated_tenant in self.tenants.items():
            key = simulated_tenant.service_key()
            if name in down:
                key["oauth"]["clientsecret"] = "rejected"
            files.append(self.command_line.file(json.dumps(key), f"{name}.json"))
        return files

    def run(self, *options: str, down: Sequence[str] = ()) -> Ran:
        ran = self.command_line("run", *self.keys(down), *options)
        # Shown with -s.
        sys.stdout.write(f"\n{self.command_line.now:%Y-%m-%d %H:%M} UTC: run {' '.join(options)}\n")
        sys.stdout.write(ran.stderr)
        return ran

    def kill_in_mid_scan(self, *options: str) -> None:
        process = self.command_line.start("run", *self.keys(), *options)
        kill = partial(os.kill, process.pid, signal.SIGKILL)
        hook = Fault(FaultKind.CRASH_HOOK, family="runtime", nth=1, hook=lambda _: kill())
        self.tenants["prod"].faults.add(hook)
        process.communicate()
        self.tenants["prod"].faults.clear()
        assert process.returncode == -signal.SIGKILL

    def folder(self) -> Path:
        return self.command_line.folder / "iflow-census"

    def report(self, month: str) -> Any:
        file = self.folder() / f"reports/period={month}/report.json"
        return json.loads(file.read_text(encoding="utf-8"))

    def check_truth(self, report: Mapping[str, Any], name: str, start: datetime) -> None:
        """Check rows and sums against the tenant's own figures of the month."""
        end = (start + timedelta(days=32)).replace(day=1)
        truth = whole_truth(self.landscapes[name], start, end, now=end + timedelta(hours=7))
        found = tenant(report, name)
        assert found["coverage"]["percent"] == 100
        assert found["totals"]["messages"] == truth["totals"]["messages"]
        assert found["totals"]["messages_failed"] == truth["totals"]["messages_failed"]
        columns = ("messages", "messages_failed", "messages_completed")
        rows = [
            {"iflow_id": row["iflow_id"], **{column: row[column] for column in columns}}
            for row in of_tenant(report, name)
        ]
        expected = [
            {"iflow_id": row["iflow_id"], **{column: row[column] for column in columns}}
            for row in truth["iflows"]
        ]
        assert differences(rows, {"iflows": expected}) == []


@pytest.fixture
def calendar(iflow_census: CommandLine) -> Iterator[Calendar]:
    with ExitStack() as stack:
        yield Calendar(iflow_census, stack)


@pytest.mark.slow
def test_two_months_on_one_folder_lose_nothing(calendar: Calendar) -> None:
    october, november = (datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11))
    later = timedelta(minutes=2)

    calendar.kill_in_mid_scan("--checkpoint")
    calendar.move_to(calendar.clock.now() + later)
    checkpoint = calendar.run("--checkpoint")
    assert checkpoint.exit_code == 0
    assert "Continuing the run of 2026-10-16 00:30 UTC" in checkpoint.stderr
    assert not (calendar.folder() / "reports").exists()

    calendar.move_to(datetime(2026, 11, 1, 7, 0, tzinfo=UTC))
    assert calendar.run(down=["dev"]).exit_code == 3
    first = calendar.report("2026-10")
    calendar.check_truth(first, "prod", october)
    assert tenant(first, "dev")["status"] == "failed"

    calendar.move_to(calendar.clock.now() + timedelta(hours=2))
    assert calendar.run().exit_code == 0
    complete = calendar.report("2026-10")
    for name in NAMES:
        calendar.check_truth(complete, name, october)

    calendar.move_to(datetime(2026, 11, 16, 0, 30, tzinfo=UTC))
    assert calendar.run(down=NAMES).exit_code == 1
    assert calendar.report("2026-10") == complete
    calendar.move_to(calendar.clock.now() + later)
    assert calendar.run("--checkpoint").exit_code == 0

    calendar.move_to(datetime(2026, 12, 1, 7, 0, tzinfo=UTC))
    assert calendar.run().exit_code == 0
    second = calendar.report("2026-11")
    for name in NAMES:
        calendar.check_truth(second, name, november)
    assert second["changes"]["compared_with"]["month"] == "2026-10"
    assert calendar.report("2026-10") == complete
    listed = calendar.command_line("report", "list", "--json")
    periods = [report["period"] for report in json.loads(listed.stdout)]
    assert periods == ["2026-10", "2026-11", "last-30-days"]
