"""`iflow-census partners`: export and import of the partner directory."""

import base64
import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from tests.functional.tenant_admin.conftest import Call, writes
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

HEAD = "kind,partner,id,agency,scheme,content_type,value\r\n"
SETS = ("StringParameters", "BinaryParameters", "AlternativePartners", "AuthorizedUsers")
NEIL = "O'Neill Ltd"


def contents(tenant: SimulatedTenant) -> dict[str, list[dict[str, Any]]]:
    """What the tenant holds, without who changed it and when."""
    noted = re.compile(r"(Created|LastModified)(By|Time)")
    return {
        name: [
            {key: value for key, value in row.items() if not noted.fullmatch(key)}
            for row in tenant.content.rows(name)
        ]
        for name in SETS
    }


def exported(path: str = "partners.csv") -> list[dict[str, str]]:
    text = Path(path).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_kinds_of_entries_are_exported(call: Call, key_file: str) -> None:
    result = call("partners", "export", key_file, "partners.csv")

    rows = exported()
    assert result.exit_code == 0, result.output
    assert "partners.csv: 14 entries" in result.stderr
    assert sorted({row["kind"] for row in rows}) == [
        "alternative partner",
        "authorized user",
        "binary parameter",
        "string parameter",
    ]
    binary = next(row for row in rows if row["kind"] == "binary parameter")
    assert base64.b64decode(binary["value"]) == b"<xsl:stylesheet/>\n"
    assert binary["content_type"] == "xsl"


def test_importing_an_export_changes_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    call("partners", "export", key_file, "partners.csv")

    result = call("partners", "import", key_file, "partners.csv", "--delete")

    assert result.exit_code == 0, result.output
    assert "prod already has the entries of the file." in result.stderr
    assert writes(tenant) == []


