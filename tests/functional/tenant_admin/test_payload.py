"""`iflow-census payload`: message-store entries."""

import json
from pathlib import Path

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant
from tests.simulators.cloud_integration.examples import GUID

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
