"""`iflow-census api TENANT GET …`: what is read, and how it is shown."""

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
    """Calls `iflow-census api KEY GET …`, which has to go well, and reads the JSON that it says."""

    def read(path: str, *options: str) -> Any:
        result = call("api", key_file, "GET", path, *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return read


def _ids(tenant: SimulatedTenant) -> list[str]:
    return [package.id for package in tenant.landscape.packages]


def test_a_list_is_read_to_its_end_and_is_json_with_dates_as_people_write_them(
    get: Get, tenant: SimulatedTenant
) -> None:
    rows = get("StringParameters", "--all")

    stored = tenant.content.rows("StringParameters")
    assert [(row["Pid"], row["Id"]) for row in rows] == [(one["Pid"], one["Id"]) for one in stored]
    assert rows[0]["LastModifiedTime"].startswith("20")
    assert "__metadata" not in rows[0]


def test_properties_are_chosen_and_shown_as_a_table_where_the_set_knows_no_select(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    shown = ("--all", "--select", "Id,Name", "--table")

    result = call("api", key_file, "GET", "IntegrationPackages", *shown)

    assert result.exit_code == 0, result.output
    title, *lines = result.stdout.splitlines()
    assert title.split() == ["Id", "Name"]
    assert [line.partition("  ")[0] for line in lines] == _ids(tenant)


def test_one_entity_is_one_object_whatever_its_key(get: Get, tenant: SimulatedTenant) -> None:
    wanted = tenant.content.rows("UserCredentials")[0]

    by_plain_key = get("UserCredentials('back office''s')")
    by_encoded_key = get("/api/v1/UserCredentials('back%20office%27%27s')")

    assert by_plain_key["Name"] == wanted["Name"] == "back office's"
    assert by_encoded_key == by_plain_key


def test_a_navigation_property_may_lead_to_one_entity_or_to_many(
    get: Get, tenant: SimulatedTenant
) -> None:
    document = tenant.content.rows("BusinessDocuments")[0]["Id"]

    one = get(f"BusinessDocuments('{document}')/SenderTechnicalAcknowledgement")
    many = get(f"BusinessDocuments('{document}')/BusinessDocumentNotes")

    assert one["Status"] == "ACCEPTED"
    assert [note["Text"] for note in many] == ["Looked at it"]


def test_query_options_have_options_of_their_own_and_any_other_is_a_parameter(get: Get) -> None:
    filtered = get("StringParameters", "--filter", "Pid eq 'O''Neill Ltd'", "--select", "Pid")
    entries = get("KeystoreEntries", "--param", "keystoreName=KeyRenewal", "--jq", "[].Alias")
    in_the_path = get("KeystoreEntries?keystoreName=KeyRenewal", "--jq", "length(@)")

    assert filtered == [{"Pid": "O'Neill Ltd"}] * 2
    assert entries == ["sap_cloudintegrationcertificate"]
    assert in_the_path == 1


def test_no_more_than_asked_for_is_read(get: Get, tenant: SimulatedTenant) -> None:
    tenant.reset()

    rows = get("IntegrationRuntimeArtifacts", "--top", "1")

    assert len(rows) == 1
    assert [one.path for one in tenant.requests if "oauth" not in one.path] == [
        "/api/v1/IntegrationRuntimeArtifacts"
    ]


def test_without_all_the_list_ends_after_a_page_and_says_so(
    get: Get, call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    rows = tenant.content.rows("StringParameters")
    first = dict(rows[0])
    rows += [first | {"Id": f"Parameter {number}"} for number in range(1200)]

    some = call("api", key_file, "GET", "StringParameters")
    all_of_them = get("StringParameters", "--all")

    assert len(json.loads(some.stdout)) == 1000
    assert "add --all" in some.stderr
    assert len(all_of_them) == len(rows) > 1200


def test_a_count_is_a_number(get: Get, tenant: SimulatedTenant) -> None:
    number = len(tenant.landscape.runtime_artifacts)

    assert get("IntegrationRuntimeArtifacts", "--count") == number
    assert get("IntegrationRuntimeArtifacts/$count") == number


@pytest.mark.parametrize(
    ("expression", "shown"),
    [("[0].Pid", "Müller & Söhne/Nord\n"), ("length(@)", "6\n"), ("[9]", "null\n")],
)
def test_what_jmespath_finds_is_shown_and_text_without_quotes(
    call: Call, key_file: str, expression: str, shown: str
) -> None:
    result = call("api", key_file, "GET", "StringParameters", "--jq", expression)

    assert result.exit_code == 0, result.output
    assert result.stdout == shown


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (("--filter", "Pid eq 'Plain'", "--jq", "[].Id"), ["value", "Receiver 0", "Receiver 1"]),
        (("--jq", "length(@)"), ["value", "6"]),
        (("--filter", "Pid eq 'x'"), []),
        (("--filter", "Pid eq 'x'", "--select", "Pid"), ["Pid"]),
    ],
)
def test_anything_can_be_shown_as_a_table(
    call: Call, key_file: str, options: tuple[str, ...], lines: list[str]
) -> None:
    result = call("api", key_file, "GET", "StringParameters", "--table", *options)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == lines


def test_a_stream_goes_to_a_file_with_its_bytes_told(call: Call, key_file: str, iflow: str) -> None:

    result = call("api", key_file, "GET", f"{iflow}/$value", "--output", "flow.zip")

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert zipfile.is_zipfile("flow.zip")
    assert f"{Path('flow.zip').stat().st_size} bytes are in flow.zip." in result.stderr


def test_a_stream_that_is_text_is_shown_and_one_that_is_not_asks_for_a_file(
    call: Call, key_file: str, iflow: str
) -> None:
    script = f"{iflow}/Resources(Name='first step.groovy',ResourceType='groovy')/$value"

    text = call("api", key_file, "GET", script)
    content = call("api", key_file, "GET", f"{iflow}/$value")

    assert text.stdout.startswith("def Message processData")
    assert content.exit_code == 1
    assert "name a file for it by --output" in content.stderr


def test_a_download_that_breaks_off_leaves_no_half_file_and_keeps_the_old_one(
    call: Call, key_file: str, iflow: str, tenant: SimulatedTenant
) -> None:
    Path("flow.zip").write_text("old", encoding="utf-8")
    tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=ANY_STREAM))

    result = call("api", key_file, "GET", f"{iflow}/$value", "--output", "flow.zip")

    assert result.exit_code == 1
    assert [one.name for one in Path().iterdir()] == ["flow.zip"]
    assert Path("flow.zip").read_text(encoding="utf-8") == "old"


