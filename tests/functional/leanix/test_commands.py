"""`iflow-census leanix …`, as a person calls it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.leanix import app
from iflow_census.clock import Clock
from iflow_census.report.census_report import SCHEMA, plain_row
from iflow_census.scan.results import IflowRow
from tests.clock import FakeClock
from tests.functional.leanix.conftest import set_up
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import key_of
from tests.unit.leanix.rows import iflow

Call = Callable[..., Result]


@pytest.fixture
def call(leanix: SimulatedWorkspace, clock: FakeClock, tmp_path: Path) -> Call:
    """Calls a command with the workspace's secret and without waiting."""
    secret = tmp_path / "leanix.json"
    secret.write_text(leanix.secret(), encoding="utf-8")

    def called(*arguments: str) -> Result:
        result = CliRunner().invoke(app, [*arguments, "--secret", str(secret)], obj=clock.clock)
        for hidden in leanix.secrets():
            assert hidden not in result.output
        return result

    return called


def report(folder: Path, *rows: IflowRow, **changes: Any) -> str:
    tenants = {row.tenant: "complete" for row in rows} | changes.pop("tenants", {})
    content = {
        "schema": SCHEMA,
        "period": {"month": "2026-10"},
        "run": {"id": "20261101T003000Z"},
        "tenants": [
            {"name": name, "status": status, "error": None, "coverage": {"complete": True}}
            for name, status in tenants.items()
        ],
        "iflows": [plain_row(row) for row in rows],
    }
    path = folder / "report.json"
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return str(path)


