"""The command `iflow-census leanix outbound`."""

import json
from pathlib import Path

import pytest

from tests.functional.leanix.conftest import Call, set_up, write_report
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import connector_key
from tests.unit.leanix.rows import iflow


@pytest.mark.parametrize(
    ("direction", "processor"),
    [("outbound", "outboundFactSheet"), ("inbound", "writeToLdif")],
)
def test_outbound_saves_the_results_of_a_run(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path, direction: str, processor: str
) -> None:
    keys = {
        "connectorType": "export",
        "connectorId": "all/of it",
        "connectorVersion": "1.2.0",
        "processingDirection": direction,
    }
    leanix.api.configurations[connector_key(keys)] = keys | {
        "processors": [{"processorType": processor}]
    }
    leanix.inventory.add("Application", "app", name="Bücher")
    options = ["--inbound"] if direction == "inbound" else []
    out = tmp_path / "new"

    result = call("outbound", "--connector", "export/all/of it/1.2.0", "--out", str(out), *options)

    assert result.exit_code == 0
    saved = json.loads((out / "leanixOutboundData1.2.0.json").read_text(encoding="utf-8"))
    assert [item["data"]["name"] for item in saved["content"]] == ["Bücher"]
    assert len(list(out.iterdir())) == 1
    assert [run.test for run in leanix.runs.all()] == [False]


def test_outbound_run_downloads_without_starting_a_run(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    call("inbound", write_report(tmp_path, iflow("Orders")))
    (run,) = leanix.runs.all()

    result = call(
        "outbound", "--connector", "a/b/1.0.0", "--run", run.id, "--out", str(tmp_path / "out")
    )

    assert result.exit_code == 1
    assert "the results contain no LDIF" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []
    assert len(leanix.runs.all()) == 1


def test_outbound_with_unknown_connector_says_where_to_look(call: Call) -> None:
    result = call("outbound", "--connector", "a/b/1.0.0")

    assert result.exit_code == 1
    assert "no processor configuration a/b/1.0.0 (outbound, partial)" in result.stderr


def test_outbound_saves_nothing_if_the_run_did_not_finish(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    keys = {
        "connectorType": "export",
        "connectorId": "all",
        "connectorVersion": "1.0.0",
        "processingDirection": "outbound",
    }
    leanix.api.configurations[connector_key(keys)] = keys
    leanix.runs.script = ["STOPPED"]

    result = call("outbound", "--connector", "export/all/1.0.0", "--out", str(tmp_path / "out"))

    assert result.exit_code == 1
    assert "ended with status STOPPED" in result.stderr
    assert not (tmp_path / "out").exists()


EXPORT = {
    "connectorType": "export",
    "connectorId": "all",
    "connectorVersion": "1.0.0",
    "processingDirection": "outbound",
}


def configure_export(leanix: SimulatedWorkspace, **keys: str) -> None:
    configuration = {**EXPORT, **keys}
    leanix.api.configurations[connector_key(configuration)] = {
        **configuration,
        "processors": [{"processorType": "outboundFactSheet"}],
    }


def test_outbound_waits_until_the_results_are_ready(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    configure_export(leanix)
    leanix.api.unready_results = 4

    result = call("outbound", "--connector", "export/all/1.0.0", "--out", str(tmp_path / "out"))

    assert result.exit_code == 0
    assert (tmp_path / "out" / "leanixOutboundData1.0.0.json").stat().st_size > 2


def test_every_name_of_a_connector_may_have_slashes(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    configure_export(leanix, connectorType="a/b", connectorVersion="1/2")

    result = call("outbound", "--connector", "a/b/all/1/2", "--out", str(tmp_path / "out"))

    assert result.exit_code == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["leanixOutboundData1_2.json"]


def test_pretty_results_are_indented_and_not_escaped(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    configure_export(leanix)
    leanix.inventory.add("Application", "app", name="Bücher")

    call("outbound", "--connector", "export/all/1.0.0", "--out", str(tmp_path), "--pretty")

    text = (tmp_path / "leanixOutboundData1.0.0.json").read_text(encoding="utf-8")
    assert text.startswith('{\n    "connectorType": "export"')
    assert "Bücher" in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=4)