def test_json_goes_to_a_file_too(call: Call, key_file: str) -> None:
    wanted = ("--select", "Pid", "--output", "partners.json")

    result = call("api", key_file, "GET", "Partners", *wanted)

    assert (result.exit_code, result.stdout) == (0, "")
    assert len(json.loads(Path("partners.json").read_text(encoding="utf-8"))) == 3


def test_metadata_is_shown_as_it_comes(call: Call, key_file: str) -> None:
    result = call("api", key_file, "GET", "$metadata")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("<?xml")


def test_what_a_terminal_would_obey_is_escaped_in_json_and_gone_in_a_table(
    call: Call, get: Get, key_file: str, tenant: SimulatedTenant
) -> None:
    name = "x\x1b]0;y\x07 \x9b31m \u202ez :warning: [bold]" + "n" * 1000
    tenant.content.rows("StringParameters")[0]["Value"] = name

    parsed = get("StringParameters")
    text = call("api", key_file, "GET", "StringParameters").stdout
    table = call("api", key_file, "GET", "StringParameters", "--table").stdout

    assert parsed[0]["Value"] == name
    for said in (text, table):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said)
    assert ":warning: [bold]" in table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["GET", "IntegrationPackage"], "did you mean 'IntegrationPackages'?"),
        (
            ["GET", "UserCredentials", "--count"],
            "operation 'count' is not supported; supported operations: list, read",
        ),
        (["FETCH", "Partners"], "'FETCH' is none of GET, POST"),
        (["GET"], "TENANT METHOD PATH are needed"),
        (["GET", "https://evil.example.com/api/v1/Partners"], "is a URL"),
        (["GET", "Partners/../../admin"], "points outside the API"),
        (["GET", "Partners", "--param", "user"], "--param 'user' is not name=value"),
        (["GET", "Partners", "--field", "a=b"], "GET sends no properties"),
        (["GET", "Partners", "--jq", "[?"], "is no JMESPath"),
        (["GET", "Partners", "--jq", "abs(@)"], "--jq: "),
        (["GET", "Partners", "--select", "pid"], "did you mean 'Pid'?"),
        (["GET", "Partners", "--output", "no/such/folder"], "cannot be written"),
    ],
)
def test_what_is_wrong_in_a_call_is_told_in_a_line(
    call: Call, key_file: str, arguments: list[str], said: str
) -> None:
    result = call("api", key_file, *arguments)

    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stderr.startswith("iflow-census: ")
    assert result.stdout == ""


def test_what_sap_refuses_is_told_with_its_words_and_what_to_check(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    nobody = call("api", key_file, "GET", "UserCredentials('nobody')")
    tenant.roles.clear()
    no_role = call("api", key_file, "GET", "UserCredentials")

    assert (nobody.exit_code, no_role.exit_code) == (1, 1)
    assert "HTTP 404" in nobody.stderr
    assert "check the name and the key" in nobody.stderr
    assert "HTTP 403" in no_role.stderr
    assert "lacks the role" in no_role.stderr


def test_a_list_of_several_pages_is_read_whole_or_is_an_error(
    start: Start, call: Call, tmp_path: Path
) -> None:
    small = start(page_size=1)
    key = tmp_path / "small.json"
    key.write_text(json.dumps(small.service_key()), encoding="utf-8")
    read = ("api", str(key), "GET", "IntegrationRuntimeArtifacts", "--all", "--jq", "length(@)")

    whole = call(*read)
    small.faults.add(Fault(FaultKind.WRONG_COUNT))
    broken = call(*read)

    assert (whole.exit_code, whole.stdout) == (0, "2\n")
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert "incomplete list" in broken.stderr
