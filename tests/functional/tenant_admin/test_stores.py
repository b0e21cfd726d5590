"""`iflow-census payload`, `jms`, `datastores`, `variables` and `logfiles`."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant, whole_api
from tests.simulators.cloud_integration.examples import GUID
from tests.simulators.cloud_integration.operations import operations_by_shape

ENTRY = f"sap-it-res:msg:ae15c0dda:{GUID}.m"


def test_entries_of_a_message_are_listed(call: Call, key_file: str) -> None:
    entries = json.loads(call("payload", "list", key_file, GUID, "--json").stdout)

    assert [(entry["Id"], entry["HasAttachments"]) for entry in entries] == [
        (f"{ENTRY}0", True),
        (f"{ENTRY}1", False),
    ]


def test_each_entry_is_saved_in_its_own_folder(call: Call, key_file: str) -> None:
    result = call("payload", "get", key_file, GUID, "--out", "saved")

    written = sorted(str(path) for path in Path("saved").rglob("*") if path.is_file())
    assert result.exit_code == 0, result.output
    assert written == [
        "saved/Persist 0/attachments/scan 1.pdf",
        "saved/Persist 0/entry.json",
        "saved/Persist 0/payload",
        "saved/Persist 1/entry.json",
        "saved/Persist 1/payload",
    ]
    assert Path("saved/Persist 0/payload").read_text() == f"<stored>{GUID}</stored>\n"
    entry = json.loads(Path("saved/Persist 0/entry.json").read_text())
    assert entry["Properties"][0] == {"Name": "SAP_MessageType", "Value": "ORDERS"}
    assert entry["Attachments"][0]["File"] == "scan 1.pdf"
    assert entry["Attachments"][0]["Properties"][1] == {"Name": "it's a name/1", "Value": "value"}


def test_single_entry_is_saved_next_to_earlier_download(call: Call, key_file: str) -> None:
    for _ in range(2):
        call("payload", "get", key_file, GUID, "--entry", f"{ENTRY}1", "--out", "saved")

    assert sorted(path.name for path in Path("saved").iterdir()) == ["Persist 1", "Persist 1 (2)"]


def test_entry_of_other_message_is_usage_error(call: Call, key_file: str) -> None:
    result = call("payload", "get", key_file, GUID, "--entry", "x", "--out", "saved")

    assert result.exit_code == 2
    assert "has no entry 'x'; see" in result.stderr
    assert not Path("saved").exists()


def test_aborted_payload_download_leaves_no_file(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    fault = Fault(FaultKind.CUT_IN_BODY, path=r"MessageStoreEntries\(.*/\$value", times=50)
    tenant.faults.add(fault)

    result = call("payload", "get", key_file, GUID, "--out", "saved")

    assert result.exit_code == 1
    assert [path for path in Path("saved").rglob("*") if path.is_file()] == []


def test_broker_is_shown_with_queues(call: Call, key_file: str) -> None:
    lines = call("jms", key_file).stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["used", "bytes", "max", "bytes", "queues", "max", "queues", "exhausted"],
        ["794616135", "9751756800", "3", "30", "-"],
        [],
        ["queue", "state", "messages", "bytes", "stopped"],
        ["Orders", "in", "ok", "17", "34816", "no"],
        ["Stuck", "critical", "9000", "18432000", "yes"],
        ["it's", "slow", "warning", "4200", "8601600", "no"],
    ]


def test_exhausted_broker_resources_are_named(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("JmsBrokers")[0].update({"IsConsumersHigh": 1, "IsQueuesHigh": 1})

    assert "consumers, queues" in call("jms", key_file).stdout


def test_queue_states_are_shown_without_queues_entity_set(
    call: Call, key_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {
        shape: operation
        for shape, operation in operations_by_shape().items()
        if shape != ("Queues",)
    }
    monkeypatch.setattr(whole_api, "operations_by_shape", lambda: known)

    queues = json.loads(call("jms", key_file, "--json").stdout)["queues"]

    assert queues == [
        {"Name": "Orders in", "State": 0},
        {"Name": "Stuck", "State": 2},
        {"Name": "it's slow", "State": 1},
    ]


def test_broker_without_role_fails(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.roles.discard("DataStoresAndQueuesRead")

    result = call("jms", key_file)

    assert result.exit_code == 1
    assert "lacks the role DataStoresAndQueuesRead" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["datastores"], ["Orders/2026 ü", "Global store"]),
        (["datastores", "--overdue"], ["Orders/2026 ü"]),
        (["variables"], ["last run", "Global 'x'"]),
        (["logfiles", "list"], ["http_access_0001_2026-10-30.log", "ljs_trace_01.log"]),
    ],
)
def test_stores_are_listed(
    call: Call, key_file: str, arguments: list[str], names: list[str]
) -> None:
    rows = json.loads(call(*arguments, key_file, "--json").stdout)
    lines = call(*arguments, key_file).stdout.splitlines()

    assert [next(iter(row.values())) for row in rows] == names
    assert [line[: len(name)] for line, name in zip(lines[1:], names, strict=True)] == names


def test_log_file_is_downloaded_by_name(call: Call, key_file: str) -> None:
    result = call("logfiles", "get", key_file, "ljs_trace_01.log", "--out", "logs")

    assert result.exit_code == 0, result.output
    content = gzip.decompress(Path("logs/ljs_trace_01.log").read_bytes())
    assert content.startswith(b"# trace log\n")


def test_ambiguous_log_file_needs_application(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    first, *_ = tenant.content.rows("LogFiles")
    tenant.content.rows("LogFiles").append({**first, "Application": "other"})
    name = first["Name"]

    result = call("logfiles", "get", key_file, name)
    selected = call("logfiles", "get", key_file, name, "--application", "other")

    assert result.exit_code == 1
    assert f"log file '{name}': several applications have it (tenant iflmap, o" in result.stderr
    assert selected.exit_code == 0, selected.output
    assert Path(name).exists()


def test_log_files_of_a_kind_are_downloaded_as_archive(call: Call, key_file: str) -> None:
    result = call("logfiles", "get", key_file, "--archive", "http", "--scope", "all")

    assert result.exit_code == 0, result.output
    assert zipfile.ZipFile("http-all.zip").namelist() == ["http.log"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name either a log file or an --archive"),
        (["x.log", "--archive", "http"], 2, "name either a log file or an --archive"),
        (["--archive", "audit"], 2, "--archive must be http or trace"),
        (["--archive", "http", "--scope", "x"], 2, "--scope latest or all"),
        (["x.log"], 1, "unknown log file 'x.log'"),
    ],
)
def test_invalid_log_file_request_is_an_error(
    call: Call, key_file: str, arguments: list[str], code: int, message: str
) -> None:
    result = call("logfiles", "get", key_file, *arguments)

    assert result.exit_code == code
    assert message in result.stderr
