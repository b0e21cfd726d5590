"""`iflow-census logs`: what is listed, shown and downloaded of message processing logs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from iflow_census.tenant_admin.safe_paths import LONGEST
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

OTHER = "AGo2YYq9SRemeZqvs3q2SSi-sRdy"
NOW = to_ms(EXAMPLE_NOW)
MINUTE = 60_000


def test_logs_are_listed_newest_first_with_their_errors(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2d", "--errors")

    header, *lines = result.stdout.splitlines()
    assert header.split() == ["LogStart", "LogEnd", "Status", "IFlow", "MessageGuid", "Error"]
    assert [line.split()[6] for line in lines] == [GUID, OTHER]
    assert "<Send orders> failed" in lines[0]
    assert lines[1].endswith(OTHER)


def test_logs_are_json_with_all_their_properties(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2026-10-31", "--json")

    logs = json.loads(result.stdout)
    assert {log["MessageGuid"] for log in logs} == {GUID, OTHER}
    assert logs[0]["LogStart"] == "2026-10-31T00:30:00Z"
    assert logs[0]["IntegrationArtifact"]["Id"] == "Send_Orders"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--since", "23h"], []),
        (["--since", "2d", "--until", "2026-10-31T00:30:00"], []),
        (["--since", "2d", "--until", "2026-10-31T02:30:01+02:00"], [GUID, OTHER]),
        (["--since", "2d", "--status", "failed"], [GUID]),
        (["--since", "2d", "--status", "FAILED", "--status", "COMPLETED"], [GUID, OTHER]),
        (["--since", "2d", "--status", "RETRY"], []),
        (["--since", "2d", "--iflow", "Send_Orders"], [GUID, OTHER]),
        (["--since", "2d", "--iflow", "it's another"], []),
    ],
)
def test_logs_are_filtered(call: Call, key_file: str, options: list[str], found: list[str]) -> None:
    result = call("logs", "list", key_file, "--json", *options)

    assert sorted(log["MessageGuid"] for log in json.loads(result.stdout)) == sorted(found)


def test_a_list_that_is_cut_off_says_so(call: Call, key_file: str) -> None:
    result = call("logs", "list", key_file, "--since", "2d", "--top", "1", "--json")

    assert len(json.loads(result.stdout)) == 1
    assert "the newest 1; there may be more" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--status", "BROKEN"],
            "'BROKEN' is no status: there are ABANDONED, CANCELLED,",
        ),
        (["--since", "yesterday"], "'yesterday' is no time"),
        (["--since", "999999d"], "'999999d' is no time"),
        (["--until", "10:00"], "'10:00' is no time"),
        (["--follow", "--until", "1h"], "--follow has no end: leave --until out"),
        (["--top", "0"], "'--top'"),
    ],
)
def test_a_wrong_call_asks_nothing_of_the_tenant(
    call: Call, key_file: str, tenant: SimulatedTenant, options: list[str], said: str
) -> None:
    result = call("logs", "list", key_file, *options)

    assert result.exit_code == 2
    assert said in result.stderr
    assert not [one for one in tenant.requests if "/api/v1/" in one.path]


def test_one_log_is_shown_with_all_that_belongs_to_it(call: Call, key_file: str) -> None:
    shown = call("logs", "show", key_file, GUID).stdout
    details = json.loads(call("logs", "show", key_file, GUID, "--json").stdout)

    assert "IntegrationArtifact.Id" in shown
    assert "\nError\norg.apache.camel.CamelException: <Send orders> failed" in shown
    assert "\norder id  =4711-sRdy\n" in shown
    assert "../what went: wrong?.txt" in shown
    assert details["Error"].startswith("org.apache.camel")
    assert details["LastErrorModelStepId"] == "MessageFlow_11"
    assert details["AdapterAttributes"][0]["AdapterId"] == "HTTPS Sender"
    assert [one["Name"] for one in details["CustomHeaderProperties"]] == ["order id", "region"]
    assert details["Attachments"][0]["Name"] == "payload.xml"


def test_a_log_without_an_error_is_shown(call: Call, key_file: str) -> None:
    details = json.loads(call("logs", "show", key_file, OTHER, "--json").stdout)

    assert details["Status"] == "COMPLETED"
    assert details["Error"] is None


def test_an_unknown_message_is_told(call: Call, key_file: str) -> None:
    result = call("logs", "show", key_file, "it's unknown")

    assert result.exit_code == 1
    assert "MessageProcessingLogs('it''s%20unknown'): HTTP 404" in result.stderr


def test_attachments_are_saved_under_names_that_stay_in_the_folder(
    call: Call, key_file: str
) -> None:
    first = call("logs", "attachments", key_file, GUID, "--out", "new/files", "--json")
    call("logs", "attachments", key_file, GUID, "--out", "new/files")

    assert [one["Name"] for one in json.loads(first.stdout)][1] == "../what went: wrong?.txt"
    assert sorted(path.name for path in Path("new/files").iterdir()) == [
        "_what went_ wrong_ (2).txt",
        "_what went_ wrong_.txt",
        "payload (2).xml",
        "payload.xml",
    ]
    assert Path("new/files/payload.xml").read_text() == f"<order id='{GUID}'/>\n"
    assert [path.name for path in Path().iterdir()] == ["new"]


def test_attachments_of_any_name_never_leave_the_folder(
    call: Call, key_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["/etc/x", "..", "", "a.part", "a", "A", "x" * 1000, "con", "a\x1b]0;b\x07", "a\u202eb"]
    content = {name: f"content of {number}".encode() for number, name in enumerate(names)}
    attached = [(name, "text/plain", content[name]) for name in names]
    monkeypatch.setattr(message_details, "attached", lambda _: attached)

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != Path(key_file)]
    assert result.exit_code == 0, result.output
    assert {path.parent.name for path in written} == {"files"}
    assert sorted(path.read_bytes() for path in written) == sorted(content.values())
    assert max(len(path.name.encode()) for path in written) <= LONGEST
    assert not any(char in result.output for char in "\x1b\x07\u202e")


def test_a_folder_that_cannot_be_made_is_told(call: Call, key_file: str) -> None:
    Path("files").touch()

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    assert result.exit_code == 1
    assert "files is no folder to write to" in result.stderr


def test_without_the_role_for_payloads_attachments_are_refused(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.roles.discard("MessagePayloadsRead")

    result = call("logs", "attachments", key_file, GUID, "--out", "files")

    assert result.exit_code == 1
    assert "MessagePayloadsRead" in result.stderr
    assert list(Path("files").iterdir()) == []


def test_more_logs_than_a_page_holds_are_listed(tmp_path: Path) -> None:
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