def test_setup_shows_what_it_would_change_and_puts_it_without_dry_run(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    shown = call("setup", "prod", "test", "--dry-run")
    nothing = dict(leanix.api.configurations)
    put = call("setup", "prod", "test")
    again = call("setup", "prod")

    assert (shown.exit_code, put.exit_code, again.exit_code) == (0, 0, 0)
    assert nothing == {}
    assert "iflow-census/prod/1.0.0 (inbound, partial): new, with 4 processors" in shown.stderr
    assert sorted(key[1] for key in leanix.api.configurations) == ["prod", "test"]
    assert "as it should be" in again.stderr
    assert "stored" not in again.stderr


def test_setup_shows_the_difference(leanix: SimulatedWorkspace, call: Call, tmp_path: Path) -> None:
    set_up(leanix)
    settings = tmp_path / "settings.json"
    settings.write_text('{"fact_sheet_type": "Application"}', encoding="utf-8")

    result = call("setup", "prod", "--settings", str(settings))

    assert "processors[1].type: 'Interface' becomes 'Application'" in result.stderr
    (stored,) = leanix.api.configurations.values()
    assert stored["processors"][1]["type"] == "Application"


def test_setup_warns_of_full_mode(call: Call, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"mode": "full", "tag_group": "Tenants"}', encoding="utf-8")

    result = call("setup", "prod", "--settings", str(settings), "--dry-run")

    assert "full mode archives fact sheets" in result.stderr


def test_inbound_sends_a_report_and_a_second_call_sends_nothing(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    path = report(tmp_path, iflow("Orders"), iflow("Invoices"))

    first = call("inbound", path, "--json")
    second = call("inbound", path)

    (told,) = json.loads(first.stdout)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (told["tenant"], told["status"], told["created"]) == ("prod", "FINISHED", 3)
    assert "prod: FINISHED, 3 created, 0 updated, 0 unchanged, 0 archived" in first.stderr
    assert len(leanix.runs.all()) == 1


def test_inbound_sends_again_when_told_so(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    path = report(tmp_path, iflow("Orders"))

    call("inbound", path)
    call("inbound", path, "--again")

    assert len(leanix.runs.all()) == 2


def test_inbound_test_changes_nothing(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)

    result = call("inbound", report(tmp_path, iflow("Orders")), "--test")

    assert result.exit_code == 0
    assert "prod: FINISHED (dry run, nothing was changed), 2 created" in result.stderr
    assert leanix.inventory.active() == []


def test_inbound_leaves_out_what_was_not_scanned_completely(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix, None, "prod", "test")
    path = report(tmp_path, iflow("Orders"), tenants={"test": "failed"})

    result = call("inbound", path)

    assert result.exit_code == 3
    assert "test: not sent, since its scan is failed" in result.stderr
    assert [run.key[1] for run in leanix.runs.all()] == ["prod"]


def test_inbound_goes_on_with_the_next_tenant_where_one_is_not_set_up(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix, None, "test")
    path = report(tmp_path, iflow("Orders"), iflow("Orders", tenant="test"))

    result = call("inbound", path)

    assert result.exit_code == 3
    assert "prod: LeanIX has no processor configuration" in result.stderr
    assert leanix.inventory.find("sap-ci:test:Orders") is not None


def test_inbound_fails_where_all_ended_badly(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]

    result = call("inbound", report(tmp_path, iflow("Orders")))

    assert result.exit_code == 1
    assert "ended as FAILED" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not a report"),
        ("[]", "is not a report"),
        ('{"schema": "other"}', "has the schema 'other'"),
        (json.dumps({"schema": SCHEMA, "iflows": []}), "is not a whole report"),
        (json.dumps({"schema": SCHEMA, "iflows": [{"tenant": 1}]}), "iflows.0"),
    ],
)
def test_inbound_tells_a_file_that_is_no_report(
    call: Call, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")

    result = call("inbound", str(path))

    assert result.exit_code == 2
    assert said in result.stderr


def test_wrong_use_is_told_before_leanix_is_asked(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text("[]", encoding="utf-8")

    results = [
        call("inbound", str(tmp_path / "missing.json")),
        call("inbound", str(tmp_path)),
        call("setup", "no tenant"),
        call("setup", "prod", "--settings", str(settings)),
        call("outbound", "--connector", "type/id"),
    ]

    assert [result.exit_code for result in results] == [2] * 5
    assert leanix.requests == []


def test_status_lists_the_runs_and_shows_one(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.runs.planted_warnings = [
        {"status": "WARNING", "message": f"odd \x1b[31m{number}"} for number in range(25)
    ]
    call("inbound", report(tmp_path, iflow("Orders")))
    (run,) = leanix.runs.all()

    everything, one, none = call("status"), call("status", run.id), call("status", "nonsense")

    assert f"{run.id}  FINISHED  iFlows of prod, 2026-10" in everything.stderr
    assert "processed, 0 errors" in one.stderr
    assert "… and 5 more warnings" in one.stderr
    assert "\x1b" not in one.stderr
    assert (everything.exit_code, one.exit_code, none.exit_code) == (0, 0, 1)
    assert "does not know it" in none.stderr


@pytest.mark.parametrize(
    ("direction", "processor"),
    [("outbound", "outboundFactSheet"), ("inbound", "writeToLdif")],
)
def test_outbound_stores_what_a_run_made(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path, direction: str, processor: str
) -> None:
    keys = {
        "connectorType": "export",
        "connectorId": "all/of it",
        "connectorVersion": "1.2.0",
        "processingDirection": direction,
    }
    leanix.api.configurations[key_of(keys)] = keys | {"processors": [{"processorType": processor}]}
    leanix.inventory.add("Application", "app", name="Bücher")
    how = ["--inbound"] if direction == "inbound" else []
    out = tmp_path / "new"

    result = call("outbound", "--connector", "export/all/of it/1.2.0", "--out", str(out), *how)

    assert result.exit_code == 0
    stored = json.loads((out / "leanixOutboundData1.2.0.json").read_text(encoding="utf-8"))
    assert [item["data"]["name"] for item in stored["content"]] == ["Bücher"]
    assert len(list(out.iterdir())) == 1


def test_outbound_takes_the_results_of_a_run_that_was_started_elsewhere(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    call("inbound", report(tmp_path, iflow("Orders")))
    (run,) = leanix.runs.all()

    result = call(
        "outbound", "--connector", "a/b/1.0.0", "--run", run.id, "--out", str(tmp_path / "out")
    )

    assert result.exit_code == 1
    assert "made no LDIF" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []
    assert len(leanix.runs.all()) == 1


def test_outbound_of_an_unknown_connector_is_told_where_to_look(call: Call) -> None:
    result = call("outbound", "--connector", "a/b/1.0.0")

    assert result.exit_code == 1
    assert "has no processor configuration a/b/1.0.0 (outbound, partial)" in result.stderr


def test_outbound_of_a_run_that_ends_badly_stores_nothing(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    keys = {
        "connectorType": "export",
        "connectorId": "all",
        "connectorVersion": "1.0.0",
        "processingDirection": "outbound",
    }
    leanix.api.configurations[key_of(keys)] = keys
    leanix.runs.script = ["STOPPED"]

    result = call("outbound", "--connector", "export/all/1.0.0", "--out", str(tmp_path / "out"))

    assert result.exit_code == 1
    assert "ended as STOPPED" in result.stderr
    assert not (tmp_path / "out").exists()


def test_status_of_a_run_that_goes_on_is_not_complete(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    leanix.runs.script = ["PENDING", "IN_PROGRESS", "STOPPED"]
    run = leanix.runs.create({"description": "by hand"}, {})
    leanix.runs.start(run, test=False)

    codes = [call("status", run.id).exit_code for _ in range(3)]

    assert codes == [3, 3, 1]


def test_an_interrupted_command_says_that_its_run_goes_on(
    leanix: SimulatedWorkspace, tmp_path: Path
) -> None:
    set_up(leanix)
    secret = tmp_path / "leanix.json"
    secret.write_text(leanix.secret(), encoding="utf-8")
    path = report(tmp_path, iflow("Orders"))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(
        app, ["inbound", path, "--secret", str(secret)], obj=Clock(sleep=interrupted)
    )

    assert result.exit_code == 130
    assert "go on in LeanIX" in result.stderr
