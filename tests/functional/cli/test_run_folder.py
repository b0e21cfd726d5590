"""`iflow-census run` on a folder that earlier runs have written to."""

import json
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.clock import FakeClock
from tests.functional.cli.conftest import CommandLine
from tests.functional.tenants import simulated, small, tenant
from tests.processes import Ran
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

Start = Callable[[SimulatedTenant], SimulatedTenant]
OCTOBER = ("--period", "2026-10", "--out", "out")


def test_second_month_is_compared_with_the_first(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    first = iflow_census("run", key, "--period", "2026-09", "--out", "out")
    second = iflow_census("run", key, *OCTOBER)
    changes = iflow_census("report", "diff", "2026-09", "2026-10", "--folder", "out", "--json")

    assert (first.exit_code, second.exit_code) == (0, 0), second.stderr
    assert iflow_census.report()["changes"]["compared_with"]["month"] == "2026-09"
    assert json.loads(changes.stdout)["period"] == "2026-10"


def test_tenants_of_other_keys_stay_in_the_report(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=name))) for name in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]

    iflow_census("run", keys[0], *OCTOBER)
    iflow_census.now += timedelta(hours=1)
    process = iflow_census("run", keys[1], *OCTOBER)

    assert process.exit_code == 0, process.stderr
    report = iflow_census.report()
    assert [entry["carried_over"] for entry in report["tenants"]] == [True, False]
    assert {row["tenant"] for row in report["iflows"]} == {"dev", "prod"}


def test_state_of_one_tenant_that_cannot_be_read_leaves_the_others(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=name))) for name in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]
    (iflow_census.folder / "out/ledger/period=2026-10/dev.json").mkdir(parents=True)

    process = iflow_census("run", *keys, *OCTOBER)

    assert process.exit_code == 3, process.stderr
    report = iflow_census.report()
    assert "ledger/period=2026-10/dev.json: cannot be read" in tenant(report, "dev")["error"]
    assert tenant(report, "prod")["status"] == "complete"


def test_two_first_commands_at_once_report_the_tenants_of_both(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=name))) for name in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]
    others: list[Ran] = []

    def run_other_command() -> None:
        # It starts later and publishes first.
        iflow_census.now += timedelta(minutes=1)
        others.append(iflow_census("run", keys[0], *OCTOBER))

    once = iter([run_other_command])
    hook = Fault(FaultKind.CRASH_HOOK, family="runtime", hook=lambda _: next(once, print)())
    prod.faults.add(hook)

    ran = iflow_census("run", keys[1], *OCTOBER)

    assert [other.exit_code for other in others] == [0]
    assert ran.exit_code == 0, ran.stderr
    report = iflow_census.report()
    assert {row["tenant"] for row in report["iflows"]} == {"dev", "prod"}
    assert [entry["status"] for entry in report["tenants"]] == ["complete", "complete"]


def test_run_is_continued_after_a_command_with_other_keys(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=name))) for name in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]
    rejected = prod.service_key()
    rejected["oauth"]["clientsecret"] = "another-secret"
    iflow_census("run", iflow_census.file(json.dumps(rejected)), *OCTOBER)
    iflow_census.key_file(prod)

    iflow_census("run", keys[0], *OCTOBER)
    iflow_census.now += timedelta(minutes=5)
    ran = iflow_census("run", keys[1], *OCTOBER)

    assert "Continuing the run of 2026-11-01 00:30 UTC." in ran.stderr


def test_failed_run_keeps_the_good_rows(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    key = iflow_census.key_file(prod)
    iflow_census("run", key, *OCTOBER)
    good = iflow_census.report()
    rejected_key = prod.service_key()
    rejected_key["oauth"]["clientsecret"] = "another-secret"
    iflow_census.file(json.dumps(rejected_key))
    iflow_census.now += timedelta(hours=1)

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 3
    assert iflow_census.report()["iflows"] == good["iflows"]


def test_same_command_continues_an_interrupted_run(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    key = iflow_census.key_file(prod)
    requested = threading.Event()
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, family="runtime", hook=lambda _: requested.set()))
    prod.faults.add(Fault(FaultKind.LATENCY, family="runtime", times=1, seconds=0.5))
    interrupted = iflow_census.start("run", key, *OCTOBER)
    assert requested.wait(30)
    interrupted.send_signal(signal.SIGINT)
    interrupted.communicate(timeout=30)
    iflow_census.now += timedelta(minutes=1)

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 0, process.stderr
    assert "Continuing the run of 2026-11-01 00:30 UTC." in process.stderr
    packages = [target for target in prod.stats()["finished"] if "IntegrationPackages(" in target]
    assert packages
    assert len(packages) == len(set(packages))


def test_lost_ledger_does_not_replace_better_rows(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))
    iflow_census("run", key, *OCTOBER)
    good = tenant(iflow_census.report(), "prod")
    (iflow_census.folder / "out/ledger/period=2026-10/prod.json").unlink()
    iflow_census.now = datetime(2026, 11, 9, tzinfo=UTC)

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 0, process.stderr
    found = tenant(iflow_census.report(), "prod")
    assert (found["coverage"], found["carried_over"]) == (good["coverage"], True)
