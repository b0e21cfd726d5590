"""Two months on one folder: a tenant that is down, a kill and a failed run, and nothing is lost.

`make two-months` runs the console script under faketime, as cron would on these days. The same
scenario is a test, `tests/functional/cli/test_two_months.py`, with a clock of the test.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tests.clock import FakeClock
from tests.functional.tenants import differences, of_tenant, simulated, small, tenant, whole_truth
from tests.processes import Ran, environment
from tests.simulators.cloud_integration import Fault, FaultKind, Landscape, SimulatedTenant

NAMES = ("dev", "prod")
MONTHS = ((2026, 10), (2026, 11))
COLUMNS = ("messages", "messages_failed", "messages_completed")

CONSOLE_SCRIPT = """
import threading, time
time.sleep = lambda seconds: threading.Event().wait(seconds)
from iflow_census.cli import main
main()
"""
"""The console script. libfaketime 0.9.10 breaks either the sleep of Python or its waits."""


class Program(Protocol):
    """The command line, in a working directory of its own.

    Attributes:
        folder: the working directory.
        now: when the next command starts.
    """

    folder: Path
    now: datetime

    def file(self, content: str, name: str) -> str:
        """Write a key file; return its path."""
        ...

    def __call__(self, *arguments: str) -> Ran:
        """Run a command to its end."""
        ...

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        ...


class Calendar:
    """The command line and its tenants, at the dates of the scenario."""

    def __init__(self, program: Program, stack: ExitStack) -> None:
        self.program = program
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
        self.program.now = moment

    def keys(self, down: Sequence[str] = ()) -> list[str]:
        """The files of the keys; those of tenants that are down are rejected."""
        files = []
        for name, simulated_tenant in self.tenants.items():
            key = simulated_tenant.service_key()
            if name in down:
                key["oauth"]["clientsecret"] = "rejected"
            files.append(self.program.file(json.dumps(key), f"{name}.json"))
        return files

    def run(self, *options: str, down: Sequence[str] = ()) -> Ran:
        self._print("run", *options, f"({', '.join(down)} down)" if down else "")
        ran = self.program("run", *self.keys(down), *options)
        sys.stdout.write(f"{ran.stderr}exit code {ran.exit_code}\n")
        return ran

    def kill_in_mid_scan(self, *options: str) -> None:
        self._print("run", *options, "(killed in mid-scan)")
        process = self.program.start("run", *self.keys(), *options)
        kill = partial(os.kill, process.pid, signal.SIGKILL)
        hook = Fault(FaultKind.CRASH_HOOK, family="runtime", nth=1, hook=lambda _: kill())
        self.tenants["prod"].faults.add(hook)
        process.communicate()
        self.tenants["prod"].faults.clear()
        assert process.returncode == -signal.SIGKILL

    def folder(self) -> Path:
        return self.program.folder / "iflow-census"

    def report(self, month: str) -> Any:
        file = self.folder() / f"reports/period={month}/report.json"
        return json.loads(file.read_text(encoding="utf-8"))

    def check_truth(self, report: Mapping[str, Any], name: str, start: datetime) -> None:
        """Check rows and sums against the tenant's own figures of the month."""
        end = (start + timedelta(days=32)).replace(day=1)
        truth = whole_truth(self.landscapes[name], start, end, now=end + timedelta(hours=7))
        found = tenant(report, name)
        assert found["coverage"]["percent"] == 100
        for column in ("messages", "messages_failed"):
            assert found["totals"][column] == truth["totals"][column]
        rows, expected = (
            [{column: row[column] for column in ("iflow_id", *COLUMNS)} for row in table]
            for table in (of_tenant(report, name), truth["iflows"])
        )
        assert differences(rows, {"iflows": expected}) == []
        sys.stdout.write(
            f"{name} in {start:%Y-%m}: {len(rows)} iFlows, {truth['totals']['messages']} messages: "
            "equal to the simulator's truth\n"
        )

    def _print(self, *words: str) -> None:
        command = " ".join(word for word in words if word)
        sys.stdout.write(f"\n{self.program.now:%Y-%m-%d %H:%M} UTC: {command}\n")


def live_through(calendar: Calendar) -> None:
    """Run the commands of two months, and check what each of them leaves."""
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
    listed = calendar.program("report", "list", "--json")
    periods = [report["period"] for report in json.loads(listed.stdout)]
    assert periods == ["2026-10", "2026-11", "last-30-days"]


@dataclass
class FaketimeProgram:
    """The console script in processes whose system calls return a shifted time.

    Attributes:
        library: the path of libfaketime.
    """

    folder: Path
    library: str
    now: datetime = datetime(2026, 10, 16, tzinfo=UTC)

    def file(self, content: str, name: str) -> str:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    def __call__(self, *arguments: str) -> Ran:
        process = self.start(*arguments)
        stdout, stderr = process.communicate()
        return Ran(process.returncode, stdout, stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        # Not the program faketime itself: it starts a child, which a kill would not reach.
        shifted = {
            "LD_PRELOAD": self.library,
            "FAKETIME": f"@{self.now:%Y-%m-%d %H:%M:%S}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }
        return subprocess.Popen(
            [sys.executable, "-c", CONSOLE_SCRIPT, *arguments],
            cwd=self.folder,
            env={**environment(self.folder, now=None), **shifted},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _find_library() -> str:
    """The library that the program faketime preloads, in its version for threads."""
    program = shutil.which("faketime")
    if program is None:
        sys.exit("the program faketime is missing; on Debian: apt-get install faketime")
    command = [program, "-m", "2026-10-16", "printenv", "LD_PRELOAD"]
    return subprocess.check_output(command, text=True).strip()


def main() -> None:
    """Run the scenario and print what the commands print."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        live_through(Calendar(FaketimeProgram(Path(folder), _find_library()), stack))


if __name__ == "__main__":
    main()
