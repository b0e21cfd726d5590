"""`iflow-census run`."""

import json
import signal
import threading
from collections.abc import Callable

import pytest

from tests.clock import FakeClock
from tests.functional.cli.conftest import CommandLine
from tests.functional.tenants import (
    covered_truth,
    differences,
    location_summaries,
    of_tenant,
    simulated,
    small,
    tenant,
)
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant, with_edge

Start = Callable[[SimulatedTenant], SimulatedTenant]
OCTOBER = ("--period", "2026-10", "--out", "out")


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_report_is_true_for_each_kind_of_key(
    iflow_census: CommandLine, started: Start, clock: FakeClock, auth: str
) -> None:
    prod = started(simulated(clock, auth=auth))
    key = iflow_census.key_file(prod)

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 0, process.stderr
    report = iflow_census.report()
    truth = covered_truth(prod, report)
    assert differences(report["iflows"], truth, usage=False) == []
    assert tenant(report, "prod")["totals"] == {**truth["totals"], "unused": 0}


def test_report_of_a_tenant_with_an_edge_integration_cell_is_true(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock, with_edge(small())))
    key = iflow_census.key_file(prod)

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 0, process.stderr
    report = iflow_census.report()
    truth = covered_truth(prod, report)
    found = tenant(report, "prod")
    assert differences(report["iflows"], truth, usage=False) == []
    assert location_summaries(found) == truth["locations"]
    assert found["totals"] == {**truth["totals"], "unused": 0}


def test_errors_of_messages_are_shown_if_they_are_wanted(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    process = iflow_census("run", key, *OCTOBER, "--last-errors")

    assert process.exit_code == 0, process.stderr
    rows = iflow_census.report()["iflows"]
    failing = [row for row in rows if row["messages_failed"]]
    assert failing
    assert [row for row in rows if row["last_error"]] == failing
    assert all(row["last_error"].startswith("org.apache.camel") for row in failing)


def test_owners_are_read_from_the_custom_tag_that_is_named(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock, small(empty_packages=0))))

    process = iflow_census("run", key, *OCTOBER, "--owner-tag", "LoB")

    assert process.exit_code == 0, process.stderr
    owners = {row["owner"] for row in iflow_census.report()["iflows"]}
    assert owners == {"Sales", None}


def test_tenant_is_named_after_its_file_or_the_argument(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=name))) for name in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), f"eu.prod={iflow_census.key_file(prod, 'key2')}"]

    process = iflow_census("run", *keys, *OCTOBER)

    assert process.exit_code == 0, process.stderr
    report = iflow_census.report()
    assert [entry["name"] for entry in report["tenants"]] == ["dev", "eu.prod"]
    for name, simulated_tenant in (("dev", dev), ("eu.prod", prod)):
        truth = covered_truth(simulated_tenant, report)
        assert differences(of_tenant(report, name), truth, usage=False) == []


def test_default_is_the_last_30_days_as_csv_json_and_html(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))

    process = iflow_census("run", iflow_census.key_file(prod))

    assert process.exit_code == 0, process.stderr
    folder = iflow_census.folder / "iflow-census/reports/last-30-days"
    files = [path.name for path in folder.iterdir()]
    assert sorted(files) == ["manifest.json", "report.csv", "report.html", "report.json"]
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert tenant(report, "prod")["coverage"]["percent"] == 100
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    assert not any("covered" in row["usage_reason"] for row in report["iflows"])
    assert "Report: iflow-census/reports/last-30-days/report.html" in process.stderr
    assert "Next: iflow-census report unused last-30-days" in process.stderr
    assert process.stderr.endswith(
        "2026-10 cannot become complete for prod: SAP has deleted logs that were not counted in "
        "time. 2026-11 is counted up to 2026-11-01 00:25 UTC; to complete it, run again before "
        "2026-11-30 23:25 UTC, and on 2026-12-01.\n"
    )


def test_only_the_selected_formats_are_written(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    process = iflow_census("run", key, *OCTOBER, "--format", "classic-csv", "--format", "json")

    assert process.exit_code == 0, process.stderr
    files = sorted(path.name for path in iflow_census.october().iterdir())
    assert files == ["classic-prod.csv", "manifest.json", "report.json"]


def test_json_is_on_standard_output_and_texts_on_standard_error(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    with_json = iflow_census("run", key, *OCTOBER, "--json")
    without_json = iflow_census("run", key, "--period", "2026-10", "--out", "other")

    result = json.loads(with_json.stdout)
    totals = tenant(iflow_census.report(), "prod")["totals"]
    assert result["status"] == "complete"
    assert result["tenants"] == [
        {
            "name": "prod",
            "status": "complete",
            "iflows": totals["iflows"],
            "messages": totals["messages"],
            "coverage": 96,
            "carried_over": False,
            "error": None,
        }
    ]
    assert without_json.stdout == ""
    for process in (with_json, without_json):
        assert "iFlow census of 2026-10" in process.stderr
        assert "prod: packages listed 5/5" in process.stderr


def test_terminal_shows_progress_bars_beside_the_json(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    process = iflow_census.on_terminal("run", key, *OCTOBER, "--json")

    assert process.exit_code == 0
    assert json.loads(process.stdout)["status"] == "complete"
    assert "\x1b[" in process.stderr
    assert "━" in process.stderr
    assert "packages listed" in process.stderr
    assert "iFlows counted" in process.stderr


def test_failed_tenant_is_reported_beside_the_others(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev = started(simulated(clock, roles={"MonitoringDataRead"}))
    prod = started(simulated(clock))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]

    process = iflow_census("run", *keys, *OCTOBER, "--json")

    assert process.exit_code == 3
    assert json.loads(process.stdout)["status"] == "partial"
    assert "\ndev: " in process.stderr
    assert "HTTP 403: the service instance lacks the role WorkspacePackagesRead" in process.stderr
    assert {row["tenant"] for row in iflow_census.report()["iflows"]} == {"prod"}


def test_run_fails_if_every_tenant_fails(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    rejected_key = prod.service_key()
    rejected_key["oauth"]["clientsecret"] = "another-secret"
    iflow_census.key_file(prod)
    key = iflow_census.file(json.dumps(rejected_key))

    process = iflow_census("run", key, *OCTOBER)

    assert process.exit_code == 1
    assert "access token: HTTP 401: the client of the service key was rejected" in process.stderr
    assert "another-secret" not in process.stderr


def test_interrupt_ends_the_run_although_a_tenant_hangs(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    requested = threading.Event()
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, family="runtime", hook=lambda _: requested.set()))
    prod.faults.add(Fault(FaultKind.HANG, family="runtime"))
    process = iflow_census.start("run", iflow_census.key_file(prod), *OCTOBER)

    assert requested.wait(30)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "iflow-census: interrupted; what SAP answered so far is kept" in stderr
    assert not (iflow_census.folder / "out/reports").exists()


def test_usage_error_is_one_line(iflow_census: CommandLine) -> None:
    key = iflow_census.file("[]")

    process = iflow_census("run", key, *OCTOBER)

    assert (process.exit_code, process.stdout) == (2, "")
    assert process.stderr.startswith(f"iflow-census: {key}: not a service key")
    assert process.stderr.count("\n") == 1
    assert list(iflow_census.folder.iterdir()) == []


def test_empty_period_is_refused_and_not_replaced_by_the_default(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    result = iflow_census("run", key, "--period", "")

    assert result.exit_code == 2
    assert "period '': not a month; write it as YYYY-MM" in result.stderr
