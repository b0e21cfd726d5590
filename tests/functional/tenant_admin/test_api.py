"""`iflow-census api TENANT GET …`: reading and printing."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

Get = Callable[..., Any]
ANY_STREAM = r"/\$value"


@pytest.fixture
def get(call: Call, key_file: str) -> Get:
    """Run `iflow-census api KEY GET …`, expect success, and parse the printed JSON."""

    def read(path: str, *options: str) -> Any:
        result = call("api", key_file, "GET", path, *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return read


def _ids(tenant: SimulatedTenant) -> list[str]:
    return [package.id for package in tenant.landscape.packages]


def test_whole_list_is_printed_as_json_with_iso_dates(get: Get, tenant: SimulatedTenant) -> None:
    rows = get("StringParameters", "--all")

    stored = tenant.content.rows("StringParameters")
    assert [(row["Pid"], row["Id"]) for row in rows] == [(row["Pid"], row["Id"]) for row in stored]
    assert rows[0]["LastModifiedTime"].startswith("20")
    assert "__metadata" not in rows[0]


def test_selected_properties_are_printed_as_table(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    options = ("--all", "--select", "Id,Name", "--table")

    result = call("api", key_file, "GET", "IntegrationPackages", *options)

    assert result.exit_code == 0, result.output
    title, *lines = result.stdout.splitlines()
    assert title.split() == ["Id", "Name"]
    assert [line.partition("  ")[0] for line in lines] == _ids(tenant)


def test_entity_key_may_be_plain_or_encoded(get: Get, tenant: SimulatedTenant) -> None:
    credential = tenant.content.rows("UserCredentials")[0]

    by_plain_key = get("UserCredentials('back office''s')")
    by_encoded_key = get("/api/v1/UserCredentials('back%20office%27%27s')")

    assert by_plain_key["Name"] == credential["Name"] == "back office's"
    assert by_encoded_key == by_plain_key


def test_navigation_property_returns_entity_or_list(get: Get, tenant: SimulatedTenant) -> None:
    document = tenant.content.rows("BusinessDocuments")[0]["Id"]

    acknowledgement = get(f"BusinessDocuments('{document}')/SenderTechnicalAcknowledgement")
    notes = get(f"BusinessDocuments('{document}')/BusinessDocumentNotes")

    assert acknowledgement["Status"] == "ACCEPTED"
    assert [note["Text"] for note in notes] == ["Looked at it"]


def test_query_options_come_from_options_params_and_path(get: Get) -> None:
    filtered = get("StringParameters", "--filter", "Pid eq 'O''Neill Ltd'", "--select", "Pid")
    entries = get("KeystoreEntries", "--param", "keystoreName=KeyRenewal", "--query", "[].Alias")
    from_path = get("KeystoreEntries?keystoreName=KeyRenewal", "--query", "length(@)")

    assert filtered == [{"Pid": "O'Neill Ltd"}] * 2
    assert entries == ["sap_cloudintegrationcertificate"]
    assert from_path == 1


def test_top_limits_the_requests(get: Get, tenant: SimulatedTenant) -> None:
    tenant.reset()

    rows = get("IntegrationRuntimeArtifacts", "--top", "1")

    assert len(rows) == 1
    assert [request.path for request in tenant.requests if "oauth" not in request.path] == [
        "/api/v1/IntegrationRuntimeArtifacts"
    ]


def test_list_without_all_is_limited_with_a_hint(
    get: Get, call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    rows = tenant.content.rows("StringParameters")
    first = dict(rows[0])
    rows += [first | {"Id": f"Parameter {number}"} for number in range(1200)]

    limited = call("api", key_file, "GET", "StringParameters")
    complete = get("StringParameters", "--all")

    assert len(json.loads(limited.stdout)) == 1000
    assert "add --all" in limited.stderr
    assert len(complete) == len(rows) > 1200


def test_count_is_a_number(get: Get, tenant: SimulatedTenant) -> None:
    number = len(tenant.landscape.runtime_artifacts)

    assert get("IntegrationRuntimeArtifacts", "--count") == number
    assert get("IntegrationRuntimeArtifacts/$count") == number


@pytest.mark.parametrize(
    ("expression", "printed"),
    [("[0].Pid", "Müller & Söhne/Nord\n"), ("length(@)", "6\n"), ("[9]", "null\n")],
)
def test_jmespath_result_is_printed_and_text_without_quotes(
    call: Call, key_file: str, expression: str, printed: str
) -> None:
    result = call("api", key_file, "GET", "StringParameters", "--query", expression)

    assert result.exit_code == 0, result.output
    assert result.stdout == printed


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (("--filter", "Pid eq 'Plain'", "--query", "[].Id"), ["value", "Receiver 0", "Receiver 1"]),
        (("--query", "length(@)"), ["value", "6"]),
        (("--filter", "Pid eq 'x'"), []),
        (("--filter", "Pid eq 'x'", "--select", "Pid"), ["Pid"]),
    ],
)
def test_any_result_can_be_a_table(
    call: Call, key_file: str, options: tuple[str, ...], lines: list[str]
) -> None:
    result = call("api", key_file, "GET", "StringParameters", "--table", *options)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == lines


def test_stream_is_written_to_file(call: Call, key_file: str, iflow: str) -> None:

    result = call("api", key_file, "GET", f"{iflow}/$value", "--output", "flow.zip")

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert zipfile.is_zipfile("flow.zip")
    assert f"flow.zip: {Path('flow.zip').stat().st_size} bytes" in result.stderr


def test_text_stream_is_printed_and_binary_stream_needs_output(
    call: Call, key_file: str, iflow: str
) -> None:
    script = f"{iflow}/Resources(Name='first step.groovy',ResourceType='groovy')/$value"

    text = call("api", key_file, "GET", script)
    content = call("api", key_file, "GET", f"{iflow}/$value")

    assert text.stdout.startswith("def Message processData")
    assert content.exit_code == 1
    assert "write it to a file with --output" in content.stderr


def test_aborted_download_keeps_old_file(
    call: Call, key_file: str, iflow: str, tenant: SimulatedTenant
) -> None:
    Path("flow.zip").write_text("old", encoding="utf-8")
    tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=ANY_STREAM))

    result = call("api", key_file, "GET", f"{iflow}/$value", "--output", "flow.zip")

    assert result.exit_code == 1
    assert [path.name for path in Path().iterdir()] == ["flow.zip"]
    assert Path("flow.zip").read_text(encoding="utf-8") == "old"


def test_json_is_written_to_file(call: Call, key_file: str) -> None:
    options = ("--select", "Pid", "--output", "partners.json")

    result = call("api", key_file, "GET", "Partners", *options)

    assert (result.exit_code, result.stdout) == (0, "")
    assert len(json.loads(Path("partners.json").read_text(encoding="utf-8"))) == 3


def test_metadata_is_printed_unchanged(call: Call, key_file: str) -> None:
    result = call("api", key_file, "GET", "$metadata")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("<?xml")


def test_control_characters_are_escaped_in_json_and_tables(
    call: Call, get: Get, key_file: str, tenant: SimulatedTenant
) -> None:
    value = "x\x1b]0;y\x07 \x9b31m \u202ez :warning: [bold]" + "n" * 1000
    tenant.content.rows("StringParameters")[0]["Value"] = value

    parsed = get("StringParameters")
    text = call("api", key_file, "GET", "StringParameters").stdout
    table = call("api", key_file, "GET", "StringParameters", "--table").stdout

    assert parsed[0]["Value"] == value
    for output in (text, table):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(output)
    assert ":warning: [bold]" in table


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["GET", "IntegrationPackage"], "did you mean 'IntegrationPackages'?"),
        (
            ["GET", "UserCredentials", "--count"],
            "operation 'count' is not supported; supported operations: list, read",
        ),
        (["FETCH", "Partners"], "unknown method 'FETCH'; use one of GET, POST"),
        (["GET"], "TENANT, METHOD and PATH are required"),
        (["GET", "https://evil.example.com/api/v1/Partners"], "is a URL"),
        (["GET", "Partners/../../admin"], "points outside the API"),
        (["GET", "Partners", "--param", "user"], "--param 'user': not of the form name=value"),
        (["GET", "Partners", "--field", "a=b"], "GET takes no body"),
        (["GET", "Partners", "--query", "[?"], "not a valid JMESPath expression"),
        (["GET", "Partners", "--query", "abs(@)"], "--query: "),
        (["GET", "Partners", "--select", "pid"], "did you mean 'Pid'?"),
        (["GET", "Partners", "--output", "no/such/folder"], "cannot be written"),
    ],
)
def test_usage_error_is_one_line(
    call: Call, key_file: str, arguments: list[str], message: str
) -> None:
    result = call("api", key_file, *arguments)

    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.startswith("iflow-census: ")
    assert result.stdout == ""


def test_sap_errors_are_printed_with_advice(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    unknown = call("api", key_file, "GET", "UserCredentials('nobody')")
    tenant.roles.clear()
    no_role = call("api", key_file, "GET", "UserCredentials")

    assert (unknown.exit_code, no_role.exit_code) == (1, 1)
    assert "HTTP 404" in unknown.stderr
    assert "check the name and the key" in unknown.stderr
    assert "HTTP 403" in no_role.stderr
    assert "lacks the role" in no_role.stderr


def test_list_is_read_to_last_page_or_fails(start: Start, call: Call, tmp_path: Path) -> None:
    small = start(page_size=1)
    key = tmp_path / "small.json"
    key.write_text(json.dumps(small.service_key()), encoding="utf-8")
    read = ("api", str(key), "GET", "IntegrationRuntimeArtifacts", "--all", "--query", "length(@)")

    complete = call(*read)
    small.faults.add(Fault(FaultKind.WRONG_COUNT))
    broken = call(*read)

    assert (complete.exit_code, complete.stdout) == (0, "2\n")
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert "incomplete list" in broken.stderr
