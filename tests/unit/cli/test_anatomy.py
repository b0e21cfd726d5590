"""`iflow-census anatomy`: a model as a tree and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from tests.simulators.cloud_integration.models import (
    RUN_ONCE,
    ChannelSpec,
    StepSpec,
    model_document,
    model_zip,
    schedule_rows,
)

MODEL = model_document(
    [
        ChannelSpec("HTTPS", "Sender", {"urlPath": "/in", "senderAuthType": "RoleBased"}, "SHOP"),
        ChannelSpec(
            "HTTP",
            "Receiver",
            {
                "httpAddressWithoutQuery": "http://{{host}}/api",
                "authenticationMethod": "Basic",
                "credentialName": "ERP_USER",
                "proxyType": "sapcc",
                "locationID": "north",
            },
            "E\u202eRP",
        ),
        ChannelSpec("ProcessDirect", "Receiver", {"address": "/next"}, ""),
        ChannelSpec("SFTP", "Sender", {"host": "sftp.example.com"}, "Files", polled=True),
        ChannelSpec("JMS", "Receiver", {"QueueName_outbound": "Orders"}, "Q"),
    ],
    timers=[schedule_rows(RUN_ONCE)],
    steps=[
        StepSpec("Script", {"script": "log.groovy", "scriptBundleId": "Common"}),
        StepSpec("Mapping", {"mappingType": "XSLTMapping", "mappinguri": "dir://a.xsl"}),
        StepSpec("DBstorage", {"operation": "put", "storageName": "S", "visibility": "global"}),
    ],
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip file of an iFlow."""
    path = tmp_path_factory.mktemp("models") / "flow.zip"
    path.write_bytes(model_zip(MODEL, "host=erp.example.com\n"))
    return path


def call(*arguments: str | Path) -> Result:
    """Call the command."""
    return CliRunner().invoke(app, ["anatomy", *map(str, arguments)])


def test_tree_shows_what_starts_the_iflow_and_where_it_sends(file: Path) -> None:
    result = call(file)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "flow.zip",
        "├── Started by",
        "│   ├── HTTPS /in from SHOP (RoleBased)",
        "│   └── timer once at deployment",
        "├── Polled by steps",
        "│   └── SFTP sftp.example.com from Files",
        "├── Sends to",
        "│   ├── HTTP http://erp.example.com/api to E RP (Basic, Cloud Connector north, aliases "
        "ERP_USER)",
        "│   ├── ProcessDirect /next to (no name)",
        "│   └── JMS Orders to Q",
        "├── Scripts",
        "│   └── log.groovy of Common",
        "├── Mappings",
        "│   └── XSLTMapping dir://a.xsl",
        "└── Data stores",
        "    └── put S (shared)",
    ]


def test_json_has_the_words_of_the_model(file: Path) -> None:
    document: dict[str, Any] = json.loads(call(file, "--json").stdout)

    assert document["participants"][0] == {"role": "sender", "name": "SHOP"}
    assert document["channels"][1] == {
        "id": "M2",
        "direction": "Receiver",
        "adapter": "HTTP",
        "version": "1.2.0",
        "participant": "E\u202eRP",
        "address": "http://erp.example.com/api",
        "address_kind": "literal",
        "externalized": True,
        "authentication": "Basic",
        "proxy": "sapcc",
        "aliases": ["ERP_USER"],
    }
    assert document["channel_details"][1] == {
        "id": "M2",
        "resource": None,
        "location": "north",
        "starts": False,
        "csrf_protection": None,
        "schedule": None,
    }
    assert [trigger["id"] for trigger in document["triggers"]] == ["M1"]
    assert document["timers"][0]["schedule"]["run_once"] is True
    assert document["process_direct"] == {"in": [], "out": ["/next"]}
    assert document["jms"] == {"in": [], "out": ["Orders"]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK", "not a model: the zip file is damaged"),
        (model_zip(b"<!DOCTYPE x []><x/>"), "document type declaration"),
    ],
)
def test_file_that_is_no_iflow_is_one_line(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)

    result = call(path)

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert str(path) in result.stderr
    assert reason in result.stderr


def test_file_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    result = call(tmp_path / "none.zip")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