def test_export_restores_an_empty_tenant(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("StringParameters")[0]["Value"] = '=HYPERLINK("x")\r\n\tend, \''
    before = contents(tenant)
    call("partners", "export", key_file, "partners.csv")
    for name in SETS:
        tenant.content.rows(name).clear()

    result = call("partners", "import", key_file, "partners.csv", "--yes")

    assert result.exit_code == 0, result.output
    assert contents(tenant) == before
    assert not [row for row in exported() for cell in row.values() if cell.startswith("=")]


def test_import_creates_and_updates_but_keeps_others(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    before = contents(tenant)
    Path("some.csv").write_text(
        f"{HEAD}string parameter,Plain,Receiver 0,,,,new\nauthorized user,{NEIL},user's 2,,,,\n"
        "string parameter,Fresh/1,it's new,,,,'=1+1\n",
        encoding="utf-8",
    )

    result = call("partners", "import", key_file, "some.csv", "--yes")
    repeated = call("partners", "import", key_file, "some.csv", "--yes")

    after = contents(tenant)
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "action",
        "create",
        "update",
        "update",
    ]
    assert "Change the partner directory of prod: create 1, update 2." in result.stderr
    assert {"Pid": "Fresh/1", "Id": "it's new", "Value": "=1+1"} in after["StringParameters"]
    assert {"Pid": "Plain", "Id": "Receiver 0", "Value": "new"} in after["StringParameters"]
    assert {"User": "user's 2", "Pid": NEIL} in after["AuthorizedUsers"]
    assert len(after["StringParameters"]) == len(before["StringParameters"]) + 1
    assert after["BinaryParameters"] == before["BinaryParameters"]
    assert "already has the entries of the file" in repeated.stderr


def test_users_are_compared_in_lower_case(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    """SAP stores the users in lower case."""
    call("partners", "export", key_file, "partners.csv")
    text = Path("partners.csv").read_text(encoding="utf-8-sig")
    shouted = text.replace(",user's", ",USER's") + f"authorized user,{NEIL},Anna@Example,,,,\r\n"
    Path("partners.csv").write_text(shouted, encoding="utf-8")

    result = call("partners", "import", key_file, "partners.csv", "--delete", "--yes")
    repeated = call("partners", "import", key_file, "partners.csv", "--delete", "--yes")

    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["action", "create"]
    assert writes(tenant) == ["POST AuthorizedUsers"]
    assert {"User": "anna@example", "Pid": NEIL} in contents(tenant)["AuthorizedUsers"]
    assert "already has the entries of the file" in repeated.stderr


def test_user_in_upper_case_is_moved_to_another_partner(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("some.csv").write_text(f"{HEAD}authorized user,{NEIL},USER's 2,,,,\n", encoding="utf-8")
    before = contents(tenant)["AuthorizedUsers"]

    result = call("partners", "import", key_file, "some.csv", "--yes")

    assert result.exit_code == 0, result.output
    assert writes(tenant) == ["PUT AuthorizedUsers('user''s%202')"]
    after = contents(tenant)["AuthorizedUsers"]
    assert [row["User"] for row in after] == [row["User"] for row in before]
    assert {"User": "user's 2", "Pid": NEIL} in after


def test_delete_removes_entries_not_in_file(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    call("partners", "export", key_file, "plain.csv", "--partner", "Plain")

    call("partners", "import", key_file, "plain.csv", "--delete", "--yes")

    after = contents(tenant)
    assert {row["Pid"] for rows in after.values() for row in rows} == {"Plain"}
    assert {name: len(rows) for name, rows in after.items()} == {
        "StringParameters": 2,
        "BinaryParameters": 0,
        "AlternativePartners": 1,
        "AuthorizedUsers": 1,
    }


def test_import_of_one_partner_keeps_others(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    before = contents(tenant)
    Path("some.csv").write_text(
        f"{HEAD}string parameter,Plain,Receiver 0,,,,new\nstring parameter,{NEIL},x,,,,y\n",
        encoding="utf-8",
    )

    call("partners", "import", key_file, "some.csv", "--partner", "Plain", "--delete", "--yes")

    after = contents(tenant)
    others = {name: [row for row in rows if row["Pid"] != "Plain"] for name, rows in before.items()}
    assert [row for row in after["StringParameters"] if row["Pid"] == "Plain"] == [
        {"Pid": "Plain", "Id": "Receiver 0", "Value": "new"}
    ]
    assert {
        name: [row for row in rows if row["Pid"] != "Plain"] for name, rows in after.items()
    } == others


def test_dry_run_prints_requests_and_sends_none(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    call("partners", "export", key_file, "partners.csv")
    text = Path("partners.csv").read_text(encoding="utf-8-sig")
    changed = text.replace("user's 0,", "user's 9,").replace(",xsl,", ",xml,")
    Path("partners.csv").write_text(changed, encoding="utf-8")

    result = call("partners", "import", key_file, "partners.csv", "--delete", "--dry-run")

    url = f"{tenant.url}/api/v1/"
    lines = [line for line in result.stdout.splitlines() if url in line]
    assert [line.replace(url, "") for line in lines] == [
        "POST AuthorizedUsers",
        "PUT BinaryParameters(Pid='M%C3%BCller%20%26%20S%C3%B6hne%2FNord',Id='map.xsl')",
        "PUT BinaryParameters(Pid='O''Neill%20Ltd',Id='map.xsl')",
        "DELETE AuthorizedUsers('user''s%200')",
    ]
    assert '"ContentType": "xml"' in result.stdout
    assert writes(tenant) == []


def test_password_parameter_is_masked(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    row = tenant.content.rows("StringParameters")[0]
    row.update({"Id": "SFTP_Password", "Value": "hush-hush-before"})
    line = f"string parameter,{row['Pid']},SFTP_Password,,,,hush-hush-after\n"
    Path("some.csv").write_text(HEAD + line, encoding="utf-8")

    dry_run = call("partners", "import", key_file, "some.csv", "--dry-run")
    result = call("partners", "import", key_file, "some.csv", "--yes")

    assert '"Value": "***"' in dry_run.stdout
    assert result.stdout.splitlines()[1].split()[-2:] == ["***", "***"]
    assert "hush-hush" not in dry_run.output + result.output
    assert tenant.content.rows("StringParameters")[0]["Value"] == "hush-hush-after"


@pytest.mark.usefixtures("at_terminal")
def test_changes_are_printed_before_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("none.csv").write_text(HEAD, encoding="utf-8")

    result = call("partners", "import", key_file, "none.csv", "--delete", input="n\n")

    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()[1:15]] == ["delete"] * 14
    assert "Change the partner directory of prod: delete 14." in result.stderr
    assert "Nothing was changed." in result.stderr
    assert writes(tenant) == []


def test_aborted_import_can_be_repeated(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    before = contents(tenant)
    call("partners", "export", key_file, "partners.csv")
    for name in SETS:
        tenant.content.rows(name).clear()
    tenant.faults.add(Fault(FaultKind.FORBIDDEN, path="BinaryParameters$", nth=2))

    aborted = call("partners", "import", key_file, "partners.csv", "--yes")
    tenant.faults.clear()
    repeated = call("partners", "import", key_file, "partners.csv", "--yes")

    assert aborted.exit_code == 1
    assert "6 of 14 changes were made; import again to continue." in aborted.stderr
    assert "create 8." in repeated.stderr
    assert contents(tenant) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "bad.csv: cannot be read"),
        (b"", "bad.csv: the first line must be kind,partner,id,"),
        (HEAD.encode() + b"string,P,I,,,,v\n", "bad.csv, line 2: unknown kind 'string'"),
        (
            HEAD.encode() + b"authorized user,P,Anna,,,,\nauthorized user,Q,anna,,,,\n",
            "bad.csv, line 3: duplicate authorized user",
        ),
        (HEAD.encode() + "M\u00fcller".encode("latin-1"), "save it as 'CSV UTF-8'"),
    ],
)
def test_invalid_csv_is_usage_error_without_request(
    call: Call, key_file: str, tenant: SimulatedTenant, content: bytes | None, message: str
) -> None:
    if content is not None:
        Path("bad.csv").write_bytes(content)

    result = call("partners", "import", key_file, "bad.csv", "--yes")

    assert result.exit_code == 2
    assert message in result.stderr
    assert not [request for request in tenant.requests if "/api/v1/" in request.path]


def test_export_to_missing_folder_fails(call: Call, key_file: str) -> None:
    result = call("partners", "export", key_file, "no/such/file.csv")

    assert result.exit_code == 1
    assert "no/such/file.csv: cannot be written" in result.stderr


def test_control_characters_are_not_printed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("StringParameters")[0]["Value"] = "\x1b[2J\u202eevil"
    Path("none.csv").write_text(HEAD, encoding="utf-8")

    result = call("partners", "import", key_file, "none.csv", "--delete")

    assert "evil" in result.stdout
    assert not any(char in result.output for char in "\x1b\u202e")
