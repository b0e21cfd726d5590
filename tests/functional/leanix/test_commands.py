"""The commands `iflow-census leanix …`."""

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from iflow_census.cli.leanix import app
from iflow_census.clock import Clock
from iflow_census.leanix.settings import parse_leanix_settings
from iflow_census.report.census_report import SCHEMA
from iflow_census.store.folder import FolderStore
from iflow_census.store.lease import LEASE_SECONDS, Lease, LeaseLost
from tests.clock import FakeClock
from tests.functional.leanix.conftest import Call, set_up, write_report
from tests.simulators.leanix import Fault, FaultKind, SimulatedWorkspace
from tests.unit.leanix.rows import iflow


def test_setup_saves_the_configuration_unless_it_is_a_dry_run(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    dry_run = call("setup", "prod", "test", "--dry-run")
    after_dry_run = dict(leanix.api.configurations)
    first = call("setup", "prod", "test")
    second = call("setup", "prod")

    assert (dry_run.exit_code, first.exit_code, second.exit_code) == (0, 0, 0)
    assert after_dry_run == {}
    assert "iflow-census/prod/1.0.0 (inbound, partial): new, with 8 processors" in dry_run.stdout
    assert sorted(key[1] for key in leanix.api.configurations) == ["prod", "test"]
    assert "up to date" in second.stdout
    assert "saved" not in second.stdout


def test_setup_shows_and_saves_differences(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    settings = tmp_path / "settings.json"
    settings.write_text('{"fact_sheet_type": "Application"}', encoding="utf-8")

    result = call("setup", "prod", "--settings", str(settings))

    assert "processors[1].type: 'Interface' changes to 'Application'" in result.stdout
    (saved,) = leanix.api.configurations.values()
    assert saved["processors"][1]["type"] == "Application"


def test_setup_prints_changes_as_json(call: Call) -> None:
    result = call("setup", "prod", "--dry-run", "--json")

    (entry,) = json.loads(result.stdout)
    assert (entry["tenant"], entry["saved"]) == ("prod", False)
    assert entry["changes"] == ["new, with 8 processors"]


def test_secret_comes_from_secrets_manager(leanix: SimulatedWorkspace, clock: FakeClock) -> None:
    def status(prefix: str) -> Result:
        return CliRunner().invoke(app, ["status", "--json", "--prefix", prefix], obj=clock.clock)

    with mock_aws():
        boto3.client("secretsmanager").create_secret(
            Name="census/leanix", SecretString=leanix.secret()
        )
        found, missing = status("census"), status("other")

    assert (found.exit_code, found.stdout) == (0, "[]\n"), found.output
    assert missing.exit_code == 2
    assert "there is no secret other/leanix" in missing.stderr


def test_setup_warns_about_full_mode(call: Call, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"mode": "full", "tag_group": "Tenants"}', encoding="utf-8")

    result = call("setup", "prod", "--settings", str(settings), "--dry-run")

    assert "full mode archives each fact sheet" in result.stderr


def test_inbound_sends_a_report_only_once(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    path = write_report(tmp_path, iflow("Orders"), iflow("Invoices"))

    first = call("inbound", path, "--json")
    second = call("inbound", path)

    (entry,) = json.loads(first.stdout)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (entry["tenant"], entry["status"], entry["created"]) == ("prod", "FINISHED", 3)
    assert "prod: FINISHED, 3 created, 0 updated, 0 unchanged, 0 archived" in second.stdout
    assert len(leanix.runs.all()) == 1


def test_inbound_again_sends_the_report_a_second_time(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    path = write_report(tmp_path, iflow("Orders"))

    call("inbound", path)
    call("inbound", path, "--again")

    assert len(leanix.runs.all()) == 2


def test_inbound_saves_what_leanix_reports(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"mode": "full", "tag_group": "SAP Cloud Integration"}')
    set_up(leanix, parse_leanix_settings(settings.read_text(), source="test"), "prod", "test")
    leanix.runs.extra_warnings = [{"status": "WARNING", "message": "m"}] * 130
    path = write_report(tmp_path, iflow("Orders"), iflow("Orders", tenant="test"))
    out = tmp_path / "out"

    result = call("inbound", path, "--settings", str(settings), "--out", str(out), "--json")

    entries = {entry["tenant"]: entry for entry in json.loads(result.stdout)}
    assert sorted(entries) == sorted(folder.name for folder in out.iterdir()) == ["prod", "test"]
    saved = json.loads((out / "prod" / "outcome.json").read_text())
    assert saved == entries["prod"]
    assert len(json.loads((out / "prod" / "warnings.json").read_text())) == 130
    dry_run = json.loads((out / "prod" / "dry-run" / "outcome.json").read_text())
    assert dry_run["run_id"] == saved["dry_run"]["run_id"]
    assert (out / "prod" / "dry-run" / "stats.json").exists()


def test_inbound_waits_for_another_command_on_the_folder(
    leanix: SimulatedWorkspace, call: Call, clock: FakeClock, tmp_path: Path
) -> None:
    set_up(leanix)
    folder = tmp_path / "reports/period=2026-10"
    folder.mkdir(parents=True)
    key = "work/leases/leanix/prod.json"
    other = Lease(FolderStore(tmp_path), key, "other", clock.clock)
    assert other.try_acquire()

    result = call("inbound", write_report(folder, iflow()))

    assert result.exit_code == 0
    assert "prod: another command sends it; waiting" in result.stderr
    assert clock.monotonic() >= LEASE_SECONDS
    with pytest.raises(LeaseLost):
        other.renew()


def test_inbound_sends_several_tenants_at_a_time(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    names = ["a", "b", "c"]
    set_up(leanix, None, *names)
    leanix.runs.script = ["PENDING"] * 30 + ["FINISHED"]

    result = call("inbound", write_report(tmp_path, *(iflow("X", tenant=name) for name in names)))

    runs = leanix.runs.all()
    ends = [run.status_changes[-1][1] for run in runs]
    assert (result.exit_code, len(runs)) == (0, 3)
    assert max(run.created_at for run in runs) < min(ends)


def test_inbound_test_changes_nothing(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)

    result = call("inbound", write_report(tmp_path, iflow("Orders")), "--test")

    assert result.exit_code == 0
    assert "prod: FINISHED (dry run, nothing was changed), 2 created" in result.stdout
    assert leanix.inventory.active() == []


def test_inbound_skips_incomplete_tenants(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix, None, "prod", "test")
    path = write_report(tmp_path, iflow("Orders"), tenants={"test": "failed"})

    result = call("inbound", path)

    assert result.exit_code == 3
    assert "test: not sent, because its scan is failed" in result.stderr
    assert [run.key[1] for run in leanix.runs.all()] == ["prod"]


def test_inbound_continues_after_a_tenant_without_configuration(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix, None, "test")
    path = write_report(tmp_path, iflow("Orders"), iflow("Orders", tenant="test"))

    result = call("inbound", path)

    assert result.exit_code == 3
    assert "prod: LeanIX: no processor configuration" in result.stderr
    assert leanix.inventory.find("sap-ci:test:Orders") is not None


def test_inbound_fails_if_all_runs_failed(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]

    result = call("inbound", write_report(tmp_path, iflow("Orders")))

    assert result.exit_code == 1
    assert "ended with status FAILED" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "other.json: not a report.json"),
        ("[]", "other.json: not a report.json"),
        ('{"schema": "other"}', "its schema is 'other'"),
        (json.dumps({"schema": SCHEMA, "iflows": []}), "damaged at period"),
        (json.dumps({"schema": SCHEMA, "period": {"month": "x"}}), "damaged at period.month"),
    ],
)
def test_inbound_rejects_a_file_that_is_not_a_report(
    call: Call, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")

    result = call("inbound", str(path))

    assert result.exit_code == 2
    assert message in result.stderr


def test_usage_errors_are_found_before_any_request(
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


def test_status_lists_all_runs_or_shows_one(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.runs.extra_warnings = [
        {"status": "WARNING", "message": f"odd \x1b[31m{number}"} for number in range(25)
    ]
    call("inbound", write_report(tmp_path, iflow("Orders")))
    (run,) = leanix.runs.all()

    run_list, details, unknown = call("status"), call("status", run.id), call("status", "unknown")
    runs_as_json, run_as_json = call("status", "--json"), call("status", run.id, "--json")

    assert f"{run.id}  FINISHED  iFlows of prod, 2026-10" in run_list.stdout
    assert "processed, 0 errors" in details.stdout
    assert "… and 5 more warnings" in details.stderr
    assert "\x1b" not in details.output
    assert (run_list.exit_code, details.exit_code, unknown.exit_code) == (0, 0, 1)
    assert "not found in LeanIX" in unknown.stderr
    assert [entry["id"] for entry in json.loads(runs_as_json.stdout)] == [run.id]
    entry = json.loads(run_as_json.stdout)
    assert (entry["status"], entry["errors"], len(entry["warnings"])) == ("FINISHED", 0, 25)
    leanix.faults.add(Fault(FaultKind.MISSING, path="/stats"))
    assert "LeanIX has no statistics of this run" in call("status", run.id).stdout
    assert json.loads(call("status", run.id, "--json").stdout)["errors"] is None


def test_status_exits_with_3_while_the_run_is_active(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    leanix.runs.script = ["PENDING", "IN_PROGRESS", "STOPPED"]
    run = leanix.runs.create({"description": "by hand"}, {})
    leanix.runs.start(run, test=False)

    codes = [call("status", run.id).exit_code for _ in range(3)]

    assert codes == [3, 3, 1]


def test_interrupted_command_says_that_its_run_continues(
    leanix: SimulatedWorkspace, tmp_path: Path
) -> None:
    set_up(leanix)
    secret = tmp_path / "leanix.json"
    secret.write_text(leanix.secret(), encoding="utf-8")
    path = write_report(tmp_path, iflow("Orders"))

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(
        app, ["inbound", path, "--secret", str(secret)], obj=Clock(sleep=interrupt)
    )

    assert result.exit_code == 130
    assert "continue in LeanIX" in result.stderr
