"""`iflow-census logs`: list, show and download attachments."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from iflow_census.tenant_admin.safe_paths import MAX_NAME_BYTES
from tests.clock import FakeClock
from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import (
    ALL_ROLES,
    Landscape,
    LogArtifact,
    MessageLog,
    SimulatedTenant,
    message_details,
    to_ms,
)
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, GUID

OTHER_GUID = "AGo2YYq9SRemeZqvs3q2SSi-sRdy"
NOW = to_ms(EXAMPLE_NOW)
MINUTE = 60_000


def test_logs_are_listed_newest_first_with_errors(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2d", "--errors")

    header, *lines = result.stdout.splitlines()
    assert header.split() == ["LogStart", "LogEnd", "Status", "IFlow", "MessageGuid", "Error"]
    assert [line.split()[6] for line in lines] == [GUID, OTHER_GUID]
    assert "<Send orders> failed" in lines[0]
    assert lines[1].endswith(OTHER_GUID)


def test_json_logs_have_all_properties(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2026-10-31", "--json")

    logs = json.loads(result.stdout)
    assert {log["MessageGuid"] for log in logs} == {GUID, OTHER_GUID}
    assert logs[0]["LogStart"] == "2026-10-31T00:30:00Z"
    assert logs[0]["IntegrationArtifact"]["Id"] == "Send_Orders"


@pytest.mark.parametrize(
    ("options", "guids"),
    [
        (["--since", "23h"], []),
        (["--since", "2d", "--until", "2026-10-31T00:30:00"], []),
        (["--since", "2d", "--until", "2026-10-31T02:30:01+02:00"], [GUID, OTHER_GUID]),
        (["--since", "2d", "--status", "failed"], [GUID]),
        (["--since", "2d", "--status", "FAILED", "--status", "COMPLETED"], [GUID, OTHER_GUID]),
        (["--since", "2d", "--status", "RETRY"], []),
        (["--since", "2d", "--iflow", "Send_Orders"], [GUID, OTHER_GUID]),
        (["--since", "2d", "--iflow", "it's another"], []),
    ],
)
def test_logs_are_filtered(call: Call, key_file: str, options: list[str], guids: list[str]) -> None:
    result = call("logs", "list", key_file, "--json", *options)

    assert sorted(log["MessageGuid"] for log in json.loads(result.stdout)) == sorted(guids)


def test_limited_list_prints_a_hint(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2d", "--top", "1", "--json")

    assert len(json.loads(result.stdout)) == 1
    assert "Only the newest 1 logs are shown" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--status", "BROKEN"],
            "unknown status 'BROKEN'; use one of ABANDONED, CANCELLED,",
        ),
        (["--since", "yesterday"], "invalid time 'yesterday'"),
        (["--since", "999999d"], "invalid time '999999d'"),
        (["--until", "10:00"], "invalid time '10:00'"),
        (["--since", "1h", "--until", "2h"], "--since must be before --until"),
        (["--follow", "--until", "1h"], "--follow cannot be combined with --until"),
        (["--top", "0"], "'--top'"),
    ],
)
def test_usage_error_sends_no_request(
    call: Call, key_file: str, tenant: SimulatedTenant, options: list[str], message: str
) -> None:
    result = call("logs", "list", key_file, *options)

    assert result.exit_code == 2
    assert message in result.stderr
    assert not [request for request in tenant.requests if "/api/v1/" in request.path]


def test_log_is_shown_with_all_details(call: Call, key_file: str) -> None:
    text = call("logs", "show", key_file, GUID).stdout
    details = json.loads(call("logs", "show", key_file, GUID, "--json").stdout)

    assert "IntegrationArtifact.Id" in text
    assert "\nError\norg.apache.camel.CamelException: <Send orders> failed" in text
    assert "\norder id  =4711-sRdy\n" in text
    assert "../what went: wrong?.txt" in text
    assert details["Error"].startswith("org.apache.camel")
    assert details["LastErrorModelStepId"] == "MessageFlow_11"
    assert details["AdapterAttributes"][0]["AdapterId"] == "HTTPS Sender"
    assert [header["Name"] for header in details["CustomHeaderProperties"]] == [
        "order id",
        "region",
    ]
    assert details["Attachments"][0]["Name"] == "payload.xml"


def test_log_without_error_is_shown(call: Call, key_file: str) -> None:
    details = json.loads(call("logs", "show", key_file, OTHER_GUID, "--json").stdout)

    assert details["Status"] == "COMPLETED"
    assert details["Error"] is None


def test_unknown_message_is_an_error(call: Call, key_file: str) -> None:
    result = call("logs", "show", key_file, "it's unknown")

    assert result.exit_code == 1
    assert "MessageProcessingLogs('it''s%20unknown'): HTTP 404" in result.stderr


def test_attachments_have_safe_unique_names(call: Call, key_file: str) -> None:
    first = call("logs", "attachments", key_file, GUID, "--out", "new/files", "--json")
    call("logs", "attachments", key_file, GUID, "--out", "new/files")

    assert [row["Name"] for row in json.loads(first.stdout)][1] == "../what went: wrong?.txt"
    assert sorted(path.name for path in Path("new/files").iterdir()) == [
        "_what went_ wrong_ (2).txt",
        "_what went_ wrong_.txt",
        "payload (2).xml",
        "payload.xml",
    ]
    assert Path("new/files/payload.xml").read_text() == f"<order id='{GUID}'/>\n"
    assert [path.name for path in Path().iterdir()] == ["new"]


def test_attachments_with_hostile_names_stay_in_folder(
    call: Call, key_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["/etc/x", "..", "", "a.part", "a", "A", "x" * 1000, "con", "a\x1b]0;b\x07", "a\u202eb"]
    content = {name: f"content of {number}".encode() for number, name in enumerate(names)}
    attachments = [(name, "text/plain", content[name]) for name in names]
    monkeypatch.setattr(message_details, "attachment_files", lambda _: attachments)

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != Path(key_file)]
    assert result.exit_code == 0, result.output
    assert {path.parent.name for path in written} == {"files"}
    assert sorted(path.read_bytes() for path in written) == sorted(content.values())
    assert max(len(path.name.encode()) for path in written) <= MAX_NAME_BYTES
    assert not any(char in result.output for char in "\x1b\x07\u202e")


def test_file_in_place_of_target_folder_fails(call: Call, key_file: str) -> None:
    Path("files").touch()

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    assert result.exit_code == 1
    assert "files: cannot create folder" in result.stderr


def test_attachments_without_role_fail(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.roles.discard("MessagePayloadsRead")

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    assert result.exit_code == 1
    assert "MessagePayloadsRead" in result.stderr
    assert list(Path("files").iterdir()) == []


def test_more_than_one_page_of_logs_is_listed(tmp_path: Path) -> None:
    artifact = LogArtifact("Flow", "Flow", "P", "P")
    messages = tuple(
        MessageLog(f"G{number:04}", artifact, "COMPLETED", NOW - number, NOW)
        for number in range(2500)
    )
    clock = FakeClock(EXAMPLE_NOW)
    with SimulatedTenant(
        Landscape("many", messages=messages), roles=ALL_ROLES, clock=clock.now
    ) as tenant:
        key = tmp_path / "many.json"
        key.write_text(json.dumps(tenant.service_key()))
        arguments = ["logs", "list", str(key), "--top", "2200", "--json"]

        result = CliRunner().invoke(app, arguments, obj=clock.clock)

    assert [log["MessageGuid"] for log in json.loads(result.stdout)] == [
        f"G{number:04}" for number in range(2200)
    ]
