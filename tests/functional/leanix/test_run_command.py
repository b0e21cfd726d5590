"""The commands `iflow-census leanix run` and `stop`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.leanix.conftest import Call, set_up
from tests.functional.leanix.test_outbound_commands import EXPORT, configure_export
from tests.simulators.leanix import SimulatedWorkspace

LDIF = {
    "connectorType": "iflow-census",
    "connectorId": "prod",
    "connectorVersion": "1.0.0",
    "processingDirection": "inbound",
    "lxVersion": "1.0.0",
    "description": "By hand",
    "content": [
        {"type": "IntegrationTenant", "id": "sap-ci:prod", "data": {"name": "By hand"}},
    ],
}


def write_ldif(folder: Path, **changes: Any) -> str:
    path = folder / "ldif.json"
    path.write_text(json.dumps(LDIF | changes), encoding="utf-8")
    return str(path)


def test_run_prints_the_id_without_waiting(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)

    result = call("run", write_ldif(tmp_path))

    (run,) = leanix.runs.all()
    assert (result.exit_code, result.stdout) == (0, f"{run.id}\n")
    assert (run.started, run.test, run.status) == (True, False, "CREATED")
    assert run.ldif["content"] == LDIF["content"]
    assert run.ldif["description"].startswith("By hand [run-")


def test_run_waits_and_prints_the_outcome(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)

    dry_run = call("run", write_ldif(tmp_path), "--test", "--wait", "--json")
    real_run = call("run", write_ldif(tmp_path), "--wait")

    assert (dry_run.exit_code, json.loads(dry_run.stdout)["test"]) == (0, True)
    assert "prod: FINISHED, 1 created" in real_run.stdout
    assert [sheet.name for sheet in leanix.inventory.active()] == ["By hand"]


def test_run_fails_if_the_run_fails(leanix: SimulatedWorkspace, call: Call, tmp_path: Path) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]

    result = call("run", write_ldif(tmp_path), "--wait")

    assert result.exit_code == 1
    assert "ended with status FAILED" in result.stderr


def test_outbound_run_saves_its_results_and_evidence(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    configure_export(leanix)
    leanix.api.unready_results = 3
    path = tmp_path / "outbound.json"
    path.write_text(json.dumps(EXPORT | {"lxVersion": "1.0.0", "content": []}))
    out = tmp_path / "out"

    result = call("run", str(path), "--out", str(out), "--pretty")

    assert result.exit_code == 0
    assert sorted(file.name for file in out.iterdir()) == [
        "leanixOutboundData1.0.0.json",
        "outcome.json",
        "stats.json",
        "warnings.json",
    ]
    assert json.loads((out / "outcome.json").read_text())["status"] == "FINISHED"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an LDIF, which is a JSON object"),
        ("{}", "not an LDIF: connectorType, connectorId, connectorVersion, processingDirection"),
        (
            json.dumps({key: LDIF[key] for key in LDIF if key != "content"} | {"contents": []}),
            "the key is 'content', not 'contents'; rename it",
        ),
    ],
)
def test_file_that_is_no_ldif_is_refused(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "ldif.json"
    path.write_text(text)

    result = call("run", str(path))

    assert result.exit_code == 2
    assert message in result.stderr
    assert leanix.requests == []


def test_stop_ends_an_active_run_and_no_other(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    run_id = call("run", write_ldif(tmp_path)).stdout.strip()

    stopped, again = call("stop", run_id), call("stop", run_id)

    assert (stopped.exit_code, again.exit_code) == (0, 1)
    assert f"{run_id}  STOPPED" in stopped.stdout
    assert "not pending or running" in again.stderr
